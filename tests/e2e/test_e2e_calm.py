"""Bad luck and bad input: a calm, clear state, and nothing typed is lost."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from conftest import Server
from e2e.knowledge import add_text, sign_in_link

pytestmark = pytest.mark.xdist_group("e2e")

RIGHT_TO_LEFT = "كيف أعيد تعيين كلمة المرور؟"


def test_a_session_that_ends_in_mid_form_loses_nothing(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.url}/sources?add=text")
    dialog = signed_in.get_by_role("dialog", name="Add a source")
    dialog.get_by_label("Title").fill("Night shift")
    dialog.get_by_label("Text", exact=True).fill("The night shift begins at ten in the evening.")
    refusal = {"error": {"code": "invalid_api_key", "message": "Unknown.", "request_id": "req_1"}}

    def refused(route: Route) -> None:
        if route.request.method == "POST":  # not what the page itself may just be asking for
            route.fulfill(status=401, json=refusal)
        else:
            route.fallback()

    signed_in.route("**/api/v1/**", refused)
    dialog.get_by_role("button", name="Add text").click()
    again = signed_in.get_by_role("dialog", name="Sign in again")
    expect(again.get_by_role("alert")).to_contain_text("no longer accepted")
    signed_in.unroute_all()
    again.get_by_label("API key").fill(server.key)
    again.get_by_role("button", name="Sign in").click()
    expect(again).to_have_count(0)
    expect(dialog.get_by_label("Title")).to_have_value("Night shift")
    dialog.get_by_role("button", name="Add text").click()
    expect(dialog).to_have_count(0)
    expect(signed_in.get_by_role("link", name="Night shift")).to_be_visible()


def test_a_server_that_goes_in_mid_stream_leaves_the_question(
    signed_in: Page, server: Server
) -> None:
    question = "When does the night shift begin?"

    def broken(route: Route) -> None:
        route.fulfill(
            content_type="text/event-stream",
            body='data: {"type": "text", "text": "It begins "}\n\n',
        )

    signed_in.goto(f"{server.url}/ask")
    signed_in.route("**/chat/stream", broken)
    field = signed_in.get_by_role("textbox", name=re.compile("^Ask"))
    field.fill(question)
    field.press("Enter")
    answer = signed_in.get_by_role("article", name=question)
    expect(answer.get_by_role("alert")).to_contain_text("The answer broke off")
    expect(answer).to_contain_text("It begins")
    signed_in.unroute_all()
    answer.get_by_role("button", name="Try again").click()
    answers = signed_in.get_by_role("article", name=question)
    expect(answers.last.locator("footer")).to_be_visible()


def test_long_and_right_to_left_names_stay_on_the_page(signed_in: Page, server: Server) -> None:
    add_text(server, RIGHT_TO_LEFT, "Der Text ist kurz.")
    add_text(server, "W" * 200, "Another short text.")
    signed_in.set_viewport_size({"width": 390, "height": 844})
    signed_in.goto(f"{server.url}/sources")
    link = signed_in.get_by_role("link", name=RIGHT_TO_LEFT)
    assert link.evaluate("e => getComputedStyle(e).direction") == "rtl"
    link.click()
    title = signed_in.get_by_role("heading", name=RIGHT_TO_LEFT, level=1)
    assert title.evaluate("e => getComputedStyle(e).direction") == "rtl"
    for path in ("/sources", "/jobs"):
        signed_in.goto(server.url + path)
        expect(signed_in.get_by_role("link", name="W" * 200).first).to_be_visible()
        assert signed_in.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    signed_in.goto(f"{server.url}/api-keys")
    signed_in.get_by_role("button", name="Make a key").click()
    dialog = signed_in.get_by_role("dialog")
    dialog.get_by_label("Name").fill("n" * 500)
    dialog.get_by_role("button", name="Make key").click()
    expect(dialog.get_by_role("alert")).to_contain_text("100")
    expect(dialog.get_by_label("Name")).to_have_value("n" * 500)


def test_of_a_name_of_500_characters_200_are_taken_and_stay_on_the_page(
    signed_in: Page, server: Server
) -> None:
    name = "n" * 200
    signed_in.set_viewport_size({"width": 390, "height": 844})
    signed_in.goto(f"{server.url}/sources?add=text")
    dialog = signed_in.get_by_role("dialog", name="Add a source")
    dialog.get_by_label("Title").fill("n" * 500)
    expect(dialog.get_by_label("Title")).to_have_value(name)
    dialog.get_by_label("Text", exact=True).fill("What a long name.")
    dialog.get_by_role("button", name="Add text").click()
    expect(dialog).to_have_count(0)
    link = signed_in.get_by_role("link", name=name)
    expect(link).to_be_visible()
    assert signed_in.evaluate("document.documentElement.scrollWidth <= innerWidth")
    link.click()
    expect(signed_in.get_by_role("heading", level=1, name=name)).to_be_visible()
    assert signed_in.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_file_of_another_type_that_is_dropped_says_what_is_taken(
    signed_in: Page, server: Server
) -> None:
    signed_in.goto(f"{server.url}/sources")
    expect(signed_in.get_by_role("heading", level=1, name="Sources")).to_be_visible()
    files = signed_in.evaluate_handle(
        """() => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])],
                'holiday.png', { type: 'image/png' }));
            return files;
        }"""
    )
    place = signed_in.locator(".drop")
    place.dispatch_event("dragenter", {"dataTransfer": files})
    expect(signed_in.get_by_text("Drop to add the files")).to_be_visible()
    place.dispatch_event("drop", {"dataTransfer": files})
    expect(signed_in.get_by_text("Drop to add the files")).to_have_count(0)
    row = signed_in.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(row.filter(has_text="holiday.png").get_by_text("Failed")).to_be_visible()
    expect(row.filter(has_text="holiday.png")).to_contain_text("PDF")


def test_what_is_followed_is_followed_on_after_a_failure(signed_in: Page, server: Server) -> None:
    with server.client() as client:
        job = client.get("/ingest/jobs?per_page=1").json()["data"][0]
    under_way = job | {"status": "processing", "completed_at": None, "queued": False}
    meta = {"page": 1, "per_page": 20, "total": 1}
    answers: list[dict[str, object] | None] = [
        under_way,
        None,
        under_way | {"warnings": ["It went on."]},
    ]

    def answer(route: Route) -> None:
        now = answers.pop(0) if len(answers) > 1 else answers[0]
        if now is None:
            route.abort()
        else:
            route.fulfill(json={"data": [now], "meta": meta})

    signed_in.route("**/api/v1/ingest/jobs/stream", lambda route: route.abort())
    signed_in.route("**/api/v1/ingest/jobs?*", answer)
    # One failure is tried again by the client itself; as many as it takes to give up are not.
    answers[1:2] = [None, None, None]
    signed_in.get_by_role("navigation", name="Pages").get_by_role("link", name="Jobs").click()
    expect(signed_in.get_by_text("Under way").last).to_be_visible()
    expect(signed_in.get_by_text("It went on.")).to_be_visible(timeout=30_000)


def test_an_answer_that_could_not_be_kept_says_so_and_asks_for_nothing(
    signed_in: Page, server: Server
) -> None:
    def unsaved(route: Route) -> None:
        response = route.fetch()
        body = response.text()
        assert '"saved": true' in body
        route.fulfill(response=response, body=body.replace('"saved": true', '"saved": false'))

    signed_in.goto(f"{server.url}/ask")
    signed_in.route("**/chat/stream", unsaved)
    field = signed_in.get_by_role("textbox", name=re.compile("^Ask"))
    question = "How do I reset my password?"
    field.fill(question)
    field.press("Enter")
    answer = signed_in.get_by_role("article", name=question)
    expect(answer).to_contain_text("not kept in any conversation")
    expect(answer.get_by_role("button", name="Why")).to_have_count(0)
    gone = signed_in.url
    signed_in.unroute_all()
    field.fill("When are invoices sent?")
    field.press("Enter")
    kept = signed_in.get_by_role("article", name="When are invoices sent?")
    expect(kept.get_by_role("button", name="Why")).to_be_visible()
    expect(answer).to_be_visible()
    expect(signed_in).not_to_have_url(gone)


def test_a_page_that_arrives_between_two_frames_is_shown(tab: Page, server: Server) -> None:
    """Drawn without the page, which comes before what is done after drawing."""
    tab.add_init_script(
        """
        const frame = window.requestAnimationFrame, later = window.setTimeout, held = [];
        window.holding = false;
        window.requestAnimationFrame = (f) => (window.holding ? held.push(f) : frame(f));
        window.setTimeout = (f, ms, ...rest) =>
            window.holding && ms <= 100 ? held.push(f) : later(f, ms, ...rest);
        window.letGo = () => { window.holding = false; for (const f of held) frame(f); };
        """
    )
    tab.goto(sign_in_link(server))
    pages = tab.get_by_role("navigation", name="Pages")
    expect(pages).to_be_visible()
    waiting: list[Route] = []
    tab.route(re.compile(r"/assets/widget-[^/]*\.js$"), lambda route: waiting.append(route))
    with tab.expect_request(re.compile(r"/assets/widget-[^/]*\.js$")) as requested:
        pages.get_by_role("link", name="Widget").hover()
    tab.evaluate("window.holding = true")
    pages.get_by_role("link", name="Widget").click()
    tab.wait_for_url("**/widget")
    expect(tab.get_by_role("heading", level=1)).to_have_count(0)
    for route in waiting:
        route.continue_()
    tab.evaluate("url => import(url)", requested.value.url)
    tab.evaluate("window.letGo()")
    expect(tab.get_by_role("heading", level=1, name="Widget")).to_be_visible()


def test_settings_are_kept_and_a_wrong_one_says_why(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.url}/settings")
    synonyms = signed_in.get_by_label("Synonyms")
    synonyms.fill("alone")
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_role("alert")).not_to_be_empty()
    expect(synonyms).to_have_value("alone")
    synonyms.fill("sign in, log in\nVPN, tunnel")
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_text("Saved")).to_be_visible()
    signed_in.reload()
    expect(synonyms).to_have_value("sign in, log in\nVPN, tunnel")
    days = signed_in.get_by_label("Days")
    for typed, deed in (("400", "Delete what is older"), ("", "Keep them")):
        days.fill(typed)
        signed_in.get_by_role("button", name="Change").click()
        signed_in.get_by_role("dialog").get_by_role("button", name=deed).click()
        expect(signed_in.get_by_role("button", name="Change")).to_be_disabled()
        expect(days).to_have_value(typed)


def test_jobs_say_what_failed_and_lead_to_their_source(signed_in: Page, server: Server) -> None:
    with server.client() as client:
        file = {"file": ("broken.pdf", b"%PDF-1.7\n%%EOF")}
        job = client.post("/ingest/upload", files=file).raise_for_status().json()["job_id"]
        failed = server.wait_for_job(client, job)
    signed_in.goto(f"{server.url}/jobs?status=failed")
    row = signed_in.get_by_role("listitem").filter(has_text=failed["error"]["code"]).first
    expect(row).to_contain_text(failed["error"]["message"])
    row.get_by_role("link", name="Uploads").click()
    expect(signed_in.get_by_role("heading", level=1, name="Uploads")).to_be_visible()


def test_a_document_that_is_gone_says_so(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.url}/documents/doc_gone?start=1&end=9")
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("No such document")
    expect(signed_in.get_by_role("link", name="All sources")).to_be_visible()


def test_the_sign_in_page_without_a_server_says_so(tab: Page, server: Server) -> None:
    tab.goto(sign_in_link(server))
    expect(tab.get_by_role("navigation", name="Pages")).to_be_visible()
    expect(tab.get_by_role("status", name="Loading")).to_have_count(0)  # Home has what it asked for
    tab.route("**/api/v1/**", lambda route: route.abort())
    tab.get_by_role("link", name="Jobs").click()
    expect(tab.get_by_role("alert")).to_contain_text("The server cannot be reached")
    with tab.expect_request("**/api/v1/ingest/jobs?*"):
        tab.get_by_role("button", name="Try again").click()
    expect(tab.get_by_role("alert")).to_contain_text("The server cannot be reached")
    tab.unroute_all()  # from here on the page may come back by itself, before anybody clicks
    expect(tab.get_by_role("alert")).to_have_count(0, timeout=30_000)


def test_a_page_that_could_not_be_loaded_comes_when_the_server_is_back(
    signed_in: Page, server: Server
) -> None:
    signed_in.route("**/*", lambda route: route.abort())
    signed_in.get_by_role("navigation", name="Pages").get_by_role("link", name="Questions").click()
    trouble = signed_in.get_by_role("alert")
    expect(trouble).to_contain_text("The server cannot be reached, or has been updated")
    expect(trouble).not_to_contain_text(".js")
    signed_in.unroute_all()
    expect(signed_in.get_by_role("heading", name="Questions", level=1)).to_be_visible()


def test_what_could_not_be_asked_for_comes_when_the_server_is_back(
    signed_in: Page, server: Server
) -> None:
    signed_in.route("**/api/v1/sources*", lambda route: route.abort())
    signed_in.get_by_role("navigation", name="Pages").get_by_role("link", name="Sources").click()
    trouble = signed_in.get_by_role("alert")
    expect(trouble).to_contain_text("The server cannot be reached")
    signed_in.unroute_all()
    expect(signed_in.get_by_role("link", name="Larkspur manual")).to_be_visible()
    expect(trouble).to_have_count(0)


@pytest.mark.parametrize("path", ["/webhooks/whk_unknown", "/ask/thr_unknown"])
def test_a_link_to_what_is_gone_says_so(signed_in: Page, server: Server, path: str) -> None:
    signed_in.goto(server.url + path)
    expect(signed_in.get_by_text("It may have been deleted")).to_be_visible()
    expect(signed_in.get_by_role("alert")).to_have_count(0)


def test_a_thread_that_was_left_while_it_loaded_leaves_nothing(
    signed_in: Page, server: Server
) -> None:
    signed_in.route("**/conversations/thr_slow", lambda _: None)
    signed_in.goto(f"{server.url}/ask/thr_slow")
    signed_in.get_by_role("link", name="New thread").click()
    field = signed_in.get_by_role("textbox", name=re.compile("^Ask"))
    field.fill("Who can change the plan?")
    field.press("Enter")
    expect(signed_in.get_by_role("article")).to_contain_text("Only owners")
    expect(signed_in.get_by_role("status", name="Loading")).to_have_count(0)


def test_the_first_steps_are_ticked_off_and_end_on_ones_own_website(
    signed_in: Page, server: Server
) -> None:
    with server.client() as client:
        client.post("/chat", json={"message": "Who can change the plan?", "test": True})

    def unused(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json=response.json() | {"total_conversations": 0})

    signed_in.route("**/analytics/overview*", unused)
    signed_in.goto(f"{server.url}/?period=24h")
    steps = signed_in.locator(".steps > li")
    expect(steps.nth(1)).to_have_class("done")
    steps.nth(2).get_by_role("link", name="Widget").click()
    expect(signed_in.get_by_role("heading", name="Widget", level=1)).to_be_visible()


def test_sources_beyond_the_first_hundred_are_not_called_in_good_order(
    signed_in: Page, server: Server
) -> None:
    def more(route: Route) -> None:
        response = route.fetch()
        found = response.json()
        found["data"] = found["data"][:1]
        found["meta"]["total"] = 31
        route.fulfill(response=response, json=found)

    signed_in.route("**/api/v1/sources?*per_page=100*", more)
    signed_in.goto(f"{server.url}/?period=30d")
    signed_in.reload()
    main = signed_in.get_by_role("main")
    expect(main.get_by_role("link", name="30 older sources")).to_be_visible()
    expect(main).not_to_contain_text("31 sources in good order")


def test_what_was_just_now_is_not_so_for_ever(signed_in: Page, server: Server) -> None:
    with server.client() as client:
        client.post("/chat", json={"message": "Is the paint fresh?", "test": True})
    signed_in.clock.install()
    signed_in.goto(f"{server.url}/conversations")
    row = signed_in.get_by_role("listitem").filter(has_text="Is the paint fresh?")
    expect(row.get_by_text("just now")).to_be_visible()
    signed_in.clock.run_for(5 * 60_000)
    expect(row.get_by_text("5 minutes ago")).to_be_visible()


def test_who_turns_a_page_begins_at_its_top(signed_in: Page, server: Server) -> None:
    with server.client() as client:
        for number in range(26):
            client.post("/chat", json={"message": f"Who can change plan {number}?", "test": True})
    signed_in.goto(f"{server.url}/conversations")
    signed_in.get_by_role("button", name="Next").focus()
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_role("heading", name="Conversations", level=1)).to_be_focused()
    expect(signed_in.get_by_text("26–")).to_be_visible()


def test_the_focus_comes_back_from_a_dialog(signed_in: Page, server: Server) -> None:
    add_text(server, "Doomed text", "It goes away.")
    for path, name in (("/sources", "Add source"), ("/api-keys", "Make a key")):
        signed_in.goto(server.url + path)
        opener = signed_in.get_by_role("button", name=name)
        opener.focus()
        signed_in.keyboard.press("Enter")
        expect(signed_in.get_by_role("dialog").get_by_role("textbox").first).to_be_focused()
        signed_in.keyboard.press("Escape")
        expect(signed_in.get_by_role("dialog")).to_have_count(0)
        expect(opener).to_be_focused()
    signed_in.goto(f"{server.url}/sources")
    signed_in.get_by_role("button", name="Delete Doomed text").focus()
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    signed_in.keyboard.type("Doomed text")
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_role("link", name="Doomed text")).to_have_count(0)
    expect(signed_in.get_by_role("heading", name="Sources", level=1)).to_be_focused()


def test_who_goes_elsewhere_by_the_menu_begins_at_the_title(
    signed_in: Page, server: Server
) -> None:
    signed_in.set_viewport_size({"width": 390, "height": 844})
    signed_in.get_by_role("button", name="Menu").click()
    signed_in.get_by_role("dialog").get_by_role("link", name="Questions").click()
    expect(signed_in.get_by_role("heading", name="Questions", level=1)).to_be_focused()
    signed_in.get_by_role("button", name="Menu").click()
    expect(signed_in.get_by_role("dialog")).to_be_visible()
    signed_in.keyboard.press("Escape")
    expect(signed_in.get_by_role("button", name="Menu")).to_be_focused()

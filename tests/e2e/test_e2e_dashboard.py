"""The dashboard in a real browser, against the real server."""

import re
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from conftest import Server
from e2e.knowledge import add_text, sign_in_link

pytestmark = pytest.mark.xdist_group("e2e")

QUESTION = "How long is the link in the e-mail valid?"
UNKNOWN = "Which wines does the canteen serve on Fridays?"
THREAD = re.compile("/ask/thr_")


def ask(page: Page, question: str) -> None:
    """Asks in the composer of the page and waits for the whole answer."""
    field = page.get_by_role("textbox", name=re.compile("^Ask"))
    field.fill(question)
    field.press("Enter")
    answer = page.get_by_role("article", name=question).last
    expect(answer.locator("footer")).to_be_visible()


def get(server: Server, path: str) -> Any:
    """The JSON of the API."""
    with server.client() as client:
        return client.get(path).raise_for_status().json()


def asked_by_a_customer(server: Server, question: str) -> None:
    """What is asked on the dashboard is a test."""
    with server.client() as client:
        client.post("/chat", json={"message": question}).raise_for_status()


def status(server: Server, path: str) -> int:
    """The HTTP status of the API."""
    with server.client() as client:
        return client.get(path).status_code


def test_the_link_of_the_command_line_signs_in_and_disappears(tab: Page, server: Server) -> None:
    tab.goto(sign_in_link(server))
    expect(tab.get_by_role("heading", level=1)).to_be_visible()
    expect(tab.get_by_role("navigation", name="Pages")).to_be_visible()
    expect(tab).to_have_url(f"{server.url}/")
    assert server.key not in tab.content()
    tab.reload()
    expect(tab.get_by_role("navigation", name="Pages")).to_be_visible()
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_label("API key")).to_be_visible()
    assert tab.evaluate("sessionStorage.getItem('cevvo.key')") is None


def test_a_wrong_key_is_refused_with_the_reason_and_stays_in_the_field(
    tab: Page, server: Server
) -> None:
    tab.goto(server.url)
    tab.get_by_label("API key").fill("cevvo_sk_wrong")
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("alert")).not_to_be_empty()
    expect(tab.get_by_label("API key")).to_have_value("cevvo_sk_wrong")
    tab.get_by_label("API key").fill(server.key)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("navigation", name="Pages")).to_be_visible()


def test_an_answer_streams_in_and_its_mark_opens_the_quotation(
    signed_in: Page, server: Server
) -> None:
    pages = signed_in.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Ask", exact=True).click()
    expect(signed_in.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    ask(signed_in, QUESTION)
    answer = signed_in.get_by_role("article", name=QUESTION)
    expect(answer).to_contain_text("one hour")
    mark = answer.get_by_role("button", name=re.compile("^Source 1")).first
    mark.click()
    shown = answer.locator("blockquote.shown").first
    expect(shown).to_be_visible()
    expect(mark).to_have_attribute("aria-expanded", "true")
    quote = shown.inner_text()
    expect(signed_in).to_have_url(THREAD)
    stored = get(server, "/conversations" + signed_in.url.rpartition("/ask")[2])["messages"][-1]
    assert quote in [citation["quote"] for citation in stored["citations"]]
    signed_in.keyboard.press("Escape")
    expect(mark).to_be_focused()
    expect(mark).to_have_attribute("aria-expanded", "false")
    mark.click()
    answer.get_by_role("link", name="Read it in the document").first.click()
    passage = signed_in.locator("mark")
    expect(passage).to_be_in_viewport()
    expect(passage).to_have_text(quote)
    signed_in.get_by_role("button", name="Chunks").click()
    expect(signed_in.get_by_role("listitem").filter(has_text=quote)).not_to_have_count(0)
    signed_in.get_by_role("link", name="← Source").click()
    expect(signed_in.get_by_role("link", name=QUESTION).first).to_be_visible()


def test_a_question_of_home_is_asked_though_another_page_was_about_to_open(
    signed_in: Page,
) -> None:
    waiting: list[Route] = []
    script = re.compile(r"/assets/ask-.*\.js")
    signed_in.route(script, lambda route: waiting.append(route))
    quick = signed_in.get_by_role("textbox", name="Ask your sources")
    quick.fill(QUESTION)
    pages = signed_in.get_by_role("navigation", name="Pages")
    # The click waits for its page for 200 milliseconds: here they end after the question was asked.
    signed_in.evaluate(
        """() => {
            const later = window.setTimeout;
            window.setTimeout = (act, ms, ...rest) =>
                ms === 200 ? (window.losePatience = act) : later(act, ms, ...rest);
        }"""
    )
    with signed_in.expect_request(script):
        pages.get_by_role("link", name="Ask", exact=True).click()
    quick.press("Enter")
    signed_in.evaluate("window.losePatience()")
    for route in waiting:
        route.continue_()
    answer = signed_in.get_by_role("article", name=QUESTION)
    expect(answer.locator("footer")).to_be_visible()


def test_what_was_typed_on_home_and_not_asked_stands_in_the_ask_page(signed_in: Page) -> None:
    signed_in.get_by_role("textbox", name="Ask your sources").fill(QUESTION)
    pages = signed_in.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Ask", exact=True).click()
    field = signed_in.get_by_role("textbox", name="Ask your sources anything")
    expect(field).to_have_value(QUESTION)
    field.press("Enter")
    expect(signed_in.get_by_role("article", name=QUESTION).locator("footer")).to_be_visible()
    pages.get_by_role("link", name="Home", exact=True).click()
    expect(signed_in.get_by_role("textbox", name="Ask your sources")).to_have_value("")


def test_a_rating_is_stored_and_comes_back_with_the_conversation(
    signed_in: Page, server: Server
) -> None:
    held: list[Route] = []
    signed_in.goto(f"{server.url}/ask")
    ask(signed_in, QUESTION)
    signed_in.route("**/api/v1/feedback", lambda route: held.append(route))
    with signed_in.expect_request("**/api/v1/feedback"):
        signed_in.get_by_role("button", name="Bad answer").click()
    signed_in.get_by_label("What was wrong?").fill("Too short.")
    signed_in.get_by_role("button", name="Send").click()
    [first] = held  # what was written waits for it, so as not to be written over
    first.continue_()
    signed_in.unroute("**/api/v1/feedback")
    for second in held[1:]:  # it may have been quicker than the line above
        second.continue_()
    expect(signed_in.get_by_label("What was wrong?")).to_be_hidden()
    expect(signed_in).to_have_url(THREAD)
    thread_id = signed_in.url.rpartition("/")[2]
    message = get(server, f"/conversations/{thread_id}")["messages"][-1]
    assert message["feedback"] == {"rating": "negative", "comment": "Too short."}
    signed_in.goto(f"{server.url}/conversations/{thread_id}")
    expect(signed_in.get_by_role("button", name="Bad answer")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_a_thread_goes_on_under_its_own_address(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.url}/ask")
    ask(signed_in, "How do I reset my password?")
    expect(signed_in).to_have_url(THREAD)
    address = signed_in.url
    ask(signed_in, QUESTION)
    expect(signed_in).to_have_url(address)
    signed_in.reload()
    expect(signed_in.get_by_role("article")).to_have_count(2)
    signed_in.get_by_role("link", name="New thread").click()
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("What would you like to know?")
    expect(signed_in.get_by_role("article")).to_have_count(0)


def test_what_nobody_wrote_down_becomes_a_gap(signed_in: Page, server: Server) -> None:
    asked_by_a_customer(server, UNKNOWN)
    signed_in.goto(f"{server.url}/conversations")
    signed_in.get_by_role("link", name=UNKNOWN).first.click()
    answer = signed_in.get_by_role("article", name=UNKNOWN)
    expect(answer.get_by_text("Recorded as a coverage gap")).to_be_visible()
    expect(answer.get_by_role("button", name=re.compile("^Source"))).to_have_count(0)
    answer.get_by_role("link", name="coverage gap").click()
    signed_in.wait_for_url("**/gaps")
    expect(signed_in.get_by_role("heading", name=UNKNOWN)).to_be_visible()
    signed_in.get_by_role("listitem").filter(has_text=UNKNOWN).get_by_role(
        "link", name="Write the answer"
    ).click()
    expect(signed_in.get_by_label("Title")).to_have_value(UNKNOWN)


def test_a_gap_is_written_about_and_closes(signed_in: Page, server: Server) -> None:
    question = "Which colour has the delivery van of Larkspur?"
    asked_by_a_customer(server, question)
    signed_in.goto(f"{server.url}/gaps")
    signed_in.get_by_role("listitem").filter(has_text=question).get_by_role(
        "link", name="Write the answer"
    ).click()
    signed_in.get_by_label("Text", exact=True).fill(
        "The colour of the delivery van of Larkspur is green."
    )
    signed_in.get_by_role("button", name="Save and ask again").click()
    expect(signed_in.get_by_text("your sources answer it now")).to_be_visible()
    now = signed_in.locator(".said", has_text="Now")
    expect(now).to_contain_text("The colour of the delivery van of Larkspur is green.")


def test_what_is_asked_on_the_dashboard_is_a_test(signed_in: Page, server: Server) -> None:
    question = "Which heron nests on the roof of the Larkspur tower?"
    before = get(server, "/analytics/overview")
    signed_in.goto(f"{server.url}/ask")
    expect(signed_in.get_by_text("What you ask here is a test")).to_be_visible()
    ask(signed_in, question)
    answer = signed_in.get_by_role("article", name=question)
    expect(answer.get_by_text("Asked by a customer, this becomes a coverage gap")).to_be_visible()
    assert get(server, "/analytics/overview") == before
    gaps = get(server, "/analytics/coverage-gaps?limit=50")
    assert question not in [gap["question"] for gap in gaps["data"]]
    answer.get_by_role("link", name="Write the answer").click()
    expect(signed_in.get_by_label("Title")).to_have_value(question)


def test_an_answer_says_why_and_whether_it_holds(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.url}/ask")
    ask(signed_in, "Who can change the plan?")
    signed_in.get_by_role("button", name="Why", exact=True).click()
    why = signed_in.get_by_role("region", name="Why this answer")
    expect(why.get_by_role("row").nth(1)).to_contain_text("cited")
    why.get_by_role("button", name="Ask again and compare").click()
    expect(why.get_by_text("from the same words now")).to_be_visible()


def test_a_text_that_is_added_can_be_asked(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.url}/sources")
    signed_in.get_by_role("button", name="Add source").click()
    dialog = signed_in.get_by_role("dialog", name="Add a source")
    dialog.get_by_role("button", name="Text").click()
    dialog.get_by_label("Title").fill("Opening hours")
    dialog.get_by_label("Text", exact=True).fill(
        "The support desk in Lisbon is open from nine to five on working days."
    )
    dialog.get_by_role("button", name="Add text").click()
    expect(dialog).to_be_hidden()
    row = signed_in.get_by_role("listitem").filter(has_text="Opening hours")
    expect(row.get_by_text("In sync")).to_be_visible()
    pages = signed_in.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Ask", exact=True).click()
    ask(signed_in, "When is the support desk in Lisbon open?")
    expect(signed_in.get_by_role("article")).to_contain_text("nine to five")


def test_files_are_taken_by_button_and_a_wrong_one_says_why(
    signed_in: Page, server: Server
) -> None:
    signed_in.goto(f"{server.url}/sources?add=files")
    good_file = FilePayload(
        name="handbook.md", mimeType="", buffer=b"# Travel\n\nTrains are booked by the office."
    )
    bad_file = FilePayload(name="picture.pdf", mimeType="", buffer=b"\x89PNG\r\n\x1a\n0")
    signed_in.locator("input[type=file]").set_input_files([good_file, bad_file])
    uploads = signed_in.get_by_role("region", name="Uploads")
    good = uploads.get_by_role("listitem").filter(has_text="handbook.md")
    expect(good.get_by_text("Can be found")).to_be_visible()
    bad = uploads.get_by_role("listitem").filter(has_text="picture.pdf")
    expect(bad.get_by_text("Failed")).to_be_visible()
    expect(bad.locator("p")).not_to_be_empty()
    signed_in.get_by_role("link", name="Uploads").click()
    expect(signed_in.get_by_text("handbook")).not_to_have_count(0)


def test_a_source_is_deleted_only_by_its_name(signed_in: Page, server: Server) -> None:
    source_id = add_text(
        server, "Old price list", "The old price of the garden gnome is nine euros."
    )
    signed_in.goto(f"{server.url}/sources")
    signed_in.get_by_role("button", name="Delete Old price list").click()
    dialog = signed_in.get_by_role("dialog", name="Delete this source?")
    confirm = dialog.get_by_role("button", name="Delete source")
    expect(confirm).to_be_disabled()
    dialog.get_by_role("textbox").fill("Old price")
    expect(confirm).to_be_disabled()
    dialog.get_by_role("textbox").fill("Old price list")
    confirm.click()
    expect(dialog).to_be_hidden()
    expect(signed_in.get_by_role("listitem").filter(has_text="Old price list")).to_have_count(0)
    assert status(server, f"/sources/{source_id}") == 404


def test_a_conversation_is_deleted_after_asking(signed_in: Page, server: Server) -> None:
    with server.client() as client:
        asked = client.post("/chat", json={"message": "Who can change the plan?"})
        thread_id = asked.raise_for_status().json()["thread_id"]
    signed_in.goto(f"{server.url}/conversations")
    signed_in.get_by_role("link", name="Who can change the plan?").first.click()
    signed_in.get_by_role("button", name="Delete").click()
    dialog = signed_in.get_by_role("dialog")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    assert status(server, f"/conversations/{thread_id}") == 200
    signed_in.get_by_role("button", name="Delete").click()
    signed_in.get_by_role("dialog").get_by_role("button", name="Delete conversation").click()
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Conversations")
    assert status(server, f"/conversations/{thread_id}") == 404


def test_nothing_that_a_document_says_is_run(signed_in: Page, server: Server) -> None:
    attack = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
    add_text(
        server,
        f"Zephyr {attack}",
        f"The zephyr code is {attack} and [this](javascript:window.hit=1) is its manual.",
    )
    for question in ("What is the zephyr code?", f"Zephyr {attack}"):
        asked_by_a_customer(server, question)
        signed_in.goto(f"{server.url}/ask")
        ask(signed_in, question)
    for path in ("/sources", "/conversations", "/questions", "/gaps", "/"):
        signed_in.goto(server.url + path)
        expect(signed_in.get_by_role("heading", level=1)).to_be_attached()
        expect(signed_in.get_by_role("status", name="Loading")).to_have_count(0)
        assert signed_in.evaluate("window.hit") is None, path
        assert signed_in.locator("a[href^=javascript]").count() == 0, path


def test_an_unasked_question_survives_a_reload(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.url}/ask")
    signed_in.get_by_role("textbox").fill("What about")
    signed_in.reload()
    expect(signed_in.get_by_role("textbox")).to_have_value("What about")


def test_a_key_that_was_revoked_leads_back_to_the_sign_in(tab: Page, server: Server) -> None:
    tab.goto(f"{server.url}/#key=cevvo_sk_0000000000000000000000000000000000000000000000000")
    expect(tab.get_by_label("API key")).to_be_visible()
    expect(tab.get_by_role("alert")).to_contain_text("no longer accepted")


def test_a_request_is_copied_as_code(signed_in: Page, server: Server) -> None:
    signed_in.context.grant_permissions(["clipboard-read", "clipboard-write"])
    signed_in.goto(f"{server.url}/ask")
    ask(signed_in, "How do I reset my password?")
    for language, words in (
        ("curl", '--header "Authorization: Bearer $CEVVO_API_KEY"'),
        ("TypeScript", "new Cevvo({ baseURL:"),
        ("Python", "from cevvo_sdk import Cevvo"),
        ("Go", "cevvo.WithBaseURL"),
    ):
        signed_in.get_by_label("Copy the request").select_option(language)
        expect(signed_in.get_by_text(f"The request for {language} copied")).to_be_visible()
        copied = signed_in.evaluate("navigator.clipboard.readText()")
        assert words in copied
        assert "How do I reset my password?" in copied
        assert server.key not in copied

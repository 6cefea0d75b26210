"""S25: script in any text that the dashboard shows is shown, and never run.

It stands in names, titles, documents, questions, answers of a model, comments and reasons.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import Server, running_server, stop_server
from e2e.knowledge import add_text
from faults.xss_payloads import MARK, PAYLOADS
from model_server import ModelServer, Reply

pytestmark = pytest.mark.xdist_group("e2e")

ONE_LINE = [payload for payload in PAYLOADS if "\n" not in payload]
FEW = 12  # of those that each need an object of their own
# What none of the dashboard's own pages has, whether it ran or was kept from running.
DANGEROUS = """() => [...document.querySelectorAll('*')].filter((element) =>
  element.matches('iframe, frame, object, embed, base, script:not([src^="/"]), meta[http-equiv]'
    + ', img:not([src^="/"]), video, audio, math, [srcdoc], style')
  || element.getAttributeNames().some((name) => name.startsWith('on'))
  || ['href', 'action', 'src', 'data', 'formaction', 'xlink:href'].some((name) =>
    /^\\s*(javascript|data|vbscript):/i.test(element.getAttribute(name) ?? ''))
).map((element) => element.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose model says whatever it is told to."""
    with ModelServer() as model:
        models = f"{model.url}/v1#parrot"
        data = tmp_path_factory.mktemp("script") / "data"
        with running_server(data, CEVVO_MODELS=models) as running:
            fill(running, model)
            yield running
            assert stop_server(running) == 0


def fill(server: Server, model: ModelServer) -> None:
    """Every payload as a source, a document, a question and an answer."""
    sections = [f"## Widget {n}\n\nWidget {n} is red {p}." for n, p in enumerate(PAYLOADS)]
    add_text(server, ONE_LINE[0], "\n\n".join(sections))
    with server.client() as client:
        jobs = []
        for number, payload in enumerate(ONE_LINE[-FEW:]):
            client.post("/sources", json={"name": payload, "type": "file"}).raise_for_status()
            file = {"file": (f"{payload}.md", f"# {payload}\n\nRed {payload}.".encode())}
            jobs.append(client.post("/ingest/upload", files=file).raise_for_status().json())
            note = {"title": payload, "content": f"Widget {number} is red {payload}."}
            jobs.append(client.post("/ingest/text", json=note).raise_for_status().json())
        for job in jobs:
            server.wait_for_job(client, job["job_id"])
        thread = None
        for several in batched(PAYLOADS, 5):
            said = [f"Widget {PAYLOADS.index(each)} is red {each} [1].\n\n" for each in several]
            model.reply_with(Reply(tuple(said)))
            message = "Which colour are the widgets?\n\n" + "\n\n".join(several)
            question = {"message": message, "thread_id": thread}
            reply = client.post("/chat", json=question).raise_for_status().json()
            thread = reply["thread_id"]
            rating = {"message_id": reply["id"], "rating": "negative", "comment": several[0]}
            client.post("/feedback", json=rating).raise_for_status()
        for payload in ONE_LINE[-FEW:]:
            client.post("/chat", json={"message": payload}).raise_for_status()
        reason = {"reason": PAYLOADS[0]}
        client.post(f"/conversations/{thread}/escalate", json=reason).raise_for_status()
        client.put("/settings/answers", json={"assistant_name": PAYLOADS[0]}).raise_for_status()


def test_s25_no_page_runs_what_it_shows(signed_in: Page, server: Server) -> None:
    with server.client() as client:
        threads = client.get("/conversations", params={"per_page": 100}).json()["data"]
        thread = max(threads, key=lambda each: each["message_count"])["id"]
        sources = client.get("/sources", params={"per_page": 100}).json()["data"]
        said = client.get(f"/conversations/{thread}").json()["messages"][1::2]
        gaps = client.get("/analytics/coverage-gaps").json()["data"]
        questions = client.get("/analytics/top-questions").json()["data"]
    assert any("<img" in each["content"] for each in said)  # the model's words came through
    assert any("<" in each["question"] for each in (*gaps, *questions))
    source = next(each["id"] for each in sources if each["type"] == "text")
    uploads = next(each["id"] for each in sources if each["name"] == "Uploads")
    shown = {
        "/": None,
        f"/ask/{thread}": PAYLOADS,
        f"/conversations/{thread}": PAYLOADS,
        "/conversations": ONE_LINE[-1:],
        "/sources": ONE_LINE[-5:],
        f"/sources/{source}": ONE_LINE[:1],
        f"/sources/{uploads}": ONE_LINE[-5:],
        "/questions": [each["question"] for each in questions],
        "/gaps": [each["question"] for each in gaps],
    }
    for path, payloads in shown.items():
        signed_in.goto(server.url + path)
        expect(signed_in.get_by_role("heading", level=1)).to_be_attached()
        expect(signed_in.get_by_role("status", name="Loading")).to_have_count(0)
        assert ran_or_may_run(signed_in) == [], path
        for payload in payloads or ():
            expect(signed_in.locator("main")).to_contain_text(payload.split("\n")[0][:60])


def test_s25_a_streamed_answer_is_text_from_its_first_word(signed_in: Page, server: Server) -> None:
    for payload in ONE_LINE[:6]:
        signed_in.goto(f"{server.url}/ask")
        field = signed_in.get_by_role("textbox", name=re.compile("^Ask"))
        field.fill(f"Which colour is widget 3? {payload}")
        field.press("Enter")
        expect(signed_in.locator("article footer").first).to_be_visible()
        expect(signed_in.locator("article").first).to_contain_text(payload)
        for mark in signed_in.get_by_role("button", name=re.compile("^Source ")).all():
            mark.click()
        assert ran_or_may_run(signed_in) == []


def batched(payloads: tuple[str, ...], size: int) -> Iterator[tuple[str, ...]]:
    """So many at a time."""
    return (payloads[at : at + size] for at in range(0, len(payloads), size))


def ran_or_may_run(page: Page) -> list[str]:
    """What of the page is not the dashboard's own; the mark, if a script has set it."""
    found: list[str] = page.evaluate(DANGEROUS)
    return found + ([MARK] if page.evaluate(f"window.{MARK} !== undefined") else [])


def test_s25_the_check_sees_what_it_is_for(browser: Browser) -> None:
    page = browser.new_page()
    unseen = []
    for payload in PAYLOADS:
        page.set_content(f"<p title='{payload}'>{payload}</p>")
        if payload.startswith("<") and not ran_or_may_run(page):
            unseen.append(payload)
    page.close()
    assert unseen == []

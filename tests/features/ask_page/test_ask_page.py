"""``/ask/{slug}``: off until it has an address; asked without a script; bounded by address."""

import re
from collections.abc import Iterator

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from conftest import Server

SLUG = "larkspur-help"
NOTE = "Gondolas are filled with helium on Mondays."


@pytest.fixture(scope="module")
def page(server: Server) -> Iterator[str]:
    """The address of a page; its workspace knows about gondolas."""
    with server.client() as client:
        note = {"title": "Gondolas <b>", "content": NOTE, "url": "https://x.test/?a=1&b=2"}
        server.wait_for_job(client, client.post("/ingest/text", json=note).json()["job_id"])
        settings = {"ask_page": SLUG, "contact_email": "help@x.test"}
        client.put("/settings/widget", json=settings).raise_for_status()
        yield f"{server.url}/ask/{SLUG}"
        off = {"ask_page": None, "ask_page_indexed": None, "contact_email": None, "texts": None}
        client.put("/settings/widget", json=off).raise_for_status()


@pytest.fixture
def visitor() -> Iterator[httpx2.Client]:
    """Somebody at an address of loopback that no other test has."""
    Visitors.last += 1
    transport = httpx2.HTTPTransport(local_address=f"127.2.0.{Visitors.last}")
    with httpx2.Client(transport=transport, timeout=60) as client:
        yield client


class Visitors:
    last = 1


def ask(client: httpx2.Client, page: str, question: str, **fields: str) -> LexborHTMLParser:
    response = client.post(page, data={"question": question, **fields})
    assert response.status_code == 200, response.text
    return LexborHTMLParser(response.text)


def one(tree: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    """The first element of that kind, which has to be there."""
    found = tree.css(selector)
    assert found, selector
    return found[0]


def hidden(tree: LexborHTMLParser) -> dict[str, str]:
    """What the page's form sends with the next question."""
    fields = tree.css('input[type="hidden"]')
    return {str(each.attributes["name"]): each.attributes["value"] or "" for each in fields}


def test_half_a_character_of_a_form_is_no_fault_of_the_server(
    page: str, visitor: httpx2.Client
) -> None:
    part = (
        b'--B\r\nContent-Disposition: form-data; name="question"\r\n\r\nGondolas \\ud800?\r\n--B--'
    )
    form = "multipart/form-data; boundary=B; charset=unicode_escape"
    response = visitor.post(page, content=part + b"\r\n", headers={"Content-Type": form})
    assert response.status_code == 200
    assert one(LexborHTMLParser(response.text), "h2").text() == "Gondolas ??"


def test_an_answer_comes_with_its_sources_and_the_thread_goes_on(
    page: str, visitor: httpx2.Client, server: Server
) -> None:
    first = ask(visitor, page, "When are gondolas filled?")
    assert "Mondays" in one(first, "main > div").text()
    source = one(first, "ol.sources li")
    link = one(source, "a")
    assert link.text() == "Gondolas <b>"
    assert str(link.attributes["href"]).startswith("https://x.test/?a=1&b=2")
    assert one(first, "a.mark").attributes["href"] == f"#{source.attributes['id']}"
    assert NOTE in one(source, "blockquote").text()
    second = ask(visitor, page, "And with what?", **hidden(first))
    assert [each.text() for each in second.css("h2")] == [
        "When are gondolas filled?", "And with what?",
    ]  # fmt: skip
    assert hidden(second)["thread"] == hidden(first)["thread"]


def test_s4_nobody_goes_on_with_the_thread_of_another(page: str, visitor: httpx2.Client) -> None:
    theirs = ask(visitor, page, "When are gondolas filled?")
    for token in ("", "cevvo_vt_x.y", hidden(ask(visitor, page, "Hello"))["visitor"]):
        found = ask(visitor, page, "What else?", visitor=token, thread=hidden(theirs)["thread"])
        assert len(found.css("h2")) == 1
        assert hidden(found)["thread"] != hidden(theirs)["thread"]


def test_what_a_named_visitor_asks_is_deleted_with_the_user(
    page: str, visitor: httpx2.Client, server: Server
) -> None:
    user = {"user_id": "user of the page"}
    with server.client() as admin:
        token = admin.post("/visitor-tokens", json=user).json()["visitor_token"]
        thread = hidden(ask(visitor, page, "When are gondolas filled?", visitor=token))["thread"]
        assert admin.get(f"/conversations/{thread}").status_code == 200
        assert admin.delete("/conversations", params=user).json()["count"] == 1
        assert admin.get(f"/conversations/{thread}").status_code == 404


def test_what_is_not_known_is_said_and_a_person_is_named(page: str, visitor: httpx2.Client) -> None:
    found = ask(visitor, page, "Who won the chess championship in 1907?")
    assert found.css_first("ol.sources") is None
    assert found.css_first('a[href="mailto:help@x.test"]') is not None


def test_s25_a_question_stays_text(page: str, visitor: httpx2.Client) -> None:
    for question in ("<script>x()</script>", '"><img src=x onerror=x()>', "</textarea><b>"):
        assert one(ask(visitor, page, question), "h2").text() == question
    response = visitor.post(page, data={"question": "x" * 8001 + "</textarea><b id=out>"})
    assert response.status_code == 400
    assert LexborHTMLParser(response.text).css("#out") == []


def test_s26_the_page_can_run_nothing(page: str, visitor: httpx2.Client) -> None:
    for response in (visitor.get(page), visitor.post(page, data={"question": "Hello"})):
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "form-action 'self'; base-uri 'none'; frame-ancestors 'none'" in policy
        assert "script" not in response.text.lower()
        assert response.headers["cache-control"] == "no-store"


def test_an_address_has_ten_questions_a_minute_and_keeps_its_words(
    page: str, visitor: httpx2.Client
) -> None:
    for number in range(10):
        assert visitor.post(page, data={"question": f"Hello {number}"}).status_code == 200
    refused = visitor.post(page, data={"question": "My long question"})
    assert refused.status_code == 429
    tree = LexborHTMLParser(refused.text)
    assert one(tree, "textarea").text() == "My long question"
    assert re.search(r"Try again in \d+ seconds", one(tree, '[role="alert"]').text())


def test_there_is_no_page_but_those_that_were_turned_on(
    page: str, visitor: httpx2.Client, server: Server
) -> None:
    for method in ("GET", "POST"):
        response = visitor.request(method, f"{server.url}/ask/nobody")
        assert response.status_code == 404
        assert "There is no page here" in response.text
    dashboard = visitor.get(f"{server.url}/ask/thr_abc")
    assert "script-src 'self'" in dashboard.headers["content-security-policy"]


def test_search_engines_and_languages_as_the_owner_says(
    page: str, visitor: httpx2.Client, server: Server
) -> None:
    with server.client() as client:
        assert '<meta name="robots" content="noindex">' in visitor.get(page).text
        texts = {"de": {"title": "Frag <Larkspur>"}, "ar": {"title": "اسأل"}}
        changes = {"ask_page_indexed": True, "texts": texts}
        client.put("/settings/widget", json=changes).raise_for_status()
    assert "noindex" not in visitor.get(page).text
    german = LexborHTMLParser(visitor.get(page, headers={"Accept-Language": "de-CH,en"}).text)
    assert one(german, "h1").text() == "Frag <Larkspur>"
    assert one(german, "html").attributes == {"lang": "de", "dir": "ltr"}
    arabic = LexborHTMLParser(visitor.get(page, headers={"Accept-Language": "ar"}).text)
    assert one(arabic, "html").attributes == {"lang": "ar", "dir": "rtl"}

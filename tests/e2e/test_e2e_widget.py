"""The widget on another website, in a real browser: what it may, what it bears, what it does."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Route,
    expect,
)

from conftest import Server, running_server, stop_server
from e2e.host_site import STRICT, HostSite, host_site
from e2e.knowledge import MANUAL, add_text, sign_in_link
from e2e.test_e2e_pages import axe
from faults.xss_payloads import MARK, PAYLOADS
from model_server import ModelServer, Reply

pytestmark = pytest.mark.xdist_group("e2e")

QUESTION = "How long is the link in the e-mail valid?"
DANGEROUS = """(root) => [...root.querySelectorAll('*')].filter((element) =>
  element.matches('iframe, frame, object, embed, base, script, meta, img, image, video, audio, '
    + 'math, style, link, [srcdoc]')
  || element.getAttributeNames().some((name) => name.startsWith('on'))
  || ['href', 'action', 'src', 'data', 'formaction', 'xlink:href'].some((name) =>
    element.hasAttribute(name) && !/^(https?|mailto):/i.test(element.getAttribute(name)))
).map((element) => element.outerHTML.slice(0, 100))"""
HOSTILE = """<base href="https://elsewhere.test/"><style>
* { display: none !important; all: unset !important; font-size: 3px !important;
    color: #fff !important; pointer-events: none !important; opacity: 0.1 !important;
    position: static !important; animation: none !important; z-index: -1 !important }
html, head, body, main, h1, p { display: block !important } html { font-size: 62.5% }
body { transform: scale(0.5); overflow: hidden }
button, textarea, cevvo-widget { width: 1px !important; visibility: hidden !important }
</style><script>
Object.prototype.odd = function () {}; Array.prototype.even = [];
Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } });
document.addEventListener('keydown', (event) => {
  event.preventDefault(); window.stolen = (window.stolen || 0) + 1; });
document.addEventListener('focusin', () => document.body.focus());
window.define = () => {}; window.define.amd = true; window.module = { exports: {} };
</script>"""


@dataclass
class Place:
    """A server, a website of another origin, and a key that is for it."""

    server: Server
    site: HostSite
    model: ModelServer
    key: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The server's model says whatever it is told to."""
    data = tmp_path_factory.mktemp("widget") / "data"
    with (
        ModelServer() as model,
        host_site() as site,
        running_server(data, CEVVO_MODELS=f"{model.url}/v1#parrot") as server,
    ):
        add_text(server, "Larkspur manual", MANUAL)
        with server.client() as client:  # the first answer takes long: what it needs is loaded
            client.post("/chat", json={"message": QUESTION, "test": True}).raise_for_status()
        yield Place(server, site, model, made_key(server, site.url))
        if server.process.poll() is None:
            assert stop_server(server) == 0


def made_key(server: Server, *origins: str, **limits: int) -> str:
    with server.client() as client:
        body = {"name": "Site", "kind": "publishable", "allowed_origins": origins, **limits}
        return str(client.post("/api-keys", json=body).raise_for_status().json()["key"])


@dataclass
class Visit:
    """A visitor's tab; what went wrong in it and what it asked for."""

    page: Page
    troubles: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def hear(self, said: ConsoleMessage) -> None:
        """Notes what the browser keeps from running."""
        if "Security Policy" in said.text:
            self.troubles.append(said.text)

    def open(self) -> Locator:
        """Opens the widget by its button."""
        self.page.get_by_role("button", name="Ask a question").click()
        return self.panel

    @property
    def panel(self) -> Locator:
        return self.page.locator("cevvo-widget").get_by_role("dialog")

    def ask(self, question: str) -> None:
        box = self.panel.get_by_role("textbox", name="Ask a question")
        box.fill(question)
        box.press("Enter")

    def answered(self) -> None:
        """Waits for the last answer to be whole."""
        expect(self.panel.locator("article").last.locator(".feedback, .person")).to_be_visible()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Makes visits: each a browser of its own. Fails for any script error."""
    visits: list[tuple[BrowserContext, Visit]] = []

    def begin(**options: Any) -> Visit:
        context = browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce"} | options)
        made = Visit(context.new_page())
        made.page.on("pageerror", lambda error: made.troubles.append(str(error)))
        made.page.on("console", made.hear)
        made.page.on("request", lambda request: made.asked.append(request.url))
        visits.append((context, made))
        return made

    yield begin
    for context, made in visits:
        context.close()
        assert made.troubles == []


def test_a_visitor_asks_reads_the_evidence_rates_and_comes_back(
    place: Place, visit: Callable[..., Visit]
) -> None:
    place.model.reply_with(Reply(("The link is valid ", "for one hour [1].")))
    v = visit()
    v.page.goto(place.site.show("/", place.server, place.key))
    assert [url for url in v.asked if "/assets/" in url] == []  # not before it is wanted
    v.open()
    v.ask(QUESTION)
    v.answered()
    expect(v.panel).to_contain_text("valid for one hour")
    v.panel.get_by_role("button", name="Source 1: Larkspur manual").first.click()
    expect(v.panel.locator("blockquote")).to_contain_text("can be used once")
    v.page.keyboard.press("Escape")
    expect(v.panel.locator("blockquote")).to_have_count(0)
    expect(v.panel).to_be_visible()
    v.panel.get_by_role("button", name="No", exact=True).click()
    v.panel.get_by_role("textbox", name="What was missing or wrong?").fill("Too short")
    v.panel.get_by_role("button", name="Send").first.click()
    expect(v.panel).to_contain_text("Thank you for telling us")
    stored = place.server.stored("SELECT rating, comment FROM messages WHERE rating IS NOT NULL")
    assert ("negative", "Too short") in stored
    v.panel.get_by_role("textbox", name="Ask a question").fill("half a thou")
    v.page.reload()
    v.open()
    expect(v.panel).to_contain_text("valid for one hour")
    expect(v.panel.get_by_role("textbox", name="Ask a question")).to_have_value("half a thou")
    v.panel.get_by_role("button", name="New conversation").click()
    expect(v.panel).to_contain_text("Answers come from our own documents")
    v.page.reload()
    v.open()
    expect(v.panel.locator("article")).to_have_count(0)


def test_s43_on_a_website_that_the_key_is_not_for_there_is_nothing(
    place: Place, visit: Callable[..., Visit]
) -> None:
    v = visit()
    key = made_key(place.server, "https://other.test")
    with v.page.expect_console_message(lambda said: "could not be loaded" in said.text):
        v.page.goto(place.site.show("/refused", place.server, key))
    assert (
        v.page.evaluate("document.querySelector('cevvo-widget').shadowRoot.childElementCount") == 0
    )
    expect(v.page.get_by_role("heading", name="Larkspur")).to_be_visible()
    assert v.page.evaluate("[typeof Cevvo.open(), typeof Cevvo.ask('x')]") == ["undefined"] * 2


def test_it_works_under_a_strict_policy_with_the_two_things_that_it_needs(
    place: Place, visit: Callable[..., Visit]
) -> None:
    place.model.reply_with(Reply(("For one hour [1].",)))
    v = visit()
    policy = STRICT.format(server=place.server.url)
    v.page.goto(place.site.show("/strict", place.server, place.key, policy=policy))
    v.open()
    v.ask(QUESTION)
    v.answered()
    box = v.panel.bounding_box()
    assert box is not None
    assert box["width"] == 420  # its styles are there


def test_a_hostile_page_neither_breaks_it_nor_is_broken(
    place: Place, visit: Callable[..., Visit]
) -> None:
    place.model.reply_with(Reply(("For one hour [1].",)))
    v = visit(viewport={"width": 1280, "height": 800})
    url = place.site.show("/hostile", place.server, place.key, head=HOSTILE, copies=2)
    v.page.goto(url)
    expect(v.page.locator("cevvo-widget")).to_have_count(1)
    before = v.page.evaluate("Object.keys(window).length")
    v.open()
    box = v.panel.bounding_box()
    assert box is not None
    assert (box["x"] + box["width"], box["width"]) == (1260, 420)
    v.panel.get_by_role("textbox", name="Ask a question").click()
    v.page.keyboard.type(QUESTION)
    v.page.keyboard.press("Enter")
    v.answered()
    styles = (
        "(e) => { const s = getComputedStyle(e); return [s.fontSize, s.opacity, s.visibility] }"
    )
    assert v.panel.evaluate(styles) == ["15px", "1", "visible"]
    assert v.page.evaluate("[window.stolen, Object.keys(window).length]") == [None, before]
    v.page.evaluate("document.body = document.createElement('body')")  # as some sites navigate
    expect(v.panel).to_be_visible()
    v.page.evaluate("document.querySelector('cevvo-widget').remove()")
    v.page.evaluate("Cevvo.close(), Cevvo.ask('What else is there?')")
    expect(v.panel.locator("article")).to_have_count(2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_keyboard_and_screen_reader(place: Place, visit: Callable[..., Visit], theme: str) -> None:
    place.model.reply_with(Reply(("For **one** ", "hour [1].")))
    v = visit(color_scheme=theme, viewport={"width": 390, "height": 800})
    head = "<style>main { background: #fff }</style>"
    v.page.goto(place.site.show("/keys", place.server, place.key, head=head))
    launcher = v.page.get_by_role("button", name="Ask a question")
    launcher.focus()
    v.page.keyboard.press("Enter")
    field = v.panel.get_by_role("textbox", name="Ask a question")
    expect(field).to_be_focused()
    said = v.page.evaluate_handle(
        """() => { const said = []; const root = document.querySelector('cevvo-widget').shadowRoot;
        const status = root.querySelector('[role=status]');
        new MutationObserver(() => said.push(status.textContent))
          .observe(status, { childList: true, characterData: true, subtree: true });
        return said }"""
    )
    held: list[Route] = []  # an answer that is there before the next frame is not waited for
    v.page.route("**/chat/stream", lambda route: held.append(route))
    v.page.keyboard.type(QUESTION)
    with v.page.expect_request("**/chat/stream"):
        v.page.keyboard.press("Enter")
    expect(v.panel.get_by_role("status")).to_have_text("Searching our documents")
    [asked] = held
    asked.continue_()
    v.answered()
    heard = [each for each in said.evaluate("(said) => said") if each]
    assert [*dict.fromkeys(heard)] == ["Searching our documents", "Answer: For one hour."]
    assert axe(v.page) == []
    close = v.panel.get_by_role("button", name="Close")
    for _ in range(30):  # all the way round, and never out of it
        v.page.keyboard.press("Tab")
        assert v.page.evaluate("document.activeElement.tagName") == "CEVVO-WIDGET"
    close.focus()
    v.page.keyboard.press("Shift+Tab")
    v.page.keyboard.press("Shift+Tab")
    assert v.page.evaluate("document.activeElement.tagName") == "CEVVO-WIDGET"
    v.page.keyboard.press("Escape")
    expect(v.panel).to_have_count(0)
    expect(launcher).to_be_focused()


def test_what_is_not_known_is_said_and_goes_to_a_person(
    place: Place, visit: Callable[..., Visit]
) -> None:
    with place.server.client() as client:
        mail = {"contact_email": "help@larkspur.test"}
        client.put("/settings/widget", json=mail).raise_for_status()
    v = visit()
    v.page.goto(place.site.show("/person", place.server, place.key))
    v.open()
    v.ask("Who won the chess championship in 1907?")
    mail_link = v.panel.get_by_role("link", name="Write to help@larkspur.test")
    expect(mail_link).to_have_attribute(
        "href", re.compile("^mailto:help@larkspur.test.subject=Who")
    )
    v.panel.get_by_role("button", name="Ask a person").click()
    v.panel.get_by_role("textbox", name="What should we know?").fill("It is for a quiz.")
    v.panel.get_by_role("textbox", name="Your e-mail address").fill("me@visitor.test")
    v.panel.get_by_role("button", name="Send").first.click()
    expect(v.panel).to_contain_text("Passed on.")
    reasons = place.server.stored("SELECT escalation_reason FROM conversations")
    assert ("It is for a quiz.\nme@visitor.test",) in reasons


def test_the_focus_stays_in_the_widget_when_what_had_it_goes(
    place: Place, visit: Callable[..., Visit]
) -> None:
    v = visit()
    v.page.goto(place.site.show("/focus", place.server, place.key))
    v.open()
    field = v.panel.get_by_role("textbox", name="Ask a question")
    field.fill("Who won the chess championship in 1908?")
    v.panel.get_by_role("button", name="Send").click()
    v.answered()
    expect(field).to_be_focused()
    conversation = v.panel.get_by_role("region", name="Ask us anything")
    v.panel.get_by_role("button", name="Ask a person").click()
    v.panel.get_by_role("button", name="Cancel").click()
    expect(conversation).to_be_focused()
    v.panel.get_by_role("button", name="Ask a person").click()
    expect(v.panel.get_by_role("textbox", name="What should we know?")).to_be_focused()
    v.page.keyboard.type("It is for a quiz.")
    v.panel.get_by_role("textbox", name="Your e-mail address").fill("me@visitor.test")
    v.page.keyboard.press("Enter")
    expect(v.panel).to_contain_text("Passed on.")
    expect(conversation).to_be_focused()
    v.panel.get_by_role("button", name="New conversation").click()
    expect(conversation).to_be_focused()
    v.page.keyboard.press("Escape")
    expect(v.panel).to_have_count(0)


def test_the_button_says_what_it_said_once_there_is_a_connection(
    place: Place, visit: Callable[..., Visit]
) -> None:
    v = visit()
    v.page.goto(place.site.show("/offline", place.server, place.key))
    expect(v.page.get_by_role("button", name="Ask a question")).to_be_visible()
    v.page.context.set_offline(True)
    v.page.get_by_role("button", name="Ask a question").click()
    again = v.page.get_by_role("button", name="There is no connection")
    expect(again).to_be_visible()
    v.page.context.set_offline(False)
    again.click()
    v.panel.get_by_role("button", name="Close").click()
    expect(v.page.get_by_role("button", name="Ask a question")).to_be_focused()


def test_s25_s28_s29_nothing_that_an_answer_says_runs_or_loads(
    place: Place, visit: Callable[..., Visit]
) -> None:
    picture = "![x](https://evil.test/p.png) [y](javascript:alert(1)) [z](https://evil.test/) [1]"
    texts = [*PAYLOADS, picture]
    words = tuple(f"The link is valid for one hour {each} [1].\n\n" for each in texts)
    place.model.reply_with(Reply(words))
    v = visit()
    v.page.goto(place.site.show("/script", place.server, place.key))
    v.open()
    v.ask(f"{QUESTION} {PAYLOADS[0]} {PAYLOADS[1]}")
    v.answered()
    expect(v.panel).to_contain_text(PAYLOADS[0])
    for mark in v.panel.get_by_role("button", name=re.compile("^Source ")).all()[:2]:
        mark.click()
    assert v.panel.evaluate(DANGEROUS) == []
    assert v.page.evaluate(f"window.{MARK}") is None
    ours = (place.server.url, place.site.url)
    assert [url for url in v.asked if not url.startswith(ours)] == []


def test_limits_and_no_connection_are_said_and_the_question_is_kept(
    place: Place, visit: Callable[..., Visit]
) -> None:
    place.model.reply_with(Reply(("For one hour [1].",)))
    v = visit(locale="de-DE")
    key = made_key(place.server, place.site.url, rate_limit=2)
    v.page.goto(place.site.show("/busy", place.server, key, attributes='data-language="en"'))
    v.open()
    v.ask(QUESTION)
    v.answered()
    v.ask("And how often can it be used?")
    expect(v.panel.get_by_role("alert")).to_contain_text(re.compile(r"Try again in \d+ seconds"))
    expect(v.panel.locator("article").last).to_contain_text("And how often can it be used?")
    v.page.context.set_offline(True)
    v.panel.get_by_role("button", name="Ask again").click()
    expect(v.panel.get_by_role("alert")).to_contain_text("There is no connection")
    v.page.context.set_offline(False)
    v.page.reload()
    v.open()
    field = v.panel.get_by_role("textbox", name="Ask a question")
    expect(field).to_have_value("And how often can it be used?")


def test_the_owners_look_and_another_direction(place: Place, visit: Callable[..., Visit]) -> None:
    with place.server.client() as client:
        texts = {"ar": {"launcher": "اسأل", "title": "اسألنا", "placeholder": "سؤالك"}}
        look = {"color": "#ffe14d", "texts": texts, "suggestions": ["كيف؟"], "position": "left"}
        client.put("/settings/widget", json=look).raise_for_status()
    v = visit(viewport={"width": 1000, "height": 700})
    v.page.goto(place.site.show("/rtl", place.server, place.key, attributes='data-language="ar"'))
    launcher = v.page.get_by_role("button", name="اسأل")
    assert launcher.evaluate("(e) => getComputedStyle(e).color") == "rgb(0, 0, 0)"
    launcher.click()
    panel = v.page.get_by_role("dialog", name="اسألنا")
    box = panel.bounding_box()
    assert box is not None
    assert box["x"] == 20
    assert panel.evaluate("(e) => getComputedStyle(e).direction") == "rtl"
    expect(panel.get_by_role("button", name="كيف؟")).to_be_visible()
    assert axe(v.page) == []


def test_the_dashboard_makes_the_line_and_shows_what_it_will_look_like(
    place: Place, visit: Callable[..., Visit]
) -> None:
    place.model.reply_with(Reply(("For one hour [1].",)))
    v = visit(viewport={"width": 1440, "height": 900})
    page, own = v.page, place.server.url
    page.goto(sign_in_link(place.server))
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("link", name="Widget")).to_be_visible()
    page.goto(f"{own}/widget")
    expect(page.get_by_role("heading", name="Widget", level=1)).to_be_visible()
    page.get_by_label("Addresses of your website").fill(f"https://www.example.com\n{own}")
    page.get_by_role("button", name="Make a key").click()
    line = page.locator(".command code")
    expect(line).to_contain_text(f'<script src="{own}/widget.js" data-key="cevvo_pk_')
    page.get_by_label("Greeting").fill("What would you like to know?")
    page.get_by_label("Questions to begin with").fill(QUESTION)
    page.get_by_role("group", name="Corner").get_by_role("button", name="Right").click()
    frame = page.locator(".widget-frame")
    expect(frame).to_contain_text("What would you like to know?")
    panel, around = frame.locator(".panel").bounding_box(), frame.bounding_box()
    assert panel is not None
    assert around is not None
    assert around["x"] <= panel["x"] <= panel["x"] + panel["width"] <= around["x"] + around["width"]
    assert around["y"] <= panel["y"]
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="try it on a plain page").click()
    v.open()
    v.panel.get_by_role("button", name=QUESTION).click()
    v.answered()
    expect(v.panel).to_contain_text("For one hour")
    v.page.reload()
    v.open()
    expect(v.panel).to_contain_text("For one hour")  # a GET of the server's own page


def test_a_server_that_goes_in_mid_answer_leaves_what_was_said(
    place: Place, visit: Callable[..., Visit]
) -> None:
    """The last test with this server: it is gone then."""
    with place.server.client() as client:
        nothing = {"color": None, "texts": None, "suggestions": None, "position": None}
        client.put("/settings/widget", json=nothing).raise_for_status()
    words = ("It can be used once [1]. ", "It is valid for one hour [1]. ")
    place.model.reply_with(Reply(words, ending="hang"))
    v = visit()
    v.page.goto(place.site.show("/gone", place.server, place.key))
    v.open()
    v.ask("How often can the link in the e-mail be used?")  # no other test's: nothing is kept
    expect(v.panel).to_contain_text("can be used once")
    expect(v.panel.get_by_role("button", name="Stop")).to_be_visible()
    place.server.process.kill()
    expect(v.panel.get_by_role("alert")).to_contain_text("The answer broke off.")
    expect(v.panel).to_contain_text("can be used once")
    expect(v.panel.get_by_role("button", name="Ask again")).to_be_enabled()

"""People in a real browser: set-up, invitations, second factor, sessions, workspaces."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from cevvo.foundation.access.totp import STEP, code_at
from conftest import Server, running_server
from e2e.other_site import other_site

pytestmark = pytest.mark.xdist_group("e2e")

PASSWORD = "correct horse battery staple"
OWNER = "ada@example.com"
COOKIE = "__Host-cevvo_session"


@dataclass
class People:
    """A server of their own, with an owner, and browsers to visit it with."""

    server: Server
    setup_link: str
    open: Callable[[], Page]

    def sign_in(self, email: str = OWNER) -> Page:
        """A fresh browser in which somebody is signed in."""
        page = self.open()
        page.goto(self.server.url)
        fill_in(page, email)
        expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
        return page


def fill_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server and the set-up link that it printed."""
    with running_server(tmp_path_factory.mktemp("people")) as server:
        assert server.process.stdout is not None
        printed = re.search(r"http\S+/setup\?token=\w+", server.process.stdout.readline())
        assert printed
        yield server, printed[0]


@pytest.fixture
def people(running: tuple[Server, str], browser: Browser) -> Iterator[People]:
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if "Security Policy" in said.text:
            troubles.append(said.text)

    def fresh() -> Page:
        contexts.append(browser.new_context(viewport={"width": 1440, "height": 900}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", heard)
        return page

    yield People(*running, fresh)
    for context in contexts:
        context.close()
    assert troubles == []


def test_the_set_up_link_makes_the_owner_once(people: People) -> None:
    page = people.open()
    page.goto(people.setup_link)
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("E-mail").fill(OWNER)
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("alert")).to_contain_text("12 to 200 characters")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    expect(page).to_have_url(f"{people.server.url}/")
    [cookie] = page.context.cookies()  # Chromium takes it over plain http to loopback
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == (COOKIE, True, True)
    assert cookie["sameSite"] == "Lax"
    assert page.evaluate("document.cookie") == ""
    page.reload()
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
    again = people.open()
    again.goto(people.setup_link)
    again.get_by_label("Your name").fill("Eve")
    again.get_by_label("E-mail").fill("eve@example.com")
    again.get_by_label("Password").fill(PASSWORD)
    again.get_by_role("button", name="Set up").click()
    expect(again.get_by_role("alert")).to_contain_text("not valid")


def test_a_wrong_password_is_refused_and_signing_out_forgets(people: People) -> None:
    page = people.open()
    page.goto(people.server.url)
    fill_in(page, OWNER, "something else entirely")
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    assert page.context.cookies() == []
    page.reload()
    expect(page.get_by_label("Password")).to_be_visible()


def test_an_invited_person_joins_and_sees_what_the_role_allows(people: People) -> None:
    owner = people.sign_in()
    owner.get_by_role("link", name="People").click()
    owner.get_by_role("button", name="Invite").click()
    dialog = owner.get_by_role("dialog")
    dialog.get_by_label("E-mail").fill("grace@example.com")
    dialog.get_by_label("Role").select_option("editor")
    dialog.get_by_role("button", name="Invite").click()
    link = dialog.locator(".command code").inner_text()
    dialog.get_by_role("button", name="Done").click()
    expect(owner.get_by_text("grace@example.com")).to_be_visible()

    guest = people.open()
    guest.goto(link)
    expect(guest.get_by_text("grace@example.com is invited as editor.")).to_be_visible()
    guest.get_by_label("Your name").fill("Grace Hopper")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Join").click()
    rooms = guest.get_by_role("navigation", name="Pages")
    expect(rooms.get_by_role("link", name="Sources")).to_be_visible()
    expect(rooms.get_by_role("link", name="People")).to_have_count(0)

    owner.reload()
    owner.get_by_label("Role of Grace Hopper").select_option("analyst")
    expect(owner.get_by_role("status").filter(has_text="now analyst")).to_be_visible()
    guest.wait_for_timeout(1_100)
    rooms.get_by_role("link", name="Sources").click()
    expect(guest.get_by_role("alert")).to_contain_text("session has ended")
    owner.get_by_role("button", name="Remove Grace Hopper").click()
    owner.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(owner.get_by_label("Role of Grace Hopper")).to_have_count(0)


def test_an_analyst_is_offered_what_an_analyst_may_do(people: People) -> None:
    url = people.server.url
    with people.server.client() as client:
        source = client.post("/sources", json={"name": "Tea", "type": "text", "content": "Tea."})
        thread = client.post("/chat", json={"message": "Who runs the pottery?"}).json()
        gap = client.get("/analytics/coverage-gaps").json()["data"][0]
    owner = people.sign_in()
    owner.get_by_role("link", name="People").click()
    owner.get_by_role("button", name="Invite").click()
    dialog = owner.get_by_role("dialog")
    dialog.get_by_label("E-mail").fill("ana@example.com")
    dialog.get_by_label("Role").select_option("analyst")
    dialog.get_by_role("button", name="Invite").click()
    guest = people.open()
    guest.goto(dialog.locator(".command code").inner_text())
    guest.get_by_label("Your name").fill("Ana")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Join").click()
    expect(guest.get_by_role("navigation", name="Pages")).to_be_visible()
    changes = re.compile("^(Add|Delete|Save and ask|Write the answer|Dismiss$)")
    for path, shown in (
        ("/sources?add=text", "Tea"),
        (f"/sources/{source.json()['id']}", "Documents"),
        ("/gaps", gap["question"]),
        (f"/gaps/{gap['id']}", "Who asked"),
        (f"/conversations/{thread['thread_id']}", "coverage gap"),
    ):
        guest.goto(url + path)
        main = guest.get_by_role("main")
        expect(main).to_contain_text(shown)
        for role in ("button", "link"):
            expect(main.get_by_role(role, name=changes)).to_have_count(0)
        expect(guest.get_by_role("dialog")).to_have_count(0)
    guest.goto(f"{url}/audit-log")
    expect(guest.get_by_role("alert")).to_contain_text("Your role here is analyst")


def test_a_second_factor_is_set_up_asked_for_and_removed(people: People) -> None:
    page = people.sign_in()
    page.get_by_role("link", name="Ada Lovelace").click()
    card = page.locator(".group").filter(has_text="Second factor")
    card.get_by_label("Your password").fill(PASSWORD)
    card.get_by_role("button", name="Set it up").click()
    image = card.get_by_role("img", name="QR code")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 20
    secret = card.locator("code").inner_text().replace(" ", "")
    step = time.time_ns() // 1_000_000 // STEP
    card.get_by_label("Code").fill(code_at(secret, step))
    card.get_by_role("button", name="Turn it on").click()
    expect(card.locator(".recovery-codes li")).to_have_count(10)
    recovery = card.locator(".recovery-codes li").all_inner_texts()
    card.get_by_role("button", name="I have kept them").click()
    expect(card.get_by_role("button", name="Remove it")).to_be_visible()

    other = people.open()
    other.goto(people.server.url)
    fill_in(other, OWNER)
    other.get_by_label("Code").fill("000000")
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("wrong")
    other.get_by_label("Code").fill(recovery[0])
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_role("navigation", name="Pages")).to_be_visible()

    card.get_by_label("Code").fill(recovery[1])
    card.get_by_role("button", name="Remove it").click()
    expect(card.get_by_role("button", name="Set it up")).to_be_visible()


def test_another_browser_is_signed_out_from_here(people: People) -> None:
    here, there = people.sign_in(), people.sign_in()
    here.get_by_role("link", name="Ada Lovelace").click()
    rows = here.locator(".group").filter(has_text="Where you are signed in").get_by_role("listitem")
    expect(rows.filter(has_text="this one")).to_have_count(1)
    rows.filter(has_not_text="this one").first.get_by_role("button", name="End").click()
    expect(here.get_by_role("status").filter(has_text="Session ended")).to_be_visible()
    there.wait_for_timeout(1_100)
    there.goto(f"{people.server.url}/sources")
    expect(there.get_by_label("Password")).to_be_visible()


def test_another_workspace_is_made_entered_left_and_deleted(people: People) -> None:
    page = people.sign_in()
    page.goto(f"{people.server.url}/people")
    page.get_by_role("button", name="New workspace").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Second house")
    page.get_by_role("dialog").get_by_role("button", name="Make it").click()
    switch = page.get_by_label("Workspace")
    expect(switch.locator("option:checked")).to_have_text("Second house")
    for name in ("Default", "Second house"):
        switch.select_option(label=name)
        expect(switch).to_be_enabled()
        expect(switch.locator("option:checked")).to_have_text(name)
    page.get_by_role("link", name="People").click()
    expect(page.get_by_text("Who belongs to Second house.")).to_be_visible()
    page.get_by_role("button", name="Delete this workspace").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("Second house")
    page.get_by_role("dialog").get_by_role("button", name="Delete workspace").click()
    expect(page.get_by_label("Password")).to_be_visible()
    again = people.sign_in()
    expect(again.get_by_text("Default", exact=True)).to_be_visible()


def test_s23_another_site_changes_nothing_with_the_readers_cookie(people: People) -> None:
    page = people.sign_in()
    body = '{"email": "mallory@example.com", "role": "owner", "x": "'
    target = f"{people.server.url}/api/v1/invitations"
    form = (
        f"<form method=post action='{target}' enctype=text/plain>"
        f"<input name='{body}' value='\"}}'></form>"
        "<button onclick='document.forms[0].submit()'>Win</button>"
    )
    with other_site(form) as address:
        attack = page.context.new_page()
        attack.goto(address)
        attack.get_by_role("button").click()
        attack.wait_for_url(target)
        assert '"code"' in attack.content()
        sent = attack.evaluate(
            """target => fetch(target, {method: 'POST', credentials: 'include', body: '{}'})
               .then(answer => answer.status, error => 'unreadable')""",
            target,
        )
        assert sent != 201
    page.goto(f"{people.server.url}/people")
    expect(page.get_by_role("region", name="Members")).to_be_visible()
    expect(page.get_by_text("mallory@example.com")).to_have_count(0)

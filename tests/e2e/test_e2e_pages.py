"""Every page of the dashboard: narrow and wide, light and dark, for everyone."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import Server
from e2e.knowledge import sign_in_link

pytestmark = pytest.mark.xdist_group("e2e")

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
PAGES = (
    "/",
    "/api-keys",
    "/audit-log",
    "/jobs",
    "/usage",
    "/settings",
    "/webhooks",
    "/ask",
    "/sources",
    "/sources?add=website",
    "/sources?add=files",
    "/sources?add=text",
    "/conversations",
    "/questions",
    "/gaps",
    "/gaps/stale",
    "/gaps/conflicts",
    "/widget",
    "/nowhere",
)


@pytest.fixture(scope="module")
def paths(server: Server) -> tuple[str, ...]:
    """The addresses of all pages, with something on each."""
    with server.client() as client:
        asked = client.post("/chat", json={"message": "How do I reset my password?"})
        answer = asked.raise_for_status().json()
        thread, cited = answer["thread_id"], answer["citations"][0]
        client.post("/chat", json={"message": "Is there a helicopter landing pad?"})
        source = client.get("/sources").json()["data"][0]["id"]
    document = f"/documents/{cited['document_id']}"
    return (
        *PAGES,
        f"/ask/{thread}",
        f"/conversations/{thread}",
        f"/sources/{source}",
        f"{document}?start={cited['start']}&end={cited['end']}",
        f"{document}?view=chunks",
    )


def settle(page: Page) -> None:
    """Waits until the page shows its data."""
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    page.evaluate("document.fonts.ready.then(() => null)")


@pytest.mark.parametrize(("size", "theme"), [("wide", "light"), ("narrow", "dark")])
def test_every_page_fits_and_is_accessible(
    browser: Browser,
    server: Server,
    paths: tuple[str, ...],
    pictures: Path,
    size: str,
    theme: Literal["light", "dark"],
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(server.url)
    settle(page)
    problems = look(page, pictures / f"sign-in-{size}-{theme}.png", "sign-in")
    page.goto(sign_in_link(server))
    page.reload()
    for path in paths:
        page.goto(server.url + path)
        settle(page)
        name = path.strip("/").replace("/", "-").replace("?", "-") or "home"
        problems += look(page, pictures / f"{name}-{size}-{theme}.png", path)
    context.close()
    assert problems == []


def look(page: Page, picture: Path, name: str) -> list[str]:
    """Takes a picture; what is wrong with the page as it is."""
    page.screenshot(path=picture)
    problems = [
        f"{name}: {violation['id']}: {violation['nodes'][0]['html'][:200]}"
        for violation in axe(page)
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        problems.append(f"{name}: wider than the screen")
    return problems


def axe(page: Page) -> list[Any]:
    """The violations that axe finds."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations: list[Any] = page.evaluate("axe.run().then((result) => result.violations)")
    return violations


def test_the_chosen_theme_outlives_the_visit(signed_in: Page, server: Server) -> None:
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = signed_in.evaluate(background)
    signed_in.get_by_role("radio", name="dark").check(force=True)
    dark = signed_in.evaluate(background)
    assert dark != light
    signed_in.goto(f"{server.url}/sources")
    assert signed_in.evaluate(background) == dark


def test_the_keyboard_alone_is_enough(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.url}/")
    settle(signed_in)
    signed_in.keyboard.press("Tab")
    expect(signed_in.get_by_role("link", name="Skip to the content")).to_be_focused()
    signed_in.keyboard.press("Enter")
    signed_in.keyboard.press("Tab")
    inside = "document.querySelector('main').contains(document.activeElement)"
    assert signed_in.evaluate(inside)


def test_a_new_page_takes_the_focus_to_its_title(signed_in: Page) -> None:
    signed_in.get_by_role("link", name="Sources", exact=True).click()
    title = signed_in.get_by_role("heading", level=1, name="Sources")
    expect(title).to_be_focused()
    signed_in.go_back()
    expect(signed_in.get_by_role("heading", level=1, name="Home")).to_be_focused()


def test_the_address_holds_the_period(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.url}/questions?period=30d")
    chosen = signed_in.get_by_role("button", name="30 days")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    signed_in.get_by_role("button", name="24 hours").click()
    expect(signed_in).to_have_url(f"{server.url}/questions?period=24h")
    signed_in.get_by_role("button", name="7 days").click()
    expect(signed_in).to_have_url(f"{server.url}/questions")

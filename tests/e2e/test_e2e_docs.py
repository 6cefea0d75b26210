"""The documentation in a browser: for every size and theme, by keyboard, and without scripts."""

from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import Server
from e2e.test_e2e_pages import SIZES, axe

pytestmark = pytest.mark.xdist_group("e2e")

PAGES = ("/docs", "/docs/people", "/docs/api", "/docs/api/chat", "/docs/nothing")


@pytest.mark.parametrize(("size", "theme"), [("wide", "light"), ("narrow", "dark")])
def test_the_pages_fit_and_are_accessible(
    browser: Browser, server: Server, size: str, theme: Literal["light", "dark"]
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    problems = []
    for path in PAGES:
        page.goto(server.url + path)
        problems += [f"{path}: {found['id']}" for found in axe(page)]
        for least in (width, 320):  # a wide screen at 400 % has as much
            page.set_viewport_size({"width": least, "height": height})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                problems.append(f"{path}: wider than {least}")
        page.set_viewport_size({"width": width, "height": height})
    context.close()
    assert problems == []


def test_the_search_is_used_by_keyboard(tab: Page, server: Server) -> None:
    tab.goto(f"{server.url}/docs")
    tab.keyboard.press("/")
    box = tab.get_by_role("searchbox", name="Search the documentation")
    expect(box).to_be_focused()
    tab.keyboard.type("rotate api key")
    best = tab.get_by_role("dialog").get_by_role("link").first
    expect(best).to_contain_text("API keys")
    tab.keyboard.press("ArrowDown")
    expect(best).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_contain_text("API keys")
    tab.wait_for_load_state()  # until then nobody listens for keys
    tab.keyboard.press("Control+k")
    box.fill("zeppelin quux")
    expect(tab.get_by_role("dialog").get_by_role("status")).to_have_text(
        "Nothing has all of these words."
    )
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog")).to_have_count(0)


def test_the_language_of_examples_is_chosen_by_keyboard_and_kept(tab: Page, server: Server) -> None:
    tab.goto(f"{server.url}/docs/api/chat")
    first = tab.get_by_role("tablist").first
    first.get_by_role("tab", name="curl").focus()
    expect(tab.get_by_role("tabpanel").first).to_contain_text(f"curl {server.url}/api/v1/chat")
    tab.keyboard.press("ArrowRight")
    expect(first.get_by_role("tab", name="Python")).to_be_focused()
    expect(tab.get_by_role("tabpanel").first).to_contain_text("from cevvo_sdk import Cevvo")
    tab.keyboard.press("End")
    expect(first.get_by_role("tab", name="Go")).to_have_attribute("aria-selected", "true")
    tab.goto(f"{server.url}/docs/api/sources")
    expect(tab.get_by_role("tabpanel").first).to_contain_text("cevvo.NewClient()")
    tab.goto(f"{server.url}/docs/api/people")  # has curl alone
    expect(tab.get_by_role("tabpanel").first).to_contain_text("curl ")


def test_code_is_copied_without_prompt_and_output(tab: Page, server: Server) -> None:
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.goto(f"{server.url}/docs/quick-start")
    block = tab.locator(".code").filter(has_text="cevvo ask")
    block.hover()
    block.get_by_role("button", name="Copy").click()
    expect(block.get_by_role("button")).to_have_text("Copied")
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied == 'cevvo ask "When are balloons filled?"'


def test_the_theme_is_the_dashboards(tab: Page, server: Server) -> None:
    tab.goto(f"{server.url}/docs")
    tab.get_by_role("radio", name="dark").check(force=True)
    assert tab.evaluate("localStorage.getItem('cevvo.theme')") == "dark"
    tab.goto(f"{server.url}/docs/files")
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")


def test_without_scripts_everything_can_be_read(browser: Browser, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{server.url}/docs/api/chat")
    for language in ("curl", "Python", "TypeScript", "Go"):
        expect(page.get_by_role("heading", name=language, exact=True).first).to_be_visible()
    expect(page.get_by_text("cevvo.NewClient()").first).to_be_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Websites").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Websites")
    context.close()

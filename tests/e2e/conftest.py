"""One server and one browser for all browser tests of a run, a fresh tab for each of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from conftest import Server, start_server, stop_server
from e2e.chromium import find_chromium
from e2e.knowledge import MANUAL, add_text, sign_in_link


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of their own, with a manual in it; it may crawl sites on loopback."""
    running = start_server(
        tmp_path_factory.mktemp("e2e"), CEVVO_ALLOW_PRIVATE_NETWORKS="127.0.0.0/8"
    )
    add_text(running, "Larkspur manual", MANUAL)
    yield running
    assert stop_server(running) == 0


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium."""
    chromium = find_chromium(tmp_path_factory.mktemp("chromium"))
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.executable,
            args=list(chromium.arguments),
            env=dict(chromium.environment),
        )
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[Page]:
    """A fresh tab. Fails the test for any script error, blocked content or foreign request."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page = context.new_page()
    troubles: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if "Security Policy" in said.text:
            troubles.append(said.text)

    def sent(request: Request) -> None:
        if not request.url.startswith((server.url, "data:", "blob:")):
            troubles.append(f"request to {request.url}")

    page.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
    page.on("console", heard)
    page.on("request", sent)
    yield page
    context.close()
    assert troubles == []


@pytest.fixture
def signed_in(tab: Page, server: Server) -> Page:
    """A tab that came in by the link of the command line, with what Home shows."""
    tab.goto(sign_in_link(server))
    expect(tab.get_by_role("navigation", name="Pages")).to_be_visible()
    expect(tab.get_by_role("status", name="Loading")).to_have_count(0)
    return tab


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    return tmp_path_factory.mktemp("pictures")

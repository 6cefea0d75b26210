"""Take pictures of the dashboard, of the real product with its sample manual in it.

    python tools/screenshots.py            those in docs/images, which the documentation shows
    python tools/screenshots.py FOLDER     every page: empty, full, light, dark, wide, narrow

Needs what the browser tests need: a Chromium of the system, or the one in tests/e2e.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import httpx2 as httpx
from playwright.sync_api import (
    Browser,
    Page,
    StorageState,
    ViewportSize,
    expect,
    sync_playwright,
)

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from conftest import Server, start_server, stop_server  # noqa: E402 - tests are no package
from e2e.chromium import find_chromium  # noqa: E402

IMAGES = ROOT / "docs" / "images"
MOST = 100_000  # bytes of a committed picture
QUESTIONS = (
    "How do I verify a webhook signature?",
    "How do I reset my password?",
    "Do you support SSO?",
    "How long is a working day?",
    "Is there a helicopter landing pad?",
)
PAGES = (
    "",
    "ask",
    "sources",
    "sources?add=website",
    "sources?add=files",
    "sources?add=text",
    "gaps",
    "gaps/stale",
    "gaps/conflicts",
    "widget",
    "jobs",
    "conversations",
    "questions",
    "api-keys",
    "usage",
    "webhooks",
    "settings",
    "people",
    "account",
    "audit-log",
    "nowhere",
)
OUTSIDE = {  # for who is not signed in
    "sign-in": "",
    "set-up": "setup?token=x",
    "invitation": "invitation?token=x",
    "reset": "reset?token=x",
    "ask-page": "ask/larkspur",
    "widget-demo": "widget/demo",
}
PASSWORD = "correct horse battery staple"  # noqa: S105 - of a server that lives for a minute
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
SIZES = ((1440, 900), (390, 844))
SHOWN = (1200, 720)  # of a picture in the documentation
SHOWN_SIZE: ViewportSize = {"width": SHOWN[0], "height": SHOWN[1]}


def fill(server: Server) -> dict[str, str]:
    """The sample manual, a source that fails, a few questions and keys; pages that need an id."""
    with server.client() as client:
        client.put("/settings/widget", json={"ask_page": "larkspur"})
        source = client.post("/sources", json={"name": "Larkspur manual", "type": "file"}).json()
        for path in sorted((ROOT / "src/cevvo/demo/manual").glob("*.md")):
            files = {"file": (path.name, path.read_bytes())}
            job = client.post("/ingest/upload", files=files, data={"source_id": source["id"]})
            server.wait_for_job(client, job.json()["job_id"])
        broken = {"file": ("scan.pdf", b"%PDF-1.7\n%%EOF")}
        failing = client.post("/ingest/upload", files=broken).json()["job_id"]
        server.wait_for_job(client, failing)
        answers = [client.post("/chat", json={"message": each}).json() for each in QUESTIONS]
        client.post("/feedback", json={"message_id": answers[1]["id"], "rating": "positive"})
        client.post("/api-keys", json={"name": "Help centre", "tokens_per_day": 200_000})
        page_key = {"allowed_origins": ["https://www.example.com"], "kind": "publishable"}
        client.post("/api-keys", json={"name": "Website", **page_key})
        cited = answers[0]["citations"][0]
        gap = client.get("/analytics/coverage-gaps").json()["data"][0]["id"]
        hook = {"url": "https://hooks.example.com/cevvo", "events": ["gap.opened", "source.failed"]}
        webhook = client.post("/webhooks", json=hook).json()["id"]
        fill_unsettled(client, server)
    passage = f"documents/{cited['document_id']}?start={cited['start']}&end={cited['end']}"
    return {
        "source": f"sources/{source['id']}",
        "document": passage,
        "chunks": f"documents/{cited['document_id']}?view=chunks",
        "thread": f"ask/{answers[0]['thread_id']}",
        "unanswered": f"ask/{answers[4]['thread_id']}",
        "gap": f"gaps/{gap}",
        "webhook": f"webhooks/{webhook}",
        "conversation": f"conversations/{answers[1]['thread_id']}",
    }


def fill_unsettled(client: httpx.Client, server: Server) -> None:
    """An answer whose page has changed since, and two pages that say otherwise of the same."""

    lodge = client.post("/sources", json={"name": "Lodge", "type": "text"}).json()["id"]

    def say(title: str, content: str) -> None:
        body = {"title": title, "content": content, "source_id": lodge}
        server.wait_for_job(client, client.post("/ingest/text", json=body).json()["job_id"])

    say("Visits", "# Visits\n\nThe link that we send you is valid for one hour.")
    say("Tickets", "# Tickets\n\nThe link that we send you is valid for 24 hours.")
    client.post("/chat", json={"message": "How long is the link valid that you send me?"})
    desk = "# Desk\n\nThe front desk of the lodge is staffed from {} in the morning."
    say("Desk", desk.format("seven"))
    client.post("/chat", json={"message": "When is the front desk of the lodge staffed?"})
    say("Desk", desk.format("ten"))
    for _ in range(300):
        if client.get("/analytics/stale-answers").json()["meta"]["total"]:
            return
        time.sleep(0.1)


def named(path: str) -> str:
    """What the picture of a page is called."""
    return re.sub(r"\W+", "-", path) or "home"


def signed_in(browser: Browser, server: Server) -> StorageState:
    """The cookies of the server's first owner, by the set-up link that it printed."""
    assert server.process.stdout is not None
    printed = re.search(r"http\S+/setup\?token=\w+", server.process.stdout.readline())
    assert printed
    page = browser.new_page()
    page.goto(printed[0])
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("navigation", name="Pages").wait_for()
    state = page.context.storage_state()
    page.context.close()
    return state


@contextmanager
def tab(
    browser: Browser, theme: Theme, size: tuple[int, int], state: StorageState | None
) -> Iterator[Page]:
    """A page of that size and theme, with those cookies."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        reduced_motion="reduce",
        locale="en-GB",
        storage_state=state,
    )
    yield context.new_page()
    context.close()


def take(page: Page, server: Server, path: str, picture: Path) -> None:
    """A picture of the page once it shows its data."""
    page.goto(f"{server.url}/{path}")
    expect(page.get_by_role("heading", level=1).first).to_be_attached()
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    page.evaluate("document.fonts.ready.then(() => null)")
    picture.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=picture, full_page=page.viewport_size != SHOWN_SIZE)


def take_all(
    browser: Browser,
    server: Server,
    pages: Mapping[str, str],
    folder: Path,
    state: StorageState | None,
) -> None:
    """Every page in both themes and both widths, from top to bottom."""
    for theme in THEMES:
        for size in SIZES:
            with tab(browser, theme, size, state) as page:
                for name, path in pages.items():
                    take(page, server, path, folder / f"{name}-{theme}-{size[0]}.png")


def take_shown(browser: Browser, server: Server, pages: Mapping[str, str]) -> None:
    """The pictures that the documentation shows, each small enough to be kept."""
    state = signed_in(browser, server)
    for theme in THEMES:
        with tab(browser, theme, SHOWN, state) as page:
            take(page, server, "", IMAGES / f"home-{theme}.png")
            if theme == "light":
                take(page, server, pages["document"], IMAGES / "document-light.png")
            take(page, server, pages["thread"], IMAGES / f"ask-{theme}.png")
            page.get_by_role("button", name=re.compile("^Source 1")).first.click()
            page.screenshot(path=IMAGES / f"ask-{theme}.png")
    large = [each.name for each in IMAGES.glob("*.png") if each.stat().st_size > MOST]
    if large:
        raise SystemExit(f"Larger than {MOST:,} bytes: {', '.join(large)}")


def take_pictures(browser: Browser, server: Server, folder: Path | None) -> None:
    """Those that the documentation shows, or into a folder all there are."""
    if folder is None:
        take_shown(browser, server, fill(server))
        return
    pages = {named(path): path for path in PAGES}
    state = signed_in(browser, server)
    take_all(browser, server, pages, folder / "empty", state)
    take_all(browser, server, pages | fill(server), folder / "full", state)
    take_all(browser, server, OUTSIDE, folder / "outside", None)


def main() -> None:
    """Write the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        chromium = find_chromium(Path(temporary))
        browser = playwright.chromium.launch(
            executable_path=chromium.executable,
            args=list(chromium.arguments),
            env=dict(chromium.environment),
        )
        server = start_server(Path(temporary) / "data")
        try:
            take_pictures(browser, server, folder)
        finally:
            browser.close()
            stop_server(server)


if __name__ == "__main__":
    main()

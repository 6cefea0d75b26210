"""Take the pictures in docs/images from the real product with its sample manual in it.

    python tools/screenshots.py

Needs what the browser tests need: a Chromium of the system, or the one in tests/e2e.
"""

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from conftest import Server, start_server, stop_server  # noqa: E402 - tests are no package
from e2e.chromium import find_chromium  # noqa: E402

IMAGES = ROOT / "docs" / "images"
QUESTIONS = ("How do I verify a webhook signature?", "Do you support SSO?")


def fill(server: Server) -> None:
    """The sample manual and a few questions."""
    with server.client() as client:
        source = client.post("/sources", json={"name": "Larkspur manual", "type": "file"}).json()
        for path in sorted((ROOT / "src/cevvo/demo/manual").glob("*.md")):
            files = {"file": (path.name, path.read_bytes())}
            job = client.post("/ingest/upload", files=files, data={"source_id": source["id"]})
            server.wait_for_job(client, job.json()["job_id"])
        for question in QUESTIONS:
            client.post("/chat", json={"message": question})


def ask(page: Page, server: Server, question: str) -> None:
    """Open the page Ask and wait for the answer."""
    page.goto(f"{server.url}/ask")
    page.get_by_role("textbox", name=re.compile("^Ask")).fill(question)
    page.keyboard.press("Enter")
    answer = page.get_by_role("article", name=question).last
    answer.get_by_role("button", name="Good answer").wait_for()


def main() -> None:
    """Write the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        chromium = find_chromium(Path(folder))
        server = start_server(Path(folder) / "data")
        fill(server)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium.executable,
                args=list(chromium.arguments),
                env=dict(chromium.environment),
            )
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": 1280, "height": 860},
                    color_scheme=scheme,
                    reduced_motion="reduce",
                )
                page = context.new_page()
                page.goto(f"{server.url}/#key={server.key}")
                page.get_by_role("navigation", name="Pages").wait_for()
                page.wait_for_load_state("networkidle")
                page.screenshot(path=IMAGES / f"home-{scheme}.png")
                ask(page, server, QUESTIONS[0])
                page.screenshot(path=IMAGES / f"ask-{scheme}.png")
                context.close()
            browser.close()
        stop_server(server)


if __name__ == "__main__":
    main()

"""Websites in the dashboard: looked at before they are added, stopped, and what was not taken."""

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from conftest import Server
from ingestion_room import Site

pytestmark = pytest.mark.xdist_group("e2e")


@pytest.fixture
def site() -> Iterator[Site]:
    """Two pages to take in and one that its owner keeps to himself."""
    opened = Site()
    opened.put("/", "Balloons", "Parcels travel by balloon.", "/rates", "/staff")
    opened.put("/rates", "Rates", "One kilogram costs nine euros.")
    opened.put("/staff", "Staff", "For us.", head='<meta name="robots" content="noindex">')
    yield opened
    opened.close()


def test_a_website_is_previewed_added_and_says_what_it_did_not_take(
    signed_in: Page, server: Server, site: Site
) -> None:
    signed_in.goto(f"{server.url}/sources?add=website")
    dialog = signed_in.get_by_role("dialog", name="Add a source")
    dialog.get_by_label("Address of the first page").fill(site.url)
    dialog.get_by_text("Options", exact=True).click()
    dialog.get_by_label("Not these pages").fill("/rates")
    dialog.get_by_role("button", name="Preview").click()
    preview = dialog.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("1 of 3 pages would be taken in")
    for reason in ("excluded by /rates", "noindex"):
        expect(preview.get_by_text(reason)).to_be_visible()
    dialog.get_by_label("Not these pages").fill("")
    expect(preview).to_have_count(0)  # it no longer holds
    dialog.get_by_label("Name").fill("Balloon post")
    dialog.get_by_role("button", name="Add website").click()
    signed_in.get_by_role("link", name="Balloon post").click()
    crawl = signed_in.get_by_role("region", name="Last crawl")
    expect(crawl).to_contain_text("Last crawl: 2 added.")
    crawl.get_by_text("1 page not taken").click()
    expect(crawl.get_by_role("listitem")).to_contain_text(["Not taken"])
    expect(crawl.get_by_text("noindex")).to_be_visible()


def test_a_crawl_that_hangs_is_cancelled(signed_in: Page, server: Server) -> None:
    with socket.socket() as silent, server.client() as client:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        body = {"name": "Silence", "type": "website", "url": url}
        source = client.post("/sources", json=body).json()
        signed_in.goto(f"{server.url}/sources/{source['id']}")
        signed_in.get_by_role("button", name="Cancel").click()
        expect(signed_in.get_by_text("The last crawl was cancelled.")).to_be_visible()
        expect(signed_in.get_by_role("button", name="Sync now")).to_be_enabled()
        job = client.get(f"/ingest/status/{source['job_id']}").json()
    assert job["status"] == "cancelled"

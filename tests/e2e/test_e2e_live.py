"""Jobs are seen as they change: by a stream, and without one by asking again."""

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, Route, expect

from conftest import Server

pytestmark = pytest.mark.xdist_group("e2e")

STREAM = "**/api/v1/ingest/jobs/stream"
ANYTHING_ELSE = re.compile(r"/api/v1/(?!ingest/jobs/stream)")


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of a site that never answers: what is fetched from it goes on."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"http://127.0.0.1:{silent.getsockname()[1]}/"


def begin(server: Server, name: str, url: str) -> dict[str, Any]:
    """A website whose crawl goes on."""
    with server.client() as client:
        body = {"name": name, "type": "website", "url": url}
        source: dict[str, Any] = client.post("/sources", json=body).raise_for_status().json()
    return source


def cancel(server: Server, source: dict[str, Any]) -> None:
    with server.client() as client:
        client.post(f"/ingest/jobs/{source['job_id']}/cancel").raise_for_status()


def leave_home(page: Page) -> None:
    """After it whatever the page asks for is of the page that is opened next."""
    page.goto("about:blank")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=name))


def test_a_change_is_seen_that_no_request_could_bring(
    signed_in: Page, server: Server, silence: str
) -> None:
    source = begin(server, "Silent mill", silence)
    leave_home(signed_in)
    with signed_in.expect_response(STREAM):
        signed_in.goto(f"{server.url}/jobs")
    mill = row(signed_in, "Silent mill")
    expect(mill.get_by_text("Under way")).to_be_visible()
    second = begin(server, "Second mill", f"{silence}second")
    expect(row(signed_in, "Second mill")).to_be_visible()  # its job was told of
    signed_in.route(ANYTHING_ELSE, lambda route: route.abort())
    cancel(server, source)
    expect(mill.get_by_text("Cancelled")).to_be_visible()
    signed_in.unroute_all()
    cancel(server, second)
    signed_in.goto(f"{server.url}/sources")
    expect(row(signed_in, "Second mill").get_by_text("Empty")).to_be_visible()


def test_a_source_is_followed_to_its_end(signed_in: Page, server: Server, silence: str) -> None:
    source = begin(server, "Slow mill", silence)
    leave_home(signed_in)
    with signed_in.expect_response(STREAM):
        signed_in.goto(f"{server.url}/sources/{source['id']}")
    expect(signed_in.get_by_role("button", name="Cancel")).to_be_visible()
    cancel(server, source)
    expect(signed_in.get_by_text("The last crawl was cancelled.")).to_be_visible()


def test_without_the_stream_it_is_asked_for_again(
    signed_in: Page, server: Server, silence: str
) -> None:
    signed_in.route(STREAM, lambda route: route.abort())
    source = begin(server, "Old mill", silence)
    signed_in.goto(f"{server.url}/jobs")
    mill = row(signed_in, "Old mill")
    expect(mill.get_by_text("Under way")).to_be_visible()
    cancel(server, source)
    expect(mill.get_by_text("Cancelled")).to_be_visible()


def test_a_stream_that_is_cut_is_opened_again(
    signed_in: Page, server: Server, silence: str
) -> None:
    answered = 0

    def second(response: Response) -> bool:
        nonlocal answered
        answered += response.url.endswith("/jobs/stream")
        return answered == 2

    def broken(route: Route) -> None:
        body = 'data: {"type": "jobs", "jobs": []}\n\n'
        route.fulfill(content_type="text/event-stream", body=body)

    leave_home(signed_in)
    signed_in.route(STREAM, broken, times=1)
    source = begin(server, "Cut mill", silence)
    with signed_in.expect_response(second):
        signed_in.goto(f"{server.url}/jobs")
    mill = row(signed_in, "Cut mill")
    expect(mill.get_by_text("Under way")).to_be_visible()
    signed_in.route(ANYTHING_ELSE, lambda route: route.abort())
    cancel(server, source)
    expect(mill.get_by_text("Cancelled")).to_be_visible()


def test_a_tab_that_nobody_sees_holds_no_stream(signed_in: Page, server: Server) -> None:
    def hide(hidden: str) -> str:
        return f"""() => {{
            Object.defineProperty(document, 'hidden', {{ configurable: true, value: {hidden} }});
            document.dispatchEvent(new Event('visibilitychange'));
        }}"""

    leave_home(signed_in)
    with signed_in.expect_response(STREAM):
        signed_in.goto(f"{server.url}/jobs")
    with signed_in.expect_event("requestfailed", lambda each: each.url.endswith("/jobs/stream")):
        signed_in.evaluate(hide("true"))
    with signed_in.expect_response(STREAM):
        signed_in.evaluate(hide("false"))


def test_a_failed_file_is_named_among_the_jobs(signed_in: Page, server: Server) -> None:
    with server.client() as client:
        broken = {"file": ("torn handbook.pdf", b"%PDF-1.4 torn")}
        job = client.post("/ingest/upload", files=broken).raise_for_status().json()
        assert server.wait_for_job(client, job["job_id"])["status"] == "failed"
    signed_in.goto(f"{server.url}/jobs?status=failed")
    row = signed_in.get_by_role("listitem").filter(has_text="torn handbook.pdf")
    expect(row).to_contain_text("Failed")

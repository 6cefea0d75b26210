"""``cevvo sources`` against the real server and a real website."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from cli.conftest import Command
from conftest import CEVVO, Server, clean_environment
from ingestion_room import Site


@pytest.fixture
def source_id(command: Command, site: Site) -> str:
    """The website, crawled once."""
    added = command("sources", "add", site.url, "--name", "Balloons", "--wait", "--json")
    assert added.code == 0, added.err
    found: str = added.json["source_id"]
    return found


def test_a_website_is_previewed_and_nothing_is_stored(command: Command, site: Site) -> None:
    before = command("sources", "--json").json
    shown = command("sources", "preview", site.url, "--exclude", "/knots")
    assert shown.code == 0
    lines = [line.rstrip() for line in shown.out.splitlines()]
    assert [line.split()[0] for line in lines if f"{site.url}/rates" in line] == ["taken"]
    (knots,) = (line for line in lines if f"{site.url}/knots" in line)
    assert knots.startswith("not taken")
    assert knots.endswith("excluded by /knots")
    assert any(line.endswith("noindex") for line in lines)
    assert "2 of 5 pages would be taken in; there are no more." in shown.out
    assert command("sources", "--json").json == before


def test_a_preview_of_what_cannot_be_crawled_fails_with_the_reason(
    command: Command, site: Site
) -> None:
    site.pages["/robots.txt"] = (200, "text/plain", b"User-agent: *\nDisallow: /\n")
    refused = command("sources", "preview", site.url)
    assert refused.code == 1
    assert "robots.txt forbids" in refused.err


def test_a_website_is_added_with_its_options(command: Command, site: Site) -> None:
    added = command(
        "sources", "add", site.url, "--include", "/", "--exclude", "/knots", "--exclude", "/rates",
        "--max-pages", "9", "--max-depth", "2", "--css-selector", "main", "--every", "6", "--json",
    ).json  # fmt: skip
    assert added["name"] == site.url.partition("://")[2]
    assert (added["auto_sync"], added["sync_interval_hours"]) == (True, 6)
    assert {name: value for name, value in added["crawl"].items() if value is not None} == {
        "include": ["/"],
        "exclude": ["/knots", "/rates"],
        "max_pages": 9,
        "max_depth": 2,
        "css_selector": "main",
    }
    shown = command("sources", "show", added["id"]).out
    assert "/knots, /rates" in shown
    assert f"every 6 h, next {added['next_sync_at']}" in shown


def test_a_source_shows_why_pages_were_not_taken_and_a_sync_what_has_changed(
    command: Command, site: Site, source_id: str
) -> None:
    shown = command("sources", "show", source_id).out
    assert "3 added · 0 changed · 0 unchanged" in shown
    assert "1 failed · 1 refused" in shown
    assert f"refused   {site.url}/staff" in shown
    assert f"{site.url}/rates" not in shown
    whole = command("sources", "show", source_id, "--pages").out
    assert f"added     {site.url}/rates" in whole
    both = command("sources", "show", source_id, "--json").json
    assert both["source"]["id"] == source_id
    assert both["job"]["report"]["added"] == 3

    site.put("/rates", "Rates", "One kilogram costs ten euros.")
    synced = command("sources", "sync", source_id, "--wait")
    assert synced.code == 0
    assert "0 added · 1 changed · 2 unchanged" in synced.out
    assert synced.err == ""  # no progress bar off a terminal


def test_a_crawl_that_fails_ends_with_1_and_the_reason(command: Command, site: Site) -> None:
    site.pages["/"] = (404, "text/html", b"")
    failed = command("sources", "add", site.url, "--wait")
    assert failed.code == 1
    assert "The start page does not exist (HTTP 404)." in failed.err


def test_a_source_is_listed_and_deleted_only_when_told_so(command: Command, site: Site) -> None:
    source_id = command("sources", "add", site.url, "--name", "Balloons", "--json").json["id"]
    (line,) = (line for line in command("sources").out.splitlines() if source_id in line)
    assert line.split()[1:3] == ["Balloons", "website"]
    asked = command("sources", "delete", source_id)
    assert asked.code == 2
    assert "--yes" in asked.err
    assert command("sources", "delete", source_id, "--yes").code == 0
    gone = command("sources", "show", source_id)
    assert gone.code == 1
    assert gone.err.count("\n") == 1
    assert "(request req_" in gone.err


def test_a_progress_bar_on_a_terminal(server: Server, source_id: str, tmp_path: Path) -> None:
    """The same command in a pseudo-terminal."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [CEVVO, "sources", "sync", source_id, "--wait"],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env=clean_environment(
            HOME=str(tmp_path),
            TERM="xterm",
            COLUMNS="120",
            CEVVO_BASE_URL=f"{server.url}/api/v1",
            CEVVO_API_KEY=server.key,
        ),
    )
    os.close(inner)
    printed = b""
    try:
        while chunk := os.read(outer, 65536):
            printed += chunk
    except OSError:  # the other end is closed
        pass
    os.close(outer)
    assert process.wait() == 0
    assert "Reading" in printed.decode()
    assert "pages" in printed.decode()

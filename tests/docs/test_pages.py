"""What the pages in docs/ show is run: each command, against the real server and a real site.

``$ command`` in a console block is run, and each line shown below it must be among what it prints;
``…`` stands for anything, and columns may be of any width. ``# …`` says what happens to the site.
An sh block must end well. Ids are those that the commands before have printed.
"""

import json
import re
import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from api_walk import key_in_database, new_workspace
from cevvo import errors
from cevvo.cli.main import app
from cevvo.domain.access import ALL_SCOPES
from cevvo.foundation.jobs import claiming
from conftest import Server
from ingestion_room import Site
from sdks.test_real_job import own_workspace

DOCS = Path(__file__).parents[2] / "docs"
SITE, SILENT = "https://docs.example.com", "https://slow.example.com"
CALENDAR = "more than 50 addresses that differ only in a date or query"
BLOCK = re.compile(r"^```(console|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CHANGES: dict[str, Callable[[Site], object]] = {
    "the page about rates has a new price": lambda site: site.put(
        "/rates", "Rates", f"One kilogram costs ten euros. Edition {token_hex(4)}."
    ),
    "the page about knots is taken down": lambda site: site.pages.pop("/knots"),
}


@pytest.fixture
def site() -> Iterator[Site]:
    """Three pages to take in, of which no other test has embedded a passage before."""
    opened, edition = Site(), f"Edition {token_hex(4)}."
    links = ("/rates", "/knots", "/archive/2019", "/staff", "/old")
    opened.put("/", "Start", f"Parcels go by balloon. {edition}", *links)
    opened.put("/rates", "Rates", f"One kilogram costs nine euros. {edition}")
    opened.put("/knots", "Knots", f"Each parcel is tied with a bowline. {edition}")
    opened.put("/staff", "Staff", "For us.", head='<meta name="robots" content="noindex">')
    yield opened
    opened.close()


@pytest.fixture
def silent() -> Iterator[str]:
    """A site that never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


class Reader:
    """Somebody who does what a page says."""

    def __init__(self, server: Server, site: Site, silent: str) -> None:
        self._server = server
        self._site = site
        self._addresses = {SITE: site.url, SILENT: silent}
        self._printed: list[str] = []

    def stands_for(self, shown: str, real: str) -> None:
        """Another address that the page shows, and where it leads here."""
        self._addresses[shown] = real

    def follow(self, page: Path) -> int:
        """Do all of it; how many commands that were."""
        done = 0
        for kind, block in BLOCK.findall(page.read_text()):
            if kind == "sh":
                code, printed = self._run(block)
                assert code == 0, printed
                done += 1
                continue
            for step in re.split(r"^(?=[$#] )", block, flags=re.MULTILINE)[1:]:
                self._step(*step.partition("\n")[::2])
                done += step.startswith("$")
        return done

    def _step(self, command: str, shown: str) -> None:
        if command.startswith("# "):
            CHANGES[command[2:]](self._site)
            return
        code, printed = self._run(command[2:])
        lines = [_even(line) for line in printed.splitlines()]
        for line in filter(None, map(_even, shown.splitlines())):
            assert any(_matches(line, each) for each in lines), (line, printed)
        assert code == (1 if "cevvo: " in shown else 0), printed

    def _run(self, command: str) -> tuple[int, str]:
        for kind in ("src", "job", "doc", "thr", "whk", "gap"):
            if f"{kind}_…" in command:
                command = command.replace(f"{kind}_…", self._known(kind))
        for shown, real in self._addresses.items():
            command = command.replace(shown, real)
        program, *arguments = shlex.split(command)
        if program == "cevvo":
            result = CliRunner().invoke(app, arguments)
            code, printed = result.exit_code, result.output
        else:
            ran = subprocess.run(
                ["sh", "-euc", command], capture_output=True, text=True, timeout=60
            )
            code, printed = ran.returncode, ran.stdout + ran.stderr
        for shown, real in self._addresses.items():
            printed = printed.replace(real, shown)
        self._printed.append(printed)
        return code, printed

    def _known(self, kind: str) -> str:
        """The first id in the last output that has any."""
        if kind == "doc":
            with self._server.client() as client:
                listed = client.get(f"/sources/{self._known('src')}/documents").json()["data"]
            return next(str(each["id"]) for each in listed if each["media_type"] == "text/markdown")
        found = (re.search(rf"\b{kind}_\w+", printed) for printed in reversed(self._printed))
        return next(match[0] for match in found if match)


def _matches(shown: str, real: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, shown.split("…"))), real) is not None


def _even(line: str) -> str:
    return " ".join(line.split())


@pytest.fixture
def reader(
    server: Server, site: Site, silent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Reader:
    if shutil.which("curl") is None:
        pytest.skip("The examples use curl, and there is none.")
    (tmp_path / "handbook.md").write_text("# Balloons\n\nBalloons are filled on Mondays.")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "pets.txt").write_text("Dogs are welcome on Fridays.")
    (tmp_path / "policies" / "trains.html").write_text("<h1>Trains</h1><p>We go by train.</p>")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("CEVVO_BASE_URL", f"{server.url}/api/v1")
    monkeypatch.setenv("CEVVO_API_KEY", server.key)
    return Reader(server, site, silent)


def test_quick_start(reader: Reader, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEVVO_API_KEY", own_workspace(server))
    assert reader.follow(DOCS / "quick-start.md") == 4


def test_api(reader: Reader) -> None:
    assert reader.follow(DOCS / "api.md") == 1


def test_websites(reader: Reader) -> None:
    assert reader.follow(DOCS / "websites.md") == 7


def test_files(reader: Reader, tmp_path: Path) -> None:
    assert reader.follow(DOCS / "files.md") == 5
    assert (tmp_path / "copy.md").read_bytes() == (tmp_path / "handbook.md").read_bytes()


def test_search(reader: Reader, server: Server) -> None:
    assert reader.follow(DOCS / "search.md") == 3
    with server.client() as client:
        asked = {"message": "When are balloons filled?", "include": ["retrieved"]}
        for plan, title in (("pro", "Balloon limits"), ("free", "Balloons")):
            for job in client.get("/ingest/jobs").json()["data"]:
                server.wait_for_job(client, job["job_id"])
            filters = {"metadata": {"plan": plan}}
            answer = client.post("/chat", json=asked | {"filters": filters}).json()
            assert {found["title"] for found in answer["retrieved"]} == {title}


def test_jobs(reader: Reader, server: Server, site: Site) -> None:
    with server.client() as client:
        body = {"name": "Balloons", "type": "website", "url": site.url}
        source = client.post("/sources", json=body).json()
        server.wait_for_job(client, source["job_id"])
    assert reader.follow(DOCS / "jobs.md") == 6


def test_dashboard(reader: Reader, server: Server) -> None:
    with server.client() as client:
        note = {"name": "Balloons", "type": "text", "content": "Balloons are filled on Mondays."}
        source = client.post("/sources", json=note).json()
        server.wait_for_job(client, source["job_id"])
    assert reader.follow(DOCS / "dashboard.md") == 3


def test_conversations(reader: Reader) -> None:
    assert reader.follow(DOCS / "conversations.md") == 4


def test_gaps(reader: Reader, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_in_database(server, new_workspace(server, "Gaps"), ALL_SCOPES)
    monkeypatch.setenv("CEVVO_API_KEY", key)  # nobody else has asked anything there
    assert reader.follow(DOCS / "gaps.md") == 7


def test_checking(
    reader: Reader, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_in_database(server, new_workspace(server, "Checking"), ALL_SCOPES)
    monkeypatch.setenv("CEVVO_API_KEY", key)
    (tmp_path / "changed").mkdir()
    (tmp_path / "changed" / "rates.md").write_text("# Rates\n\nOne kilogram costs nine euros.\n")
    assert reader.follow(DOCS / "checking.md") == 3


def test_keys(reader: Reader) -> None:
    assert reader.follow(DOCS / "keys.md") == 5


def test_widget(reader: Reader, server: Server) -> None:
    page = DOCS / "widget.md"
    try:
        assert reader.follow(page) == 4
    finally:
        with server.client() as client:
            fields = ("color", "suggestions", "texts", "contact_email", "contact_form", "ask_page")
            client.put("/settings/widget", json=dict.fromkeys(fields)).raise_for_status()
    text = page.read_text()
    loader = (DOCS.parent / "widget" / "src" / "loader.ts").read_text()
    named = set(re.findall(r"^\| `data-([a-z-]+)`", text, re.MULTILINE))
    parts = ((name.partition("-")) for name in named)
    used = {first + rest.capitalize() for first, _, rest in parts}
    look = (DOCS.parent / "widget" / "src" / "look.ts").read_text()
    assert all(re.search(rf"\b{name}\b", loader + look) for name in used)
    called = set(re.findall(r"^\| `Cevvo\.(\w+)\(", text, re.MULTILINE))
    assert called == set(re.findall(r"^  (\w+)\(.*\): void;$", loader, re.MULTILINE))


def test_evaluating(reader: Reader) -> None:
    assert reader.follow(DOCS / "evaluating.md") == 3


def test_openai(reader: Reader, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    with server.client() as client:
        note = {"title": "Balloons", "content": "Balloons are filled on Mondays."}
        server.wait_for_job(client, client.post("/ingest/text", json=note).json()["job_id"])
    page = DOCS / "openai.md"
    assert reader.follow(page) == 1
    (example,) = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    example = example.replace("http://127.0.0.1:8420", server.url)
    exec(example.replace("cevvo_sk_…", server.key), {})
    assert "on Mondays" in capsys.readouterr().out


def test_operating(reader: Reader, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEVVO_DATA_DIR", str(server.data_dir))
    assert reader.follow(DOCS / "operating.md") == 9


def test_agents(reader: Reader, server: Server) -> None:
    page = DOCS / "agents.md"
    assert reader.follow(page) == 1
    example = re.search(r"^```json\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    assert example is not None
    (entry,) = json.loads(example[1])["mcpServers"].values()
    assert [entry["command"], *entry["args"]] == ["cevvo", "mcp"]


def test_every_error_code_is_explained() -> None:
    """The codes that the product lists, and those of what may pass."""
    listed = set(re.findall(r"``(\w+)``", str(errors.IngestError.__doc__).partition("use:")[2]))
    passing = {kind.code for kind in (errors.StorageFull, errors.Unavailable, errors.ProviderError)}
    passing.add(claiming.INTERRUPTED)
    table = (DOCS / "jobs.md").read_text().partition("## Errors")[2]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    explained = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    assert explained - {"error"} == listed | passing


class Answers(BaseHTTPRequestHandler):
    """A site with a page for every reason not to take it."""

    pages: ClassVar[dict[str, tuple[int, dict[str, str], str]]] = {
        "/robots.txt": (200, {"Content-Type": "text/plain"}, "User-agent: cevvo\nDisallow: /shut"),
        "/": (200, {}, "<p>Start</p>" + "".join(f"<a href=/{name}>x</a>" for name in (
            "shut", "archive", "private", "moved", "away", "other", "twin", "lost", "broken",
            "hollow", "app", "sign-in", "error", "picture", "tool.zip", "rates",
        ))),
        "/rates": (200, {}, "<title>Rates</title><p>One kilogram costs nine euros.</p>"),
        "/twin": (200, {}, "<title>Rates</title><p>One kilogram costs nine euros.</p>"),
        "/private": (200, {"X-Robots-Tag": "noindex"}, "<p>For us.</p>"),
        "/moved": (302, {"Location": "/rates"}, ""),
        "/other": (200, {}, "<link rel=canonical href=/rates><p>One kilogram is dear.</p>"),
        "/broken": (500, {}, ""),
        "/hollow": (200, {}, "<p></p>"),
        "/app": (200, {}, "<div id=root></div><script src=app.js></script>"),
        "/sign-in": (200, {}, "<title>Sign in</title><h1>Sign in</h1><form><input type=password>"),
        "/error": (200, {}, "<title>404 Not Found</title><h1>Not Found</h1><p>Page not found.</p>"),
        "/picture": (200, {"Content-Type": "image/png"}, "PNG"),
    }  # fmt: skip

    def do_GET(self) -> None:
        status, headers, body = self.pages.get(self.path, (404, {}, ""))
        self.send_response(status)
        for name, value in ({"Content-Type": "text/html"} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


def test_every_reason_in_the_table_is_one_that_crawls_give(server: Server) -> None:
    given = set()
    with (
        server.client() as client,
        ThreadingHTTPServer(("127.0.0.1", 0), Answers) as away,
        ThreadingHTTPServer(("127.0.0.1", 0), Answers) as site,
    ):
        for running in (away, site):
            threading.Thread(target=running.serve_forever, daemon=True).start()
        elsewhere = {"Location": f"http://127.0.0.1:{away.server_port}/"}
        Answers.pages["/away"] = (302, elsewhere, "")
        for crawl in ({"exclude": ["/archive"]}, {"include": ["/rates"]}):
            url = f"http://127.0.0.1:{site.server_port}"
            body = {"url": url, "max_pages": 50, "crawl": crawl}
            pages = client.post("/sources/preview", json=body).json()["pages"]
            given |= {page["reason"] for page in pages if page["reason"]}
        for running in (away, site):
            running.shutdown()
    table = (DOCS / "websites.md").read_text().partition("### Why a page")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    reasons = [reason for row in rows for reason in re.findall(r"`([^`]+)`", row)]
    assert len(reasons) > 10
    for reason in reasons:
        if reason != CALENDAR:  # takes more pages than a preview has
            assert any(_matches(reason, each) for each in given), (reason, given)


def test_every_link_leads_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        links = re.findall(r"\]\((?!https://)([^)#]*)#?([^)]*)\)", page.read_text())
        for path, anchor in links:
            target = (page.parent / path) if path else page
            assert target.exists(), (page.name, path)
            if anchor:  # a picture has none
                heads = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
                assert anchor in [head.lower().replace(" ", "-") for head in heads]

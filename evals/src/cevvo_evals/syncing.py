"""What a website costs to take in, and what a sync of it costs afterwards.

    python -m cevvo_evals.syncing --site /usr/share/doc/debian-handbook/html/en-US \\
        --site /usr/share/doc/python-django-doc/html

copies each folder, serves the copy on loopback from a process of its own that counts requests and
bytes, and points a fresh server at it. Reported: pages there (HTML files) and pages found, pages a
second, the share of that time which the embedding model by itself would take (measured in the same
run); then four syncs: nothing changed, one page changed, a tenth of the pages changed, and nothing
again by a site that sends no validators. The folders are Debian's packages ``debian-handbook``,
``apache2-doc``, ``python-django-doc`` and ``postgresql-doc-15``; any static site will do.
``--file`` uploads a file to a fresh server and reports the same for it, and what its bytes cost
again. With ``--docs docs`` the sites' figures go into docs/performance.md.
"""

import argparse
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pysqlite3

from cevvo.providers.embedding.base import PassageText
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.performance_page import machine, put
from cevvo_evals.server import RunningServer, running_server

_CHANGE = "<p>This sentence was added for the next sync.</p>"
_PROSE = re.compile(rb"<p>\s*[A-Z][^<]{80,}")  # no menu and no footer begins like this
_PAGE_ENDINGS = (".html", ".htm")


def embedding_alone(database: Path) -> tuple[float, int]:
    """Seconds that the embedding model takes by itself for all stored chunks; and how many.

    Measured on every eighth chunk, times eight.
    """
    connection = pysqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute(
        "SELECT documents.title, chunks.heading_path, "
        'substr(documents.text, chunks.start + 1, chunks."end" - chunks.start) '
        "FROM chunks JOIN documents ON documents.id = chunks.document_id"
    ).fetchall()
    connection.close()
    passages = [
        PassageText(" > ".join([title, *json.loads(headings)]), text, ())
        for title, headings, text in rows
    ]
    embedder = MiniLmEmbedder(threads=0)
    embedder.embed_passages(passages[:20])
    started = time.monotonic()
    embedder.embed_passages(passages[::8])
    return 8 * (time.monotonic() - started), len(passages)


class CountedSite:
    """A folder that is served; what was asked of it since the last look."""

    def __init__(self, host: str, folder: Path, counters: Any, validators: Any) -> None:
        self.host = host
        self.folder = folder
        self._counters = counters
        self._validators = validators

    def counted(self) -> tuple[int, int]:
        """Requests and bytes of bodies since the last call."""
        with self._counters.get_lock():
            requests, size = self._counters[:]
            self._counters[:] = [0, 0]
        return requests, size

    def pages(self) -> list[Path]:
        """Its HTML files."""
        return sorted(p for p in self.folder.rglob("*") if p.suffix in _PAGE_ENDINGS)

    def change(self, pages: list[Path]) -> None:
        """Add a sentence to the main part of these pages."""
        for page in pages:
            text = page.read_bytes()
            prose = _PROSE.search(text)
            at = prose.start() if prose else text.rfind(b"<p")
            page.write_bytes(text[:at] + _CHANGE.encode() + text[at:])

    def stop_validating(self) -> None:
        """From now on answer without Last-Modified, and never 304."""
        self._validators.value = 0


class _Handler(SimpleHTTPRequestHandler):
    counters: Any
    validators: Any

    def send_head(self) -> Any:
        if not self.validators.value:
            del self.headers["If-Modified-Since"]
        return super().send_head()

    def send_header(self, keyword: str, value: str) -> None:
        if keyword != "Last-Modified" or self.validators.value:
            super().send_header(keyword, value)

    def do_GET(self) -> None:
        file = self.send_head()
        with self.counters.get_lock():
            self.counters[0] += 1
        if file is not None:
            content = file.read()
            file.close()
            with self.counters.get_lock():
                self.counters[1] += len(content)
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _serve(folder: Path, counters: Any, validators: Any, ready: Any) -> None:
    _Handler.counters, _Handler.validators = counters, validators
    handler = partial(_Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        ready.send(httpd.server_port)
        httpd.serve_forever()


@contextmanager
def counted_site(folder: Path) -> Iterator[CountedSite]:
    """Serve ``folder`` on a free loopback port from a process of its own."""
    spawn = get_context("spawn")
    counters, validators = spawn.Array("q", [0, 0]), spawn.Value("b", 1)
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(folder, counters, validators, there), daemon=True)
    process.start()
    try:
        yield CountedSite(f"127.0.0.1:{here.recv()}", folder, counters, validators)
    finally:
        process.terminate()
        process.join()


def sync(server: RunningServer, site: CountedSite, source_id: str, name: str) -> dict[str, Any]:
    """Sync once and report what it cost."""
    site.counted()
    started, cpu = time.monotonic(), server.cpu_seconds()
    job_id = server.client.post(f"/sources/{source_id}/sync").json()["job_id"]
    server.wait_for_source(source_id)
    seconds = time.monotonic() - started
    requests, size = site.counted()
    report = server.client.get(f"/ingest/status/{job_id}").json()["report"]
    return {
        "sync": name,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(server.cpu_seconds() - cpu, 1),
        "requests": requests,
        "bytes": size,
        **{k: report[k] for k in ("changed", "unchanged", "missing", "removed", "failed")},
        **{k: report[k] for k in ("passages_embedded", "passages_reused")},
    }


def measure(folder: Path, start: str) -> dict[str, Any]:
    """All figures of one site."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "site"
        shutil.copytree(folder, copy)
        with (
            counted_site(copy) as site,
            running_server(
                Path(temporary) / "data", CEVVO_ALLOW_PRIVATE_NETWORKS=site.host
            ) as server,
        ):
            return _measure(server, site, start, folder)


def _measure(server: RunningServer, site: CountedSite, start: str, folder: Path) -> dict[str, Any]:
    body = {"name": "Site", "type": "website", "url": f"http://{site.host}/{start}"}
    started = time.monotonic()
    created = server.client.post("/sources", json=body)
    created.raise_for_status()
    source = server.wait_for_source(created.json()["id"])
    seconds = time.monotonic() - started
    requests, size = site.counted()
    job = server.client.get(f"/ingest/status/{source['job_id']}").json()
    report = job["report"]
    alone, passages = embedding_alone(server.data_dir / "cevvo.db")
    pages = site.pages()
    first = {
        "folder": str(folder),
        "pages_there": len(pages),
        "pages_found": report["added"] + report["duplicate"],
        "of_these_duplicates": report["duplicate"],
        "refused": report["refused"],
        "reasons": report["reasons"],
        "seconds": round(seconds, 1),
        "pages_per_second": round(report["added"] / seconds, 2),
        "embedding_alone_seconds": round(alone, 1),
        "embedding_share": round(alone / seconds, 2),
        "requests": requests,
        "bytes": size,
        "passages": passages,
        "memory_mb": server.memory_mb()[0],
    }
    syncs = [sync(server, site, source["id"], "nothing changed")]
    site.change(pages[len(pages) // 2 : len(pages) // 2 + 1])
    syncs.append(sync(server, site, source["id"], "one page changed"))
    site.change(pages[::10])
    syncs.append(sync(server, site, source["id"], "a tenth changed"))
    site.stop_validating()
    syncs.append(sync(server, site, source["id"], "nothing changed, no validators"))
    return first | {"syncs": syncs}


def measure_file(file: Path) -> dict[str, Any]:
    """What a file costs to take in, and what the same bytes cost again."""
    with (
        tempfile.TemporaryDirectory() as temporary,
        running_server(Path(temporary)) as server,
    ):
        first, again = _upload(server, file), _upload(server, file)
        alone, passages = embedding_alone(server.data_dir / "cevvo.db")
        return {
            "file": file.name,
            "megabytes": round(file.stat().st_size / 1e6, 1),
            "units": first["units"],
            "passages": passages,
            "seconds": first["seconds"],
            "embedding_alone_seconds": round(alone, 1),
            "embedding_share": round(alone / first["seconds"], 2),
            "warnings": first["warnings"],
            "memory_mb": server.memory_mb()[0],
            "same_bytes_again_seconds": again["seconds"],
        }


def _upload(server: RunningServer, file: Path) -> dict[str, Any]:
    """Seconds from the request to the end of its job; raises RuntimeError when that failed."""
    started = time.monotonic()
    with file.open("rb") as content:
        answer = server.client.post("/ingest/upload", files={"file": (file.name, content)})
    job_id = answer.raise_for_status().json()["job_id"]
    while True:
        job = server.client.get(f"/ingest/status/{job_id}").json()
        if job["completed_at"] is not None:
            break
        time.sleep(0.02)
    if job["status"] != "completed":
        raise RuntimeError(f"{file}: {job['error']}")
    seconds = round(time.monotonic() - started, 2)
    return {"seconds": seconds, "units": job["documents_processed"], "warnings": job["warnings"]}


def section_of(sites: Sequence[dict[str, Any]], told: str) -> str:
    """The sites' figures as a section of the documentation."""
    given = " ".join(f"--site {site['folder']}" for site in sites)
    return "\n".join(
        [
            "## Whole sites and syncing them",
            "",
            f"`python -m cevvo_evals.syncing {given} --docs docs` ({told}). Copies of what Debian "
            "packages of documentation hold, served on loopback. The model's share: what embedding "
            "the same passages takes by itself, on all cores, of the time that the whole took.",
            "",
            "| site | pages | seconds | pages a second | the model's share | memory |",
            "|---|---|---|---|---|---|",
            *[
                f"| {_name(site)} | {site['pages_found']:,} | {site['seconds']} "
                f"| {site['pages_per_second']} | {site['embedding_share']} "
                f"| {site['memory_mb']} MB |"
                for site in sites
            ],
            "",
            "Syncing again, beside the first time:",
            "",
            "| site | | seconds | passages embedded | requests | bytes |",
            "|---|---|---|---|---|---|",
            *[
                f"| {_name(site)} | {again['sync']} | {again['seconds']} "
                f"| {again['passages_embedded']:,} of {site['passages']:,} "
                f"| {again['requests']:,} of {site['requests']:,} "
                f"| {again['bytes'] / site['bytes']:.1%} |"
                for site in sites
                for again in site["syncs"]
            ],
        ]
    )


def _name(site: dict[str, Any]) -> str:
    """The Debian package, or whatever folder below it says most."""
    parts = [part for part in Path(site["folder"]).parts if part not in ("html", "en-US", "en")]
    return parts[-1]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--site", type=Path, action="append", default=[])
    parser.add_argument("--file", type=Path, action="append", default=[])
    parser.add_argument("--start", default="index.html", help="page to start from")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--docs", type=Path, help="write into performance.md there")
    arguments = parser.parse_args()
    told = machine()
    files = [measure_file(file) for file in arguments.file]
    results = [measure(folder, arguments.start) for folder in arguments.site]
    if arguments.docs:
        put(arguments.docs, "syncing", section_of(results, told), {})
    if arguments.json:
        print(json.dumps({"files": files, "sites": results}, indent=2))
        return
    for result in [*files, *results]:
        syncs = result.pop("syncs", None)
        print("\n" + "\n".join(f"{name:>24}  {value}" for name, value in result.items()))
        if syncs is None:
            continue
        names = list(syncs[0])
        print("\n" + " | ".join(names))
        for row in syncs:
            print(" | ".join(str(row[name]) for name in names))


if __name__ == "__main__":
    main()

"""Every curl and every JSON example of the public documentation, run against the server.

A request is sent as printed, with the ids of the examples replaced by ids that exist here. An
answer must have every printed field, with the printed type and format; it may have more.
"""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from conftest import Server

DOCUMENTATION = (Path(__file__).parent / "cevvo-api-docs.txt").read_text()
_ARGUMENT = re.compile(r"\s*\\\n\s*--(?:request|url|header|data|form) (?:'[^']*'|\S+)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
NULLABLE = {"url", "last_synced_at", "conversations", "resolution_rate"}  # where there is none
_ID = re.compile(r"([a-z]+)_[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Example:
    """A documented request and what the documentation prints as its answer."""

    method: str
    path: str
    data: str | None
    form: tuple[str, ...]
    answer: str

    def __str__(self) -> str:
        return f"{self.method} {self.path.partition('?')[0]}"


def documented_examples() -> Iterator[Example]:
    """All of them, in the order of the documentation."""
    for start in re.finditer(r"curl --request (\w+)", DOCUMENTATION):
        end = start.end()
        while argument := _ARGUMENT.match(DOCUMENTATION, end):
            end = argument.end()
        words = shlex.split(DOCUMENTATION[start.start() : end].replace("\\\n", " "))
        options = list(zip(words[1::2], words[2::2], strict=True))
        url = urlsplit(next(v for k, v in options if k == "--url"))
        rest = DOCUMENTATION[end:]
        yield Example(
            method=start.group(1),
            path=url.path.removeprefix("/api/v1") + (f"?{url.query}" if url.query else ""),
            data=next((v for k, v in options if k == "--data"), None),
            form=tuple(v for k, v in options if k == "--form"),
            answer=rest.replace("[...]", "[]"),
        )


EXAMPLES = list(documented_examples())


def assert_same_shape(printed: Any, answered: Any, where: str) -> None:
    """Names, types and formats of ``printed`` are those of ``answered``."""
    if isinstance(printed, dict):
        assert isinstance(answered, dict), where
        for name, value in printed.items():
            assert name in answered, f"{where}.{name} is missing"
            if answered[name] is None and name in NULLABLE:
                continue
            assert_same_shape(value, answered[name], f"{where}.{name}")
    elif isinstance(printed, list):
        assert isinstance(answered, list), where
        for item in answered[:3]:
            if printed:
                assert_same_shape(printed[0], item, f"{where}[]")
    elif isinstance(printed, bool) or printed is None:
        assert isinstance(answered, type(printed)), where
    elif isinstance(printed, int | float):
        assert isinstance(answered, int | float), f"{where}: {answered!r}"
        assert not isinstance(answered, bool), where
        assert isinstance(printed, float) or isinstance(answered, int), where
    else:
        assert isinstance(answered, str), f"{where}: {answered!r}"
        if _TIME.fullmatch(printed):
            assert _TIME.fullmatch(answered), f"{where}: {answered}"
        elif prefix := _ID.fullmatch(printed):
            assert answered.startswith(prefix.group(1) + "_"), f"{where}: {answered}"


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        pages = {"/": "<a href='/guide'>Guide</a>", "/guide": ""}
        body = (
            f"<html><head><title>Guide</title></head><body><main><h1>Getting started</h1>"
            f"<p>To get started, first create a source and then ask a question.</p>"
            f"{pages.get(self.path, '')}</main></body></html>"
        ).encode()
        self.send_response(200 if self.path in pages else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a small help site on loopback."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def existing(server: Server, client: httpx2.Client, site: str) -> dict[str, str]:
    """Ids that exist here, by the ids that the documentation prints."""
    source = client.post("/sources", json={"name": "Files", "type": "file"}).json()["id"]
    job = client.post(
        "/ingest/upload",
        files={"file": ("guide.md", b"# Guide\n\nTo get started with Cevvo, create a source.\n")},
        data={"source_id": source},
    ).json()["job_id"]
    assert server.wait_for_job(client, job)["status"] == "completed"
    thread = client.post("/chat", json={"message": "How do I get started?"}).json()["thread_id"]
    return {
        "src_abc123": source,
        "job_ing_001": job,
        "thr_xyz789": thread,
        "https://docs.example.com": site,
        "https://example.com/guide": f"{site}/guide",
    }


def send(client: httpx2.Client, example: Example, existing: dict[str, str]) -> httpx2.Response:
    """The documented request with the ids that exist here."""

    def here(text: str) -> str:
        for printed, real in existing.items():
            text = text.replace(printed, real)
        return text

    if example.form:
        fields = dict(field.split("=", 1) for field in example.form)
        assert fields.pop("file") == "@document.pdf"
        return client.post(
            example.path,
            files={"file": ("document.pdf", small_pdf("To get started, create a source."))},
            data={name: here(value) for name, value in fields.items()},
        )
    headers = {"Content-Type": "application/json"} if example.data else {}
    content = here(example.data) if example.data else None
    return client.request(example.method, here(example.path), content=content, headers=headers)


def small_pdf(text: str) -> bytes:
    """A PDF of one page that says ``text``."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    pdf, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return pdf + (
        b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (xref, len(pdf))
    )


STATUS = {"POST /sources": 201, "POST /ingest/upload": 202, "POST /ingest/url": 202}


def test_c2_all_sixteen_endpoints_are_documented() -> None:
    assert len(EXAMPLES) == 17  # the authentication chapter shows GET /sources once more
    assert len({str(example) for example in EXAMPLES}) == 16


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_c2_documented_example(
    client: httpx2.Client, existing: dict[str, str], example: Example
) -> None:
    response = send(client, example, existing)
    assert response.status_code == STATUS.get(str(example), 200), response.text
    if example.answer.startswith("data: "):
        assert_documented_stream(response)
    elif example.answer.startswith("{"):
        printed, _ = json.JSONDecoder().raw_decode(example.answer)
        where = example.path.rpartition("/")[2].partition("?")[0]
        assert_same_shape(printed, response.json(), where)


def assert_documented_stream(response: httpx2.Response) -> None:
    """Text events, one sources event, ``[DONE]``: in that order and nothing else."""
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in response.text.split("\n\n") if line and not line.startswith(":")]
    assert lines[-1] == "data: [DONE]"
    assert all(line.startswith('data: {"type": ') for line in lines[:-1])
    events = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert [event["type"] for event in events[:-1]] == ["text"] * (len(events) - 1)
    assert len(events) > 1
    assert all(isinstance(event["text"], str) for event in events[:-1])
    assert events[-1]["type"] == "sources"
    assert isinstance(events[-1]["sources"], list)


def test_an_answer_carries_what_the_documentation_prints(
    client: httpx2.Client, existing: dict[str, str]
) -> None:
    answer = client.post("/chat", json={"message": "How do I get started with Cevvo?"}).json()
    assert answer["answered"] is True
    assert answer["sources"]
    assert_same_shape({"title": "Guide", "score": 0.95}, answer["sources"][0], "sources[]")
    thread = client.get(f"/conversations/{answer['thread_id']}").json()
    assert [message["role"] for message in thread["messages"]] == ["user", "assistant"]
    assert thread["messages"][1]["content"] == answer["answer"]
    assert existing

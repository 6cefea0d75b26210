"""What only the Python SDK has: both its halves, its objects, its settings, its webhooks."""

import asyncio
import io
import json
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pytest

import cevvo_sdk
from cevvo_sdk import (
    APIConnectionError,
    AsyncCevvo,
    Cevvo,
    CevvoError,
    NotFoundError,
    StreamError,
    WebhookVerificationError,
    webhooks,
)
from cevvo_sdk._call import read_file
from cevvo_sdk._retry import delay, retry_after
from cevvo_sdk._sse import SSEDecoder
from conftest import Server

ROOT = Path(__file__).parents[2]
VECTORS = json.loads((ROOT / "sdks" / "conformance" / "webhooks.json").read_text())


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Cevvo]:
    with Cevvo(api_key=server.key, base_url=f"{server.url}/api/v1/") as opened:
        yield opened


def test_the_blocking_half_is_current() -> None:
    script = ROOT / "sdks" / "python" / "generate_sync.py"
    checked = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("case", VECTORS, ids=[case["name"] for case in VECTORS])
def test_webhooks(case: dict[str, Any]) -> None:
    given = case["payload"].encode(), case["headers"], case["secret"]
    if "result" in case:
        assert webhooks.verify(*given, now=case["now"]).to_dict() == case["result"]
        return
    with pytest.raises(WebhookVerificationError, match=case["error"]):
        webhooks.verify(*given, now=case["now"])


def test_a_webhook_is_checked_against_the_clock() -> None:
    with pytest.raises(WebhookVerificationError, match="five minutes"):
        webhooks.verify(VECTORS[1]["payload"], VECTORS[1]["headers"], VECTORS[1]["secret"])


def test_without_a_key_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CEVVO_API_KEY", raising=False)
    with pytest.raises(CevvoError, match="CEVVO_API_KEY"):
        Cevvo()
    with pytest.raises(CevvoError, match="copy it again"):
        Cevvo(api_key="cevvo_sk_…")


def test_a_base_url_that_is_none_is_refused() -> None:
    with pytest.raises(CevvoError, match="such as http://127"):
        Cevvo(api_key="cevvo_sk_x", base_url="127.0.0.1:8420")


def test_the_environment_says_where_and_who(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CEVVO_API_KEY", f"{server.key}\n")
    monkeypatch.setenv("CEVVO_BASE_URL", f"{server.url}/api/v1")
    monkeypatch.setenv("CEVVO_LOG", "info")
    log = logging.getLogger("cevvo_sdk")
    try:
        with Cevvo() as client:
            client.sources.list()
        assert "GET /api/v1/sources: 200" in caplog.text
        assert server.key not in caplog.text
        assert len(log.handlers) == 1
        monkeypatch.setenv("CEVVO_LOG", "loud")
        with pytest.raises(CevvoError, match="info or debug"):
            Cevvo()
    finally:
        log.handlers.clear()
        log.setLevel(logging.NOTSET)


def test_a_server_that_is_down_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/api/v1"
        client = Cevvo(api_key="cevvo_sk_x", base_url=url, max_retries=0)
        with client, pytest.raises(APIConnectionError, match="Does the server run there") as raised:
            client.sources.get("src_1")
        assert f"GET {url}/sources/src_1" in raised.value.message
        assert isinstance(raised.value.__cause__, httpx2.ConnectError)


def test_a_base_url_without_its_path_is_explained(server: Server) -> None:
    client = Cevvo(api_key=server.key, base_url=server.url)
    with client, pytest.raises(CevvoError, match="it ends in /api/v1"):
        client.sources.list()


def test_raw_access(client: Cevvo) -> None:
    response = client.request("GET", "/sources", query={"per_page": 1, "type": None})
    assert response.json()["meta"]["per_page"] == 1
    page = client.sources.list(per_page=1)
    assert page.http_response.headers["x-request-id"] == page.request_id
    with pytest.raises(NotFoundError) as raised:
        client.request("GET", "/nowhere")
    assert raised.value.http_response.headers["x-request-id"] == raised.value.request_id


def test_options_are_of_the_copy_only(client: Cevvo) -> None:
    own = client.with_options(headers={"X-Request-Id": "of-my-own-00000001"}, timeout=9)
    assert own.analytics.overview().request_id == "of-my-own-00000001"
    assert client.analytics.overview().request_id != "of-my-own-00000001"
    own.close()  # closes nothing of the client that it was made from
    assert client.analytics.overview().period == "7d"


@contextmanager
def losing_the_first_answer(server: Server) -> Iterator[str]:
    """The address of a proxy that passes on every request, and every answer but the first."""

    class Proxy(BaseHTTPRequestHandler):
        passed: ClassVar[list[str]] = []

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            answer = httpx2.post(
                server.url + self.path, content=content, headers=dict(self.headers)
            )
            self.passed.append(answer.text)
            if len(self.passed) > 1:
                self.send_response(answer.status_code)
                self.send_header("content-length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}/api/v1"
        finally:
            proxy.shutdown()
            thread.join()
    assert len(Proxy.passed) == 2
    assert Proxy.passed[0] == Proxy.passed[1]


def test_r36_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice(
    client: Cevvo, server: Server
) -> None:
    with (
        losing_the_first_answer(server) as base_url,
        Cevvo(api_key=server.key, base_url=base_url) as through,
    ):
        made = through.sources.create(name="Only once", type="text")
    assert [each.id for each in client.sources.list() if each.name == "Only once"] == [made.id]
    client.sources.delete(made.id)


def test_pages_one_by_one(client: Cevvo, server: Server) -> None:
    made = [client.sources.create(name=f"Page {n}", type="text").id for n in range(3)]
    page = client.sources.list(type="text", per_page=2)
    seen = [source.id for source in page.data]
    assert page.has_next
    following = page.next()
    while following is not None:
        seen += [source.id for source in following.data]
        following = following.next()
    assert set(made) <= set(seen)
    assert len(seen) == len(set(seen)) == page.meta.total

    async def the_same() -> list[str]:
        async with AsyncCevvo(api_key=server.key, base_url=f"{server.url}/api/v1") as other:
            first = await other.sources.list(type="text", per_page=2)
            second = await first.next()
            assert second is not None
            everything = [source.id async for source in other.sources.list(type="text")]
            assert [each.id for each in first.data + second.data] == everything[:4]
            return everything

    assert asyncio.run(the_same()) == seen
    for source in made:
        assert client.sources.delete(source).deleted


def test_a_stream_by_events_and_closed_early(client: Cevvo) -> None:
    stream = client.chat.stream("How do I fold a paper boat?", test=True)
    kinds = [event.type for event in stream]
    assert kinds[-1] == "sources"
    assert set(kinds[:-1]) == {"text"}
    assert stream.final().answer == stream.text
    assert [*stream] == []  # it is read once
    with client.chat.stream("How do I fold a paper boat?", test=True) as left:
        assert left.http_response is not None
        assert left.http_response.headers["x-message-id"].startswith("msg_")
    with pytest.raises(StreamError, match="closed before its end"):
        left.final()


def test_an_object_keeps_what_came() -> None:
    came = {"id": "src_1", "status": "frozen", "newer": {"a": [1]}, "to_dict": "a taken name"}
    source = cevvo_sdk.types.Source(came)
    assert vars(source)["status"] == "frozen"
    assert vars(source)["newer"] == {"a": [1]}
    assert source.sync_error is None  # an older server did not send it
    assert source.to_dict() == came
    assert source.request_id is None
    assert not hasattr(source, "http_response")
    assert repr(cevvo_sdk.types.Deleted({"deleted": True})) == "Deleted(deleted=True)"


def test_a_file_may_be_given_in_several_ways(tmp_path: Path) -> None:
    path = tmp_path / "grüße.md"
    path.write_text("Hi")
    with path.open("rb") as opened:
        assert read_file(opened) == ("grüße.md", b"Hi")
    assert read_file(path) == read_file(str(path)) == ("grüße.md", b"Hi")
    assert read_file(("a.md", "ü")) == ("a.md", b"\xc3\xbc")
    assert read_file(io.BytesIO(b"x")) == ("file", b"x")
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "missing.md")


def test_waits_grow_and_are_as_long_as_asked() -> None:
    assert [delay(n, None, 0.0) for n in (0, 1, 2, 3, 4, 9)] == [0.5, 1, 2, 4, 8, 8]
    assert delay(0, None, 1.0) == 0.375
    assert delay(0, 119.0, 1.0) == 119.0
    when = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)
    headers = httpx2.Headers({"retry-after": format_datetime(when, usegmt=True)})
    assert retry_after(headers, when.timestamp() - 7) == 7
    assert retry_after(httpx2.Headers({"retry-after": "1.5"})) == 1.5


def test_events_are_the_same_however_they_are_cut() -> None:
    text = "\ufeffdata: a\r\n\r\ndata:b\n: no\ndata\n\rid: 1\r\rdata:  ü 日\u2028🙂\n\ndata: cut"
    stream = text.encode()
    for size in range(1, len(stream) + 1):
        decoder, found = SSEDecoder(), []
        for at in range(0, len(stream), size):
            found += decoder.push(stream[at : at + size])
        assert found == ["a", "b\n", " ü 日\u2028🙂"], size

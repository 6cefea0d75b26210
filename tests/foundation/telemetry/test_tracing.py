"""Traces: one question through every stage, as a collector receives it."""

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.testclient import TestClient

from cevvo.app import create_app
from cevvo.domain.access import Actor
from cevvo.errors import StartError
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.foundation.telemetry import tracing
from cevvo.settings import Settings

QUESTION = "When does the harbour office open on Mondays?"
TEXT = "The harbour office opens at nine o'clock on Mondays. Boats are inspected at noon."


class Collector:
    """An OTLP/HTTP collector on loopback."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                collector.received.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Any]:
        """All that came in."""
        found = []
        for content in self.received:
            for resource in ExportTraceServiceRequest.FromString(content).resource_spans:
                for scope in resource.scope_spans:
                    found += scope.spans
        return found


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    thread = threading.Thread(target=running.server.serve_forever, args=(0.02,))
    thread.start()
    yield running
    running.server.shutdown()
    thread.join()
    running.server.server_close()


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.startswith("OTEL_")]:
        monkeypatch.delenv(name)


def ask(data_dir: Path, question: str, headers: dict[str, str]) -> Any:
    """Take a text in and ask a question, in the whole product; the response."""
    settings = Settings(data_dir=data_dir, allowed_hosts=("testserver",), rate_limit=100_000)
    app = create_app(settings)
    with TestClient(app) as client:
        services = app.state.services
        workspace = asyncio.run(services.workspaces.default())
        made = services.api_keys.create(workspace, KeyTerms("test"), by=Actor("cli", "operator"))
        client.headers["Authorization"] = f"Bearer {asyncio.run(made)[0]}"
        note = {"title": "Harbour", "content": TEXT}
        job = client.post("/api/v1/ingest/text", json=note).json()["job_id"]
        while client.get(f"/api/v1/ingest/status/{job}").json()["status"] != "completed":
            time.sleep(0.05)
        return client.post("/api/v1/chat", json={"message": question}, headers=headers)


def test_a_question_is_traced_through_every_stage(
    collector: Collector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    trace_id, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    headers = {"traceparent": f"00-{trace_id}-{parent}-01", "X-Request-Id": "req_of_the_test"}
    response = ask(tmp_path, QUESTION, headers)
    assert response.json()["answered"]
    spans = {each.name: each for each in collector.spans() if each.trace_id.hex() == trace_id}
    root = spans.pop("POST /api/v1/chat")
    assert root.parent_span_id.hex() == parent
    stages = {"open turn", "understand", "search", "answer", "record"}
    of_search = {"word and embed", "find candidates", "rank"}
    assert set(spans) == stages | of_search
    for name, span in spans.items():
        above = spans["search"] if name in of_search else root
        assert span.parent_span_id == above.span_id, name
        assert root.start_time_unix_nano <= span.start_time_unix_nano
        assert span.start_time_unix_nano <= span.end_time_unix_nano <= root.end_time_unix_nano
    attributes = {each.key: each.value for each in root.attributes}
    assert attributes["cevvo.request_id"].string_value == "req_of_the_test"
    assert attributes["http.response.status_code"].int_value == 200
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (line,) = [each for each in lines if each.get("route") == "/api/v1/chat"]
    assert (line["request_id"], line["trace_id"]) == ("req_of_the_test", trace_id)
    sent = b"".join(collector.received).lower()
    for word in (b"harbour", b"mondays", b"boats", b"cevvo_sk_", b"bearer"):
        assert word not in sent


def test_a_span_that_fails_tells_the_kind_of_the_error_alone(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    end = tracing.configure()
    for opened in (tracing.span, tracing.span_beside):
        with pytest.raises(ValueError, match="harbour"), opened("stage"):
            raise ValueError("What about the harbour?")
    end()
    spans = collector.spans()
    assert len(spans) == 2
    for span in spans:
        assert [(a.key, a.value.string_value) for a in span.attributes] == [
            ("error.type", "ValueError")
        ]
        assert not span.events
    assert b"harbour" not in b"".join(collector.received)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
        {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
        {"OTEL_SERVICE_NAME": "answers"},
    ],
)
def test_nothing_is_traced_unless_asked_for(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    tracing.configure()()
    assert not tracing.is_on()
    assert tracing.span("a") is tracing.span_beside("b", c=1)  # not even an object is made


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_TRACES_EXPORTER": "zipkin"},
        {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
    ],
)
def test_what_cannot_be_sent_is_refused_at_the_start(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StartError, match="OTLP over HTTP alone"):
        tracing.configure()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(StartError, match=r'pip install "cevvo\[otel\]"'):
        tracing.configure()

"""A server that misbehaves as ``cases.json`` says, and judges what a client made of it.

    python3 sdks/conformance/server.py

It prints its address, serves until its standard input ends, and needs nothing but Python.

``GET /cases`` lists the cases: ``name``, ``call``, ``args``, ``options``. A client runs one with
the base URL ``<address>/<name>/<run>/api/v1``, where ``run`` is a word of its own choice, and posts
what came of it to ``/verdict/<name>/<run>``; the answer is ``{"failures": [...]}``, empty where
both the outcome and the requests are as they should be. ``sdks/README.md`` describes the fields.
"""

import json
import re
import select
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

CASES: dict[str, dict[str, Any]] = {
    case["name"]: case
    for case in json.loads(Path(__file__).with_name("cases.json").read_text("utf-8"))
}
SHOWN = ("name", "call", "args", "options")
LONGEST_SILENCE = 20.0  # seconds after which a client that should leave is given up


@dataclass
class Seen:
    """A request that came in; ``path`` is below the base URL, ``at`` in monotonic seconds."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    left: threading.Event = field(default_factory=threading.Event)

    def described(self) -> dict[str, Any]:
        """As ``each`` in a case describes it."""
        return {
            "method": self.method,
            "path": self.path,
            "query": dict(parse_qsl(urlsplit(self.path).query)),
            "headers": self.headers,
            "body": self.body.decode("utf-8", "replace"),
            "json": _parsed(self.body),
            "form": _form(self.headers.get("content-type", ""), self.body),
        }

    def part(self, name: str) -> str | bytes | None:
        """The body, or a header."""
        return self.body if name == "body" else self.headers.get(name)


class Server(ThreadingHTTPServer):
    """Remembers the requests of each run."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.runs: dict[tuple[str, str], list[Seen]] = {}
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def handle_any(self) -> None:
        """A connection serves one request, so that no client repeats one by itself."""
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        where = self.path.split("/", 5)
        if self.path == "/cases":
            shown = [{k: case[k] for k in SHOWN if k in case} for case in CASES.values()]
            self._send_json(shown)
        elif where[1] == "verdict":
            seen = self.server.runs.get((where[2], where[3]), [])
            self._send_json({"failures": judge(CASES[where[2]], json.loads(body), seen)})
        else:
            self._misbehave(body)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _misbehave(self, body: bytes) -> None:
        _, name, run, _, _, path = self.path.split("/", 5)
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, f"/{path}", headers, body, time.monotonic())
        with self.server.lock:
            before = self.server.runs.setdefault((name, run), [])
            before.append(seen)
            number = len(before)
        steps = CASES[name]["server"]
        try:
            self._step(steps[min(number, len(steps)) - 1], number, seen)
        except (BrokenPipeError, ConnectionResetError):
            seen.left.set()

    def _step(self, step: dict[str, Any], number: int, seen: Seen) -> None:
        self._wait(step.get("wait", 0.0))
        end = step.get("end", "close")
        if "sse" in step:
            self._stream(step, number, whole=end == "close")
        elif step.keys() - {"end", "wait"}:
            self._answer(step, number)
        if end == "hang":
            self._wait(LONGEST_SILENCE)
        if end == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()

    def _answer(self, step: dict[str, Any], number: int) -> None:
        request_id = f"req_{number}"
        if "error" in step:
            value: Any = {"error": {**step["error"], "request_id": request_id}}
        else:
            value = step.get("json")
        content = (step["body"] if "body" in step else json.dumps(value)).encode()
        headers = {
            "content-type": "application/json",
            "content-length": str(len(content)),
            "x-request-id": request_id,
        }
        self._send_head(step.get("status", 200), headers | step.get("headers", {}))
        self.wfile.write(content)

    def _stream(self, step: dict[str, Any], number: int, *, whole: bool) -> None:
        headers = {
            "content-type": "text/event-stream",
            "transfer-encoding": "chunked",
            "x-request-id": f"req_{number}",
            "x-thread-id": "thr_h",
            "x-message-id": "msg_h",
        }
        self._send_head(200, headers)
        for piece in step["sse"]:
            content = _event(piece).encode()
            size = step.get("every", len(content))
            for at in range(0, len(content), size):
                self._wait(step.get("pause", 0.0005))
                self._send_chunk(content[at : at + size])
        if whole:
            self._send_chunk(b"")

    def _send_head(self, status: int, headers: dict[str, Any]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value if isinstance(value, str) else _date(value["$in_seconds"]))
        self.send_header("connection", "close")
        self.end_headers()

    def _send_chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def _wait(self, seconds: float) -> None:
        """Wait, or notice that the client goes away meanwhile."""
        if seconds and select.select([self.connection], [], [], seconds)[0]:
            raise BrokenPipeError

    def _send_json(self, value: object) -> None:
        content = json.dumps(value).encode()
        headers = {"content-type": "application/json", "content-length": str(len(content))}
        self._send_head(200, headers)
        self.wfile.write(content)


def _event(piece: str | dict[str, Any]) -> str:
    """A piece of a stream; ``repeat`` is a text that would be too long to write down."""
    if isinstance(piece, str):
        return piece
    event = {"type": "text", "text": piece["repeat"] * piece["times"]}
    return f"data: {json.dumps(event)}\n\n"


def _date(seconds: float) -> str:
    return formatdate(time.time() + seconds, usegmt=True)


def judge(case: dict[str, Any], outcome: object, seen: list[Seen]) -> list[str]:
    """What is not as the case says, of the outcome and of the requests that led to it."""
    failures = differences(case["expect"], outcome, "outcome")
    expected = case["requests"]
    if len(seen) != expected["count"]:
        failures.append(f"requests: {expected['count']} were right, {len(seen)} came")
    for number, (right, found) in enumerate(zip(expected.get("each", ()), seen, strict=False)):
        failures += differences(right, found.described(), f"request {number + 1}")
    for name in expected.get("same", ()):
        if len({each.part(name) for each in seen}) != 1 or not seen[0].part(name):
            failures.append(f"requests: {name} is not the same over them all")
    for number, (least, most) in enumerate(expected.get("gaps", ())):
        gap = seen[number + 1].at - seen[number].at if number + 1 < len(seen) else 0.0
        if not least <= gap <= most:
            failures.append(f"request {number + 2}: after {gap:.2f} s, not {least} to {most}")
    if expected.get("left") and not all(each.left.wait(10) for each in seen):
        failures.append("requests: the client did not go away")
    return failures


def differences(right: Any, found: Any, where: str) -> list[str]:
    """Where ``found`` is not as ``right`` says; fields that ``right`` does not name may be any."""
    if isinstance(right, dict) and (rule := next(iter(right), "")).startswith("$"):
        kept = _keeps(rule, right[rule], found)
        return [] if kept else [f"{where}: {found!r} is not {rule[1:]} {right[rule]!r}"]
    if isinstance(right, dict) and isinstance(found, dict):
        parts = [differences(right[key], found.get(key), f"{where}.{key}") for key in right]
    elif isinstance(right, list) and isinstance(found, list) and len(right) == len(found):
        pairs = enumerate(zip(right, found, strict=True))
        parts = [differences(*pair, f"{where}[{index}]") for index, pair in pairs]
    else:
        parts = [[] if right == found else [f"{where}: {found!r} is not {right!r}"]]
    return [each for part in parts for each in part]


def _keeps(rule: str, wanted: Any, found: Any) -> bool:
    match rule, found:
        case "$any", _:
            return any(found == each for each in wanted)
        case "$length", str():
            return bool(len(found) == wanted)
        case "$starts", str():
            return found.startswith(wanted)
        case "$has", str():
            return all(each in found for each in wanted)
    return False


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _form(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields of a multipart form; a file as its ``name`` and ``content``."""
    if not content_type.startswith("multipart/form-data"):
        return {}
    boundary = re.search('boundary="?([^";]+)', content_type)
    fields: dict[str, Any] = {}
    for part in body.split(f"--{boundary[1] if boundary else ''}".encode())[1:-1]:
        head, _, content = part.decode().partition("\r\n\r\n")
        named = dict(re.findall(r'\b(name|filename)="([^"]*)"', head))
        text = content.removesuffix("\r\n")
        file = named.get("filename")
        fields[named["name"]] = text if file is None else {"name": file, "content": text}
    return fields


def main() -> None:
    """Serve until standard input ends, so that no server outlives its test."""
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

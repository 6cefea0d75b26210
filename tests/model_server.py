"""A language model's server on loopback, speaking both wires, that does what the test says.

``/v1/chat/completions`` as OpenAI and its kin have it, ``/v1/messages`` as Anthropic has it.
"""

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

WORDS = ("It takes ", "three ", "days.")
Ending = Literal["whole", "length", "broken off", "reset", "hang", "garbage", "error", "flood"]


@dataclass(frozen=True)
class Reply:
    """What the server answers: a status of 400 or more with ``error``, else the words and then
    ``ending``. ``wait`` is the time before the head, in seconds; ``pause`` before each word."""

    words: tuple[str, ...] = WORDS
    ending: Ending = "whole"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)
    usage: bool = True
    wait: float = 0.0
    pause: float = 0.0


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    path: str
    headers: Mapping[str, str]
    body: Any


class ModelServer:
    """Answers with each reply once and with the last one ever after; ``reply_with`` starts anew.

    ``asked`` is what came in, over so many ``connections``, ``left`` when a client went away in the
    middle of a reply (monotonic seconds).
    """

    def __init__(self, *replies: Reply) -> None:
        self.asked: list[Asked] = []
        self.left: list[float] = []
        self.connections = 0
        self.reply_with(*(replies or (Reply(),)))
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def reply_with(self, *replies: Reply) -> None:
        """From now on."""
        self._replies = list(replies)

    def take(self, asked: Asked) -> Reply:
        with self.lock:
            self.asked.append(asked)
            return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def wait_for_leaving(self, count: int = 1, seconds: float = 10) -> None:
        """Until so many clients have gone away."""
        end = time.monotonic() + seconds
        while len(self.left) < count:
            assert time.monotonic() < end, f"{len(self.left)} of {count} clients went away"
            time.sleep(0.005)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            with server.lock:
                server.connections += 1

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.path, headers, json.loads(self.rfile.read(length)))
            try:
                _answer(self, server, server.take(asked), asked)
            except (BrokenPipeError, ConnectionResetError):
                server.left.append(time.monotonic())
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _answer(
    handler: BaseHTTPRequestHandler, server: ModelServer, reply: Reply, asked: Asked
) -> None:
    _pause(handler, server, reply.wait)
    if reply.status >= 300:
        content = json.dumps(
            {"error": dict(reply.error)} | ({"type": "error"} if _anthropic(asked) else {})
        ).encode()
        handler.send_response_only(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
        return
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    events = _anthropic_events(reply, asked) if _anthropic(asked) else _openai_events(reply, asked)
    for event in events:
        _send(handler, event)
        _pause(handler, server, reply.pause)
    if reply.ending in ("whole", "length"):
        _send(handler, b"")
        return
    _misbehave(handler, server, reply.ending)


def _misbehave(handler: BaseHTTPRequestHandler, server: ModelServer, ending: Ending) -> None:
    handler.close_connection = True
    if ending == "hang":
        _pause(handler, server, 30)
    elif ending == "garbage":
        _send(handler, b'event: message_delta\ndata: {"type": "message_delta", <html>\n\n')
        _send(handler, b"")
    elif ending == "error":
        error = {"type": "overloaded_error", "message": "Overloaded"}
        line = json.dumps({"type": "error", "error": error}).encode()
        _send(handler, b"event: error\ndata: " + line + b"\n\n")
        _send(handler, b"")
    elif ending == "flood":
        while True:
            _send(handler, b": nothing to say\n\n" * 5000)
    elif ending == "reset":
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close() if ending == "reset" else None


def _pause(handler: BaseHTTPRequestHandler, server: ModelServer, seconds: float) -> None:
    """Wait, or note that the client goes away meanwhile."""
    if not seconds:
        return
    readable, _, _ = select.select([handler.connection], [], [], seconds)
    if readable:
        raise BrokenPipeError


def _send(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    handler.wfile.flush()


def _anthropic(asked: Asked) -> bool:
    return asked.path.endswith("/messages")


def _openai_events(reply: Reply, asked: Asked) -> Iterator[bytes]:
    def event(**fields: Any) -> bytes:
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1}
        return f"data: {json.dumps(chunk | {'model': asked.body['model']} | fields)}\n\n".encode()

    def choice(delta: object, finish: str | None = None) -> list[dict[str, object]]:
        return [{"index": 0, "delta": delta, "finish_reason": finish}]

    yield event(choices=choice({"role": "assistant", "content": ""}))
    for word in reply.words:
        yield event(choices=choice({"content": word}))
    if reply.ending in ("whole", "length"):
        finish = "stop" if reply.ending == "whole" else "length"
        yield event(choices=choice({}, finish))
        if reply.usage:
            tokens = {"prompt_tokens": 31, "completion_tokens": 7, "total_tokens": 38}
            yield event(choices=[], usage=tokens)
        yield b"data: [DONE]\n\n"


def _anthropic_events(reply: Reply, asked: Asked) -> Iterator[bytes]:
    def event(type: str, **fields: Any) -> bytes:
        return f"event: {type}\ndata: {json.dumps({'type': type} | fields)}\n\n".encode()

    read = {"input_tokens": 11, "cache_read_input_tokens": 20} if reply.usage else {}
    message = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": asked.body["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 1} | read,
    }
    yield event("message_start", message=message)
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    yield event("ping")
    for word in reply.words:
        yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": word})
    if reply.ending in ("whole", "length"):
        stop = "end_turn" if reply.ending == "whole" else "max_tokens"
        yield event("content_block_stop", index=0)
        delta = {"stop_reason": stop, "stop_sequence": None}
        yield event("message_delta", delta=delta, usage={"output_tokens": 7})
        yield event("message_stop")

"""A network that opens nothing: it notes what fetching asks it for, and answers itself."""

import re

import httpcore2

PUBLIC = "93.184.216.34"
OTHER_PUBLIC = "8.8.8.8"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"


class RecordingNetwork:
    """Notes what is resolved, opened and sent.

    ``records`` gives a name's addresses, one list after the other, the last one for good; an
    unknown name is public. ``answers`` are sent back by ``host/path``, ``otherwise`` by all others.
    """

    def __init__(
        self,
        records: dict[str, list[list[str]]] | None = None,
        answers: dict[str, bytes] | None = None,
        otherwise: bytes = OK,
    ) -> None:
        self._records = records or {}
        self._answers = answers or {}
        self._otherwise = otherwise
        self.resolved: list[str] = []
        self.opened: list[tuple[str, int]] = []
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        turns = self._records.get(host, [[PUBLIC]])
        return turns.pop(0) if len(turns) > 1 else turns[0]

    async def connect(
        self, address: str, port: int, seconds: float | None
    ) -> httpcore2.AsyncNetworkStream:
        self.opened.append((address, port))
        return Stream(self)

    def answer(self, request: bytes) -> bytes:
        target = request.split(b" ", 2)[1].decode()
        host = re.search(rb"\r\nhost: ([^\r]+)", request, re.IGNORECASE)
        assert host is not None
        self.asked.append(host[1].decode())
        return self._answers.get(host[1].decode() + target, self._otherwise)


class Stream(httpcore2.AsyncNetworkStream):
    def __init__(self, network: RecordingNetwork) -> None:
        self._network = network
        self._answer = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        piece, self._answer = self._answer[:max_bytes], self._answer[max_bytes:]
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if buffer:
            self._answer += self._network.answer(buffer)

    async def start_tls(self, *_: object, **__: object) -> httpcore2.AsyncNetworkStream:
        return self

    async def aclose(self) -> None:
        pass


def redirect(location: str, status: int = 302) -> bytes:
    """An answer that redirects."""
    head = f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    return head.encode()

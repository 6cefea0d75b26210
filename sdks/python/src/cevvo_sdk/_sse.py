"""Server-sent events, as the WHATWG HTML standard has them interpreted (9.2.6)."""

import re

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class SSEDecoder:
    """Turns bytes into the data of events, however they are cut.

    Lines end with LF, CR or CRLF; comments and other fields are skipped; several ``data`` lines
    are joined by LF; an event without its closing blank line is dropped.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._after_cr = False
        self._at_start = True
        self._data: list[str] = []

    def push(self, received: bytes) -> list[str]:
        """The data of the events that these bytes complete."""
        if self._after_cr and received.startswith(b"\n"):
            received = received[1:]  # the second half of a CRLF
            self._after_cr = False
        self._after_cr = received.endswith(b"\r") or (self._after_cr and not received)
        *lines, self._rest = _LINE_END.split(self._rest + received)
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, line: bytes) -> str | None:
        if self._at_start:
            line = line.removeprefix(_BYTE_ORDER_MARK)
            self._at_start = False
        if not line:
            data, self._data = self._data, []
            return "\n".join(data) if data else None
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" ").decode(errors="replace"))
        return None

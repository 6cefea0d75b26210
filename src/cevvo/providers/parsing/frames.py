"""Messages between the server and a parsing process: JSON, each after its length; no pickle.

Server to process: a header ``{media_type, name, url, selector, size, cpu_seconds}``, then ``size``
bytes.
Back: ``{"blocks": [[kind, text, level, anchor, page], …]}`` any number of times, then
``{"document": {…}}`` or ``{"error": reason, "message": …}``. Blocks come in portions, so that the
server's event loop never decodes much at once.
"""

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from cevvo.domain.documents import Block, ParsedDocument

READER = "reader"
"""Argument that makes a process one that recognises text in the pictures of a PDF, too."""
LENGTH_BYTES = 4
MAX_FRAME = 256_000_000
_PORTION = 200_000  # characters


def encode(message: dict[str, Any]) -> bytes:
    """A message with its length before it. Half surrogate pairs, which UTF-8 cannot hold, survive
    as escapes."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def write_frame(sink: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message and flush."""
    sink.write(encode(message))
    sink.flush()


def read_request(source: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next header and its document; None when the other side has closed."""
    prefix = source.read(LENGTH_BYTES)
    if len(prefix) < LENGTH_BYTES:
        return None
    header: dict[str, Any] = json.loads(source.read(int.from_bytes(prefix, "big")))
    content = source.read(header["size"])
    return (header, content) if len(content) == header["size"] else None


def document_frames(document: ParsedDocument) -> list[dict[str, Any]]:
    """The messages that carry a document."""
    frames: list[dict[str, Any]] = []
    portion: list[list[Any]] = []
    size = 0
    for block in document.blocks:
        portion.append([block.kind, block.text, block.level, block.anchor, block.page])
        size += len(block.text)
        if size >= _PORTION:
            frames.append({"blocks": portion})
            portion, size = [], 0
    frames.append({"blocks": portion})
    fields = {
        "title": document.title,
        "language": document.language,
        "unit_count": document.unit_count,
        "links": document.links,
        "canonical": document.canonical,
        "noindex": document.noindex,
        "nofollow": document.nofollow,
        "refusal": document.refusal,
        "warnings": document.warnings,
        "unread_pages": document.unread_pages,
    }
    frames.append({"document": fields})
    return frames


def blocks_from(rows: Iterable[list[Any]]) -> list[Block]:
    """The blocks of one message."""
    return [Block(*row) for row in rows]


def document_from(fields: dict[str, Any], blocks: Iterable[Block]) -> ParsedDocument:
    """A document from the message that ends it and the blocks before."""
    for name in ("links", "warnings", "unread_pages"):
        fields[name] = tuple(fields[name])
    return ParsedDocument(blocks=tuple(blocks), **fields)

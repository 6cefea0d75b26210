"""The process that parses: reads documents from stdin and writes what they hold to stdout.

Started by ``sandbox.py`` and by nobody else. A document is a header and its bytes; the answer is
any number of frames with blocks and one that ends it (``frames.py``). Once the libraries are loaded
the process gives up, for good, memory without measure, files and sockets; it then reads its first
byte. It exits when its input ends.
"""

import ctypes
import gc
import heapq  # noqa: F401 -- Counter imports it when first asked for the most common
import resource
import signal
import sys
import traceback
import xml.dom.expatbuilder  # noqa: F401 -- mammoth's XML parser imports it when first used
from collections.abc import Callable
from dataclasses import replace
from typing import Any, BinaryIO

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import IngestError, Permanent
from cevvo.providers.parsing.docx import parse_docx
from cevvo.providers.parsing.frames import READER, document_frames, read_request, write_frame
from cevvo.providers.parsing.html import parse_html
from cevvo.providers.parsing.language import document_language
from cevvo.providers.parsing.markdown import parse_markdown
from cevvo.providers.parsing.media_types import DOCX
from cevvo.providers.parsing.pdf import parse_pdf
from cevvo.providers.parsing.pdf_lines import Line
from cevvo.providers.parsing.pdf_ocr import PageReader, Picture, page_reader
from cevvo.providers.parsing.plain_text import parse_plain_text

MEMORY = 1 << 30
"""Bytes of address space; the libraries take about 200 MB of it, most of that reserved only."""
READER_MEMORY = 4 << 30
"""The same for a process that recognises text, whose models take 1.2 GB."""
_CPU_SECONDS_PER_PICTURE = 60
_MAX_CHARACTERS = 20_000_000  # some 8,000 pages
_MAX_LINES = 500_000
_MAX_ANCHOR = 1_000  # characters; each passage under a heading has its anchor
_RECURSION = 30_000
_KILL_WITH_PARENT = 1  # PR_SET_PDEATHSIG in linux/prctl.h


def confine(memory: int = MEMORY) -> None:
    """Give up what parsing does not need. Nothing loaded later can be imported from disk."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_KILL_WITH_PARENT, signal.SIGKILL)
    sys.setrecursionlimit(_RECURSION)
    gc.freeze()  # what is loaded now stays: collections need not look at it
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),  # open files stay open; no further file or socket can be had
    ):
        if limit != resource.RLIMIT_AS or sys.platform == "linux":  # macOS refuses to limit it
            resource.setrlimit(limit, (value, value))


def serve(source: BinaryIO, sink: BinaryIO, read_page: PageReader | None = None) -> None:
    """Say that the process is ready, then answer requests until the input ends."""

    def read_picture(picture: Picture, page: int) -> list[Line]:
        write_frame(sink, {"blocks": []})  # a sign of life
        _allow_cpu(_CPU_SECONDS_PER_PICTURE)
        assert read_page is not None
        return read_page(picture, page)

    write_frame(sink, {"ready": True})
    while (request := read_request(source)) is not None:
        header, content = request
        _allow_cpu(header["cpu_seconds"])
        for frame in _answer(header, content, read_picture if read_page else None):
            write_frame(sink, frame)
        del request, content
        gc.collect()


def _allow_cpu(seconds: int) -> None:
    """Let the process use ``seconds`` of CPU from now on; then it is killed by SIGXCPU."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, hard))


def _bounded(document: ParsedDocument) -> ParsedDocument:
    """``document``, if the server can take it in: what follows holds all of it in memory."""
    characters = sum(len(block.text) for block in document.blocks)
    lines = sum(block.text.count("\n") + 1 for block in document.blocks)
    if characters > _MAX_CHARACTERS or lines > _MAX_LINES:
        raise Permanent(
            f"The document holds {characters:,} characters in {lines:,} lines; {_MAX_CHARACTERS:,} "
            f"and {_MAX_LINES:,} can be taken in: split it.",
            reason="too_complex",
        )
    return replace(document, blocks=tuple(map(_anchored, document.blocks)))


def _anchored(block: Block) -> Block:
    return replace(block, anchor=None) if len(block.anchor or "") > _MAX_ANCHOR else block


def _answer(
    header: dict[str, Any], content: bytes, read_page: PageReader | None
) -> list[dict[str, Any]]:
    try:
        return document_frames(_bounded(_parse(content, header, read_page)))
    except IngestError as error:
        return [{"error": error.reason, "message": error.message}]
    except (MemoryError, RecursionError):
        return [
            {
                "error": "too_complex",
                "message": "The document is too large or too deeply nested to be read.",
            }
        ]
    except Exception:  # noqa: BLE001 -- whatever a document provokes, the caller gets an answer
        return [{"error": "internal", "message": traceback.format_exc(limit=-5)}]


def _parse(content: bytes, header: dict[str, Any], read_page: PageReader | None) -> ParsedDocument:
    name = header["name"]
    parsers: dict[str, Callable[[], ParsedDocument]] = {
        "application/pdf": lambda: parse_pdf(content, name=name, read_page=read_page),
        DOCX: lambda: parse_docx(content, name=name),
        "text/html": lambda: parse_html(
            content, name=name, url=header["url"], selector=header["selector"]
        ),
        "text/markdown": lambda: parse_markdown(content, name=name),
        "text/plain": lambda: parse_plain_text(content, name=name),
    }
    document = parsers[header["media_type"]]()
    return replace(document, language=document_language(document.language, document.blocks))


if __name__ == "__main__":
    reader = page_reader() if READER in sys.argv else None
    confine(READER_MEMORY if reader else MEMORY)
    serve(sys.stdin.buffer, sys.stdout.buffer, reader)

"""Parsing in processes of its own: a document can exhaust, stall or crash one of those, no more.

At most two processes, started when first needed, each for one document at a time. A process that
oversteps its time is killed; the next document gets a new one. PDF files with pages that are
pictures go on to one more, if text recognition is installed: it has more memory and time.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent, Transient
from cevvo.providers.parsing import pdf_ocr
from cevvo.providers.parsing.base import MediaType
from cevvo.providers.parsing.frames import (
    LENGTH_BYTES,
    MAX_FRAME,
    READER,
    blocks_from,
    document_from,
    encode,
)
from cevvo.providers.parsing.media_types import DOCX

_CHILD = "cevvo.providers.parsing.child"
_PROCESSES = 2
_DOCUMENTS_PER_PROCESS = 1000  # then a fresh one, for memory leaked or fragmented; 0.3 s of CPU
_BYTES_PER_PROCESS = 64_000_000
# A small file that takes long is a bomb (60 kB of PDF can cost 14 s); a large one may take longer.
_CPU_SECONDS = 8
_CPU_SECONDS_PER_MB = 2
_PACKED = 16  # times: the XML of a DOCX that people write, by measurement 10 to 20
_DEADLINE = 30.0
_PICTURE_DEADLINE = 180.0  # for each page whose text is recognised
# The last page may be begun just before the end, and what was read is then put together.
_READING_DEADLINE = pdf_ocr.READING_SECONDS + 2 * _PICTURE_DEADLINE
_START_DEADLINE = 60.0

# Errors that may leave a process short of memory; others, such as no_content, are everyday ones.
_WEARING = ("too_complex", "internal")
_EXIT_DEADLINE = 2.0

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Child:
    process: Process
    documents: int = 0
    taken: int = 0


class _Died(Exception):
    """The process ended in the middle of a document."""


class SandboxedParser:
    """A Parser whose every format is read in a confined child process (see ``child.py``).

    ``deadline`` is in seconds of wall clock for one document once a process is free for it. Belongs
    to one event loop.
    """

    def __init__(self, deadline: float = _DEADLINE) -> None:
        self._parsers = _Pool((), _PROCESSES, deadline)
        self._readers = _Pool((READER,), 1, _PICTURE_DEADLINE, _READING_DEADLINE)

    async def parse(
        self,
        content: bytes,
        media_type: MediaType,
        *,
        name: str,
        url: str | None = None,
        selector: str | None = None,
    ) -> ParsedDocument:
        """See ``Parser.parse``."""
        header = {"media_type": media_type, "name": name, "url": url, "selector": selector}
        try:
            document = await self._parsers.parse(header, content)
        except Permanent as error:
            if error.reason != "scanned" or not pdf_ocr.is_installed():
                raise
        else:
            if not document.unread_pages or not pdf_ocr.is_installed():
                return document
        return await self._readers.parse(header, content)

    async def close(self) -> None:
        """Kill the processes and wait for their end. A document being read fails as Transient."""
        await asyncio.gather(self._parsers.close(), self._readers.close())


class _Pool:
    """Processes of one kind.

    ``deadline`` is for a whole document; with ``in_all`` it is for each of its pages, and
    ``in_all`` for the document. Both are in seconds.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        processes: int,
        deadline: float,
        in_all: float | None = None,
    ) -> None:
        self._arguments = arguments
        self._deadline = deadline
        self._in_all = in_all
        self._free = asyncio.Semaphore(processes)
        self._idle: list[_Child] = []
        self._all: dict[int, _Child] = {}
        self._closed = False

    async def parse(self, header: dict[str, Any], content: bytes) -> ParsedDocument:
        """Have a document parsed, as ``frames.py`` describes."""
        cpu_seconds = _cpu_seconds(header["media_type"], len(content))
        header = header | {"size": len(content), "cpu_seconds": cpu_seconds}
        async with self._free:
            child = await self._obtain()
            try:
                async with asyncio.timeout(self._deadline) as timeout:
                    more_time = self._more_time(timeout)
                    answer = await _exchange(child.process, header, content, more_time)
            except TimeoutError as error:
                await self._discard(child)
                raise self._too_long() from error
            except _Died as error:
                status = await self._ended(child)
                raise self._reason_of_death(status, cpu_seconds) from error
            except BaseException:
                await self._discard(child)
                raise
            await self._give_back(child, len(content), worn=answer[1].get("error") in _WEARING)
        return _document(answer)

    async def close(self) -> None:
        """Kill the processes and wait for their end."""
        self._closed = True
        await asyncio.gather(*(self._discard(child) for child in list(self._all.values())))

    async def _obtain(self) -> _Child:
        if self._closed:
            raise Transient("The parser is shutting down.", reason="internal")
        while self._idle:
            child = self._idle.pop()
            if child.process.returncode is None:
                return child
            await self._discard(child)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", _CHILD, *self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the server, which then closes this
        )
        child = _Child(process)
        self._all[process.pid] = child
        try:
            async with asyncio.timeout(_START_DEADLINE):
                await _read(process)
        except BaseException as error:
            await self._discard(child)
            if isinstance(error, TimeoutError | _Died):
                raise Transient("The parser could not be started.", reason="internal") from error
            raise
        return child

    async def _give_back(self, child: _Child, size: int, *, worn: bool) -> None:
        """Keep the process for the next document, unless it is ``worn`` or has done its share."""
        child.documents += 1
        child.taken += size
        worn = (
            worn or child.documents >= _DOCUMENTS_PER_PROCESS or child.taken >= _BYTES_PER_PROCESS
        )
        if worn or self._closed:
            await self._discard(child)
        else:
            self._idle.append(child)

    async def _ended(self, child: _Child) -> int:
        """The exit status of a process that has just closed its output."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EXIT_DEADLINE):
                await child.process.wait()
        return await self._discard(child)

    async def _discard(self, child: _Child) -> int:
        """Kill the process, if it still lives, and wait for its end. Its exit status."""
        self._all.pop(child.process.pid, None)
        if child in self._idle:
            self._idle.remove(child)
        with contextlib.suppress(ProcessLookupError):
            child.process.kill()
        return await child.process.wait()

    def _more_time(self, timeout: asyncio.Timeout) -> Callable[[], None] | None:
        """What gives a document the time for its next page, as long as it has some."""
        if self._in_all is None:
            return None
        clock = asyncio.get_running_loop().time
        end = clock() + self._in_all
        return lambda: timeout.reschedule(min(clock() + self._deadline, end))

    def _too_long(self) -> Permanent:
        limit = f"{self._deadline:g} s"
        if self._in_all is not None:
            limit += f" for a page, or {self._in_all:g} s in all,"
        return Permanent(
            f"The document took longer than {limit} to read: split it.", reason="too_complex"
        )

    def _reason_of_death(self, status: int, cpu_seconds: int) -> Permanent | Transient:
        if self._closed:
            return Transient("The parser is shutting down.", reason="internal")
        if status == -signal.SIGKILL:
            return Transient("The parser was killed from outside.", reason="internal")
        if status == -signal.SIGXCPU:
            return Permanent(
                f"The document needed more than {cpu_seconds} s of computing time: split it.",
                reason="too_complex",
            )
        return Permanent(
            "The document crashed the parser or used up its memory: save it anew or split it.",
            reason="too_complex",
        )


def _cpu_seconds(media_type: MediaType, size: int) -> int:
    """What a document of ``size`` bytes may take, at most the deadline."""
    megabytes = size * (_PACKED if media_type == DOCX else 1) / 1_000_000
    return int(min(_CPU_SECONDS + _CPU_SECONDS_PER_MB * megabytes, _DEADLINE))


def _environment() -> dict[str, str]:
    """Nothing of the server's environment, which may hold secrets, but where libraries are."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"OPENBLAS_NUM_THREADS": "1", "LANG": "C.UTF-8", **kept}


async def _exchange(
    process: Process,
    header: dict[str, Any],
    content: bytes,
    more_time: Callable[[], None] | None,
) -> tuple[list[Block], dict[str, Any]]:
    """Send a document, gather the blocks and the message that ends the answer. ``more_time`` is
    called with each message."""
    assert process.stdin is not None
    try:
        process.stdin.write(encode(header))
        process.stdin.write(content)
        await process.stdin.drain()
    except ConnectionError as error:
        raise _Died from error
    blocks: list[Block] = []
    while True:
        message = await _read(process)
        if "blocks" not in message:
            return blocks, message
        if more_time is not None:
            more_time()
        blocks += blocks_from(message["blocks"])


async def _read(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    try:
        prefix = await process.stdout.readexactly(LENGTH_BYTES)
        size = int.from_bytes(prefix, "big")
        if size > MAX_FRAME:
            raise _Died
        message: dict[str, Any] = json.loads(await process.stdout.readexactly(size))
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise _Died from error
    return message


def _document(answer: tuple[list[Block], dict[str, Any]]) -> ParsedDocument:
    blocks, message = answer
    if "document" in message:
        return document_from(message["document"], blocks)
    if message["error"] == "internal":
        _log.error("parser_failed", trace=message["message"])
        raise Transient("The parser failed on this document.", reason="internal")
    raise Permanent(message["message"], reason=message["error"])

"""Documents that kill, stall or exhaust their parser, and what the process may not do."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any, TypeVar, cast

import pytest

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent, Transient
from cevvo.providers.parsing import sandbox
from cevvo.providers.parsing.base import MediaType
from cevvo.providers.parsing.html import parse_html
from cevvo.providers.parsing.media_types import DOCX
from cevvo.providers.parsing.sandbox import SandboxedParser
from made_docx import docx, paragraph
from parser_processes import parser_processes

SAMPLES = Path(__file__).parent / "samples"
# Each paragraph brings all these elements back, since none was closed: memory without end.
MEMORY_BOMB = b"<p>" + b"".join(b"<b a=%d>" % n for n in range(2500)) + b"</p>" + b"<p>x" * 20_000
# The walk looks into every level again: seconds of work.
SLOW_PAGE = b"<span>" * 2900 + b"<p>x" * 32_000


T = TypeVar("T")


def run(work: Callable[[SandboxedParser], Awaitable[T]], deadline: float = 30.0) -> T:
    async def main() -> T:
        parser = SandboxedParser(deadline)
        try:
            return await work(parser)
        finally:
            await parser.close()

    return asyncio.run(main())


async def small(parser: SandboxedParser) -> ParsedDocument:
    return await parser.parse(b"<h1>Small</h1><p>page</p>", "text/html", name="small.html")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def refused(content: bytes, media_type: MediaType = "text/html", deadline: float = 30.0) -> str:
    """The reason why ``content`` fails; the parser works on afterwards."""

    async def work(parser: SandboxedParser) -> str:
        with pytest.raises(Permanent) as caught:
            await parser.parse(content, media_type, name="x")
        assert (await small(parser)).title == "Small"
        return caught.value.reason

    return run(work, deadline)


def test_every_type_goes_through() -> None:
    pdf = (SAMPLES / "minimal.pdf").read_bytes()
    docx = (SAMPLES / "minimal.docx").read_bytes()
    page = (SAMPLES / "sphinx.html").read_bytes()

    async def work(parser: SandboxedParser) -> list[ParsedDocument]:
        return [
            await parser.parse(page, "text/html", name="s.html", url="https://x.example/a/s.html"),
            await parser.parse(b"# One\n\n`two`", "text/markdown", name="a.md"),
            await parser.parse("Größe".encode("cp1252"), "text/plain", name="a.txt"),
            await parser.parse(pdf, "application/pdf", name="a.pdf"),
            await parser.parse(docx, DOCX, name="a.docx"),
        ]

    parsed = run(work)
    assert parsed[0] == parse_html(page, name="s.html", url="https://x.example/a/s.html")
    assert parsed[1].blocks == (
        Block("heading", "# One", 1, "one"),
        Block("paragraph", "`two`"),
    )
    assert parsed[2].blocks == (Block("paragraph", "Größe"),)
    assert parsed[3].blocks == (Block("paragraph", "Hello from a page.", page=1),)
    assert parsed[4].blocks[0].text == "# Hello"


def test_r25_memory() -> None:
    assert refused(MEMORY_BOMB) == "too_complex"


def test_r25_computing_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_CPU_SECONDS", 1)
    assert refused(SLOW_PAGE) == "too_complex"


def test_a_long_docx_may_take_longer_than_one_that_inflates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both are seconds of work; people's words are not packed to nothing."""
    monkeypatch.setattr(sandbox, "_CPU_SECONDS", 1)
    words = Random(1)
    long = docx("".join(paragraph(f"{words.getrandbits(96):x}") for _ in range(20_000)))
    inflating = docx(paragraph("the same again and again") * 60_000)
    assert len(inflating) < len(long) / 4

    async def work(parser: SandboxedParser) -> ParsedDocument:
        return await parser.parse(long, DOCX, name="long.docx")

    assert len(run(work).blocks) > 100
    assert refused(inflating, DOCX) == "too_complex"


def test_r25_wall_clock() -> None:
    async def work(parser: SandboxedParser) -> None:
        await small(parser)
        (child,) = parser_processes()
        parser._parsers._deadline = 0.2  # not before the small one, which must not take so long
        with pytest.raises(Permanent, match=r"longer than 0\.2 s") as caught:
            await parser.parse(SLOW_PAGE, "text/html", name="x")
        assert caught.value.reason == "too_complex"
        assert not alive(child)

    run(work)


def test_r25_wall_clock_of_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sign_of_life(_process: object) -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"blocks": []}

    monkeypatch.setattr(sandbox, "_read", sign_of_life)

    async def main() -> None:
        pool = sandbox._Pool((), 1, deadline=20, in_all=0.2)
        try:
            async with asyncio.timeout(20):
                with pytest.raises(Permanent, match=r"20 s for a page, or 0\.2 s in all") as caught:
                    await pool.parse({"media_type": "application/pdf"}, b"")
            assert caught.value.reason == "too_complex"
        finally:
            await pool.close()

    asyncio.run(main())


def test_r25_a_million_nested_elements() -> None:
    assert refused(b"<div>" * 1_000_000) == "too_complex"


def test_more_text_than_the_server_can_take_in() -> None:
    assert refused(b"a\n" * 600_000, "text/plain") == "too_complex"


def test_r25_an_anchor_without_end_is_none() -> None:
    page = f"<h1 id=top>Title</h1><h2 id={'x' * 100_000}>Part</h2><p>Text.</p>".encode()
    document = run(lambda parser: parser.parse(page, "text/html", name="page.html"))
    assert [block.anchor for block in document.blocks] == ["top", None, None]
    text = f"# {'y' * 100_000}\n\nText.".encode()
    document = run(lambda parser: parser.parse(text, "text/markdown", name="text.md"))
    assert [block.anchor for block in document.blocks] == [None, None]


def test_r25_zip_bomb() -> None:
    bomb = (SAMPLES / "bomb.docx").read_bytes()  # 50 kB of a document of 50 MB
    assert len(bomb) < 60_000
    assert refused(bomb, DOCX) == "too_complex"


def test_the_child_can_open_neither_file_nor_socket() -> None:
    source = """
        import errno, os, socket, subprocess
        from cevvo.providers.parsing import child

        def denied(attempt):
            try:
                attempt()
            except OSError as error:
                return error.errno == errno.EMFILE
            return False

        child.confine()
        print(
            denied(lambda: open("/etc/hostname")),
            denied(lambda: open("/dev/null", "w")),
            denied(lambda: os.listdir("/")),
            denied(lambda: socket.socket()),
            denied(lambda: socket.socketpair()),
            denied(lambda: os.pipe()),
            denied(lambda: subprocess.run(["true"], capture_output=True)),
        )
    """
    shown = subprocess.run(
        [sys.executable, "-I", "-c", textwrap.dedent(source)], capture_output=True, text=True
    )
    assert shown.stdout.split() == ["True"] * 7, shown.stderr


def test_the_child_has_a_bounded_memory() -> None:
    source = "from cevvo.providers.parsing import child; child.confine(); bytearray(child.MEMORY)"
    shown = subprocess.run([sys.executable, "-I", "-c", source], capture_output=True, text=True)
    assert shown.stderr.strip().endswith("MemoryError")


def test_the_child_gets_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEVVO_SECRET", "hunter2")

    async def work(parser: SandboxedParser) -> bytes:
        await small(parser)
        (child,) = parser_processes()
        return environment(child)

    assert b"OPENBLAS_NUM_THREADS=1" in run(work)
    assert b"hunter2" not in run(work)


def test_at_most_two_processes_serve_many_at_once() -> None:
    async def work(parser: SandboxedParser) -> tuple[list[ParsedDocument], int]:
        pages = [f"<h1>{n}</h1><p>{n}".encode() for n in range(40)]
        tasks = (parser.parse(page, "text/html", name="x") for page in pages)
        return await asyncio.gather(*tasks), len(parser_processes())

    documents, processes = run(work)
    assert [document.title for document in documents] == [str(n) for n in range(40)]
    assert processes == 2


def test_the_event_loop_goes_on_meanwhile() -> None:
    async def work(parser: SandboxedParser) -> int:
        await small(parser)
        parsing = asyncio.create_task(parser.parse(SLOW_PAGE, "text/html", name="x"))
        ticks = 0
        while not parsing.done() and ticks < 20:
            await asyncio.sleep(0.01)
            ticks += 1
        parsing.cancel()
        await asyncio.gather(parsing, return_exceptions=True)
        return ticks

    assert run(work) == 20


def test_cancelling_a_document_leaves_the_parser_whole() -> None:
    async def work(parser: SandboxedParser) -> None:
        await small(parser)
        (child,) = parser_processes()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(parser.parse(SLOW_PAGE, "text/html", name="x"), 0.2)
        assert not alive(child)
        assert (await small(parser)).title == "Small"

    run(work)


def test_a_process_killed_from_outside_is_not_the_documents_fault() -> None:
    async def work(parser: SandboxedParser) -> None:
        await small(parser)
        (child,) = parser_processes()
        parsing = asyncio.create_task(parser.parse(SLOW_PAGE, "text/html", name="x"))
        await asyncio.sleep(0.1)
        os.kill(child, signal.SIGKILL)
        with pytest.raises(Transient, match="killed from outside"):
            await parsing
        await small(parser)
        (waiting,) = parser._parsers._idle
        os.kill(waiting.process.pid, signal.SIGKILL)  # while it waits for work
        await waiting.process.wait()
        assert (await small(parser)).title == "Small"

    run(work)


def test_a_fault_of_the_parser_is_transient() -> None:
    async def work(parser: SandboxedParser) -> None:
        with pytest.raises(Transient) as caught:
            await parser.parse(b"x", cast("MediaType", "text/unheard-of"), name="x")
        assert caught.value.reason == "internal"
        assert "Traceback" not in caught.value.message

    run(work)


def test_close_leaves_no_process_and_fails_what_is_in_flight() -> None:
    async def main() -> list[int]:
        parser = SandboxedParser()
        await small(parser)
        parsing = asyncio.create_task(parser.parse(SLOW_PAGE, "text/html", name="x"))
        await asyncio.sleep(0.1)
        started = parser_processes()
        await parser.close()
        with pytest.raises(Transient, match="shutting down"):
            await parsing
        with pytest.raises(Transient, match="shutting down"):
            await small(parser)
        return started

    before = set(parser_processes())
    started = asyncio.run(main())
    assert started
    assert not any(map(alive, started))
    assert set(parser_processes()) == before


def test_a_killed_server_leaves_no_process() -> None:
    source = """
        import asyncio
        from cevvo.providers.parsing.sandbox import SandboxedParser

        async def main():
            parser = SandboxedParser()
            page = b"<p>x"
            await asyncio.gather(*(parser.parse(page, "text/html", name="x") for _ in range(2)))
            print(*(child.process.pid for child in parser._parsers._idle), flush=True)
            slow = b"<span>" * 2900 + b"<p>x" * 100_000  # one is busy, one idle
            await parser.parse(slow, "text/html", name="x")

        asyncio.run(main())
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert len(pids) == 2
        server.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(alive, pids))

"""PDF files: from lines as printed to blocks with headings and pages."""

import re
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.characters import title, visible
from cevvo.providers.parsing.names import title_from
from cevvo.providers.parsing.pdf_blocks import blocks_of
from cevvo.providers.parsing.pdf_file import PdfFile, opened
from cevvo.providers.parsing.pdf_headings import without_contents
from cevvo.providers.parsing.pdf_lines import HYPHEN, Line, without_furniture
from cevvo.providers.parsing.pdf_ocr import (
    DOTS_PER_INCH,
    MAX_PICTURES,
    READING_SECONDS,
    REMEDY,
    PageReader,
)

_JOINT = re.compile(r"(?<!\w)(\w+)\ufffe(\w+)")
_WORD = re.compile(r"\w+(?:-\w+)*")
_NO_TITLE = re.compile(
    r"^(?:untitled.*|microsoft word.*|.*\.(?:docx?|indd|tex|pdf|qxd|dvi|fm))$", re.I
)


def parse_pdf(content: bytes, *, name: str, read_page: PageReader | None = None) -> ParsedDocument:
    """Read a PDF; with ``read_page``, pages that are pictures too, up to the limits of pdf_ocr.

    Raises Permanent: ``encrypted``, ``scanned`` (no text at all), ``unreadable``, ``too_complex``
    (more than 20,000 pages).
    """
    with opened(content) as file:
        pages = [file.lines(index) for index in range(file.page_count)]
        pictures = [n for n, lines in enumerate(pages) if not lines and file.is_drawn_on(n)]
        recognised = [] if read_page is None else _recognise(file, pages, pictures, read_page)
        outline, language, written_title = file.outline(), file.language(), file.title()
    left = [] if read_page is None else [n + 1 for n in pictures if n not in recognised]
    blank = [n for n, lines in enumerate(pages, start=1) if not lines and n not in left]
    _check_legible(pages)
    pages = without_contents(without_furniture(_dehyphenated(pages)), outline)
    blocks = blocks_of(pages, outline)
    return ParsedDocument(
        title=_title(written_title, blocks, name),
        blocks=tuple(blocks),
        language=language,
        unit_count=len(pages),
        warnings=_warnings(blank, recognised, left, len(pages)),
        unread_pages=tuple(index + 1 for index in pictures if index not in recognised),
    )


def _recognise(
    file: PdfFile, pages: list[list[Line]], pictures: Sequence[int], read_page: PageReader
) -> set[int]:
    """Put the lines of pictures into ``pages`` up to the limits; which of them were read."""
    recognised: set[int] = set()
    end = time.monotonic() + READING_SECONDS
    for index in pictures[:MAX_PICTURES]:
        pages[index] = read_page(file.picture(index, DOTS_PER_INCH), index + 1)
        recognised.add(index)
        if time.monotonic() >= end:
            break
    return recognised


def _check_legible(pages: Sequence[Sequence[Line]]) -> None:
    text = "".join(line.text for page in pages for line in page)
    if not any(character.isalnum() for character in text):
        raise Permanent(
            f"The PDF holds only pictures of pages, and no text was read in them: {REMEDY}",
            reason="scanned",
        )
    unmapped = sum(c == "\ufffd" or "\ue000" <= c <= "\uf8ff" for c in text)
    if unmapped > len(text) / 2:
        raise Permanent(
            "The PDF's fonts do not say which letters they show: make it anew, or run text "
            "recognition (OCR) on it.",
            reason="unreadable",
        )


def _dehyphenated(pages: list[list[Line]]) -> list[list[Line]]:
    """Words broken at a line's end made whole. The hyphen stays where the rest of the document
    spells the word with one, or knows both halves but not the whole."""
    words = {
        word.lower()
        for page in pages
        for line in page
        for word in _WORD.findall(_JOINT.sub(" ", line.text))
    }

    def join(found: re.Match[str]) -> str:
        before, after = found[1], found[2]
        whole, hyphenated = (before + after).lower(), f"{before}-{after}".lower()
        keep = whole not in words and (
            hyphenated in words or (before.lower() in words and after.lower() in words)
        )
        return f"{before}-{after}" if keep else before + after

    return [[_with_text(line, join) for line in page] for page in pages]


def _with_text(line: Line, join: Callable[[re.Match[str]], str]) -> Line:
    if HYPHEN not in line.text:
        return line
    text = line.text
    while (whole := _JOINT.sub(join, text)) != text:  # again for a word over three lines
        text = whole
    return replace(line, text=text.replace(HYPHEN, "-"))


def _title(written: str, blocks: Sequence[Block], name: str) -> str:
    """The title that the file carries, unless it is a word processor's file name; else the first
    heading of the first two pages; else the name."""
    carried = title(visible(written))
    if carried and not _NO_TITLE.match(carried):
        return carried
    for block in blocks:
        if block.kind == "heading" and (block.page or 0) <= 2:
            return title(block.text.lstrip("# "))
    return title_from(name)


def _warnings(
    blank: Sequence[int], recognised: Collection[int], left: Sequence[int], pages: int
) -> tuple[str, ...]:
    warnings = []
    if recognised:
        shown = _numbers(sorted(index + 1 for index in recognised))
        warnings.append(
            f"{len(recognised)} of {pages} pages are pictures and were read by text recognition, "
            f"which makes mistakes: {shown}"
        )
    if left:
        warnings.append(
            f"{len(left)} of {pages} pages are pictures and were not read: text recognition ends "
            f"after {MAX_PICTURES} pictures of a document, or {READING_SECONDS // 60} minutes. "
            f"Split it: {_numbers(left)}"
        )
    if blank:
        warnings.append(
            f"{len(blank)} of {pages} pages hold no text (pictures only?): {_numbers(blank)}"
        )
    return tuple(warnings)


def _numbers(pages: Sequence[int]) -> str:
    return ", ".join(map(str, pages[:10])) + (", …" if len(pages) > 10 else "")

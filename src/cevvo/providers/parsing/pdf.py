"""PDF files through pdfium: text in reading order with position and type, outline, title."""

import ctypes
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pypdfium2
import pypdfium2.raw as pdfium

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.characters import one_line, title, visible
from cevvo.providers.parsing.names import title_from
from cevvo.providers.parsing.pdf_blocks import blocks_of
from cevvo.providers.parsing.pdf_headings import OutlineEntry, without_contents
from cevvo.providers.parsing.pdf_lines import Cell, Line, without_furniture

_MAX_PAGES = 20_000
_MAX_OUTLINE = 20_000
_FIXED_PITCH = 1  # PDF 32000-1, table 123: bit 1 of the font descriptor's flags
_WIDE_GAP = 1.6  # of the type size; justified lines stay below it
_FORCE_BOLD = 1 << 18
_MONO_NAME = re.compile(
    r"mono|courier|consol|code|typewriter|menlo|inconsolata"
    r"|(?:cm|sf|lm|ec|tx|t1x|pcr)b?tt(?![a-z])",  # of TeX
    re.I,
)
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|cmbx|sfbx", re.I)
_EDGES = tuple(ctypes.c_double() for _ in range(4))  # filled anew by every call: it is a hot one
_HYPHEN = "\ufffe"  # what pdfium puts for a hyphen at the end of a line, joining the lines
_JOINT = re.compile(r"(?<!\w)(\w+)\ufffe(\w+)")
_WORD = re.compile(r"\w+(?:-\w+)*")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_NO_TITLE = re.compile(
    r"^(?:untitled.*|microsoft word.*|.*\.(?:docx?|indd|tex|pdf|qxd|dvi|fm))$", re.I
)


def parse_pdf(content: bytes, *, name: str) -> ParsedDocument:
    """Read a PDF. Raises Permanent: ``encrypted``, ``scanned`` (no text at all), ``unreadable``,
    ``too_complex`` (more than 20,000 pages)."""
    document = _open(content)
    try:
        if len(document) > _MAX_PAGES:
            raise Permanent(
                f"The PDF has more than {_MAX_PAGES} pages: split it.", reason="too_complex"
            )
        pages = [_page_lines(document, index) for index in range(len(document))]
        outline = _outline(document)
        language, written_title = _language(document), document.get_metadata_dict().get("Title")
    except pypdfium2.PdfiumError as error:
        raise _unreadable() from error
    finally:
        document.close()
    blank = [number for number, lines in enumerate(pages, start=1) if not lines]
    _check_legible(pages)
    pages = without_contents(without_furniture(_dehyphenated(pages)), outline)
    blocks = blocks_of(pages, outline)
    return ParsedDocument(
        title=_title(written_title or "", blocks, name),
        blocks=tuple(blocks),
        language=language,
        unit_count=len(pages),
        warnings=_warnings(blank, len(pages)),
    )


def _open(content: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise Permanent(
                "The PDF is protected by a password: save it without one.", reason="encrypted"
            ) from error
        raise _unreadable() from error
    if len(document) == 0:
        document.close()
        raise _unreadable()
    return document


def _unreadable() -> Permanent:
    return Permanent("The PDF is damaged: make it anew and send that.", reason="unreadable")


def _page_lines(document: pypdfium2.PdfDocument, index: int) -> list[Line]:
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            return _lines(text_page, index + 1)
        finally:
            text_page.close()
    finally:
        page.close()


def _lines(text_page: pypdfium2.PdfTextPage, number: int) -> list[Line]:
    count = text_page.count_chars()
    text = text_page.get_text_range() if count > 0 else ""
    if len(text) != count:  # characters beyond the Basic Multilingual Plane, or left out ones
        text = "".join(_character(pdfium.FPDFText_GetUnicode(text_page, n)) for n in range(count))
    lines: list[Line] = []
    start = 0
    for part in text.split("\n"):
        content = part.rstrip("\r \x00")
        inner = len(content) - len(content.lstrip())
        if content.strip():
            lines.append(_line(text_page, number, content, start, inner))
        start += len(part) + 1
    return [line for line in lines if line.text]


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 else "\ufffd"


def _line(
    text_page: pypdfium2.PdfTextPage, page: int, content: str, start: int, inner: int
) -> Line:
    first, last = start + inner, start + len(content) - 1
    fonts = [_font(text_page, n) for n in _sample(content, start, inner, (0.5, 0.0))]
    if all(mono for _, mono in fonts):  # code, or prose that starts with some
        fonts += [_font(text_page, n) for n in _sample(content, start, inner, (0.25, 0.75, 1.0))]
    size = _size(text_page, _sample(content, start, inner, (0.5,))[0])
    return Line(
        page=page,
        text=_clean(content),
        left=_box(text_page, first)[0],
        right=_box(text_page, last)[1],
        top=_baseline(text_page, first),
        bottom=_baseline(text_page, last),
        size=size,
        bold=all(bold for bold, _ in fonts),
        mono=all(mono for _, mono in fonts),
        cells=_cells(text_page, content, start, _WIDE_GAP * size),
    )


def _sample(content: str, start: int, inner: int, places: Sequence[float]) -> list[int]:
    """Indices of characters at these places (0 to 1) of a line. No blanks: pdfium inserts some,
    which have neither font nor size."""
    last = len(content) - 1
    indices = (inner + round(place * (last - inner)) for place in places)
    return [start + (n + 1 if content[n] == " " else n) for n in indices]


def _cells(
    text_page: pypdfium2.PdfTextPage, content: str, start: int, gap: float
) -> tuple[Cell, ...]:
    """The parts of a line that gaps wider than ``gap`` points divide; empty if none does."""
    words = [(found.start(), found.end()) for found in re.finditer(r"[^ ]+", content)]
    if len(words) < 2:
        return ()
    edges = [(_box(text_page, start + a)[0], _box(text_page, start + b - 1)[1]) for a, b in words]
    starts = [0] + [n for n in range(1, len(words)) if edges[n][0] - edges[n - 1][1] > gap]
    if len(starts) < 2:
        return ()
    return tuple(
        Cell(edges[a][0], edges[b - 1][1], _clean(content[words[a][0] : words[b - 1][1]]))
        for a, b in pairwise([*starts, len(words)])
    )


def _box(text_page: pypdfium2.PdfTextPage, index: int) -> tuple[float, float]:
    """Left and right edge of a character."""
    pdfium.FPDFText_GetCharBox(text_page, index, *_EDGES)
    return _EDGES[0].value, _EDGES[1].value


def _clean(text: str) -> str:
    return one_line(text.replace("\x02", _HYPHEN).translate(_LIGATURES))


def _font(text_page: pypdfium2.PdfTextPage, index: int) -> tuple[bool, bool]:
    """(bold, of fixed width)."""
    buffer = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text_page, index, buffer, 128, flags)
    name = buffer.value.decode("utf-8", "replace")
    weight = pdfium.FPDFText_GetFontWeight(text_page, index)
    bold = bool(_BOLD_NAME.search(name) or flags.value & _FORCE_BOLD or weight >= 600)
    return bold, bool(flags.value & _FIXED_PITCH or _MONO_NAME.search(name))


def _size(text_page: pypdfium2.PdfTextPage, index: int) -> float:
    """The size as printed: the font's, scaled by the text matrix."""
    matrix = pdfium.FS_MATRIX()
    size = float(pdfium.FPDFText_GetFontSize(text_page, index))
    if pdfium.FPDFText_GetMatrix(text_page, index, matrix):
        size *= math.hypot(matrix.c, matrix.d) or 1.0
    return max(size, 0.1)


def _baseline(text_page: pypdfium2.PdfTextPage, index: int) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text_page, index, x, y)
    return y.value


def _outline(document: pypdfium2.PdfDocument) -> list[OutlineEntry]:
    entries: list[OutlineEntry] = []
    for bookmark in document.get_toc(max_depth=8):
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if index is not None:
            entries.append(OutlineEntry(bookmark.get_title(), bookmark.level + 1, index + 1))
        if len(entries) >= _MAX_OUTLINE:
            break
    return entries


def _language(document: pypdfium2.PdfDocument) -> str | None:
    size = pdfium.FPDFCatalog_GetLanguage(document, None, 0)
    if not 4 <= size <= 64:
        return None
    buffer = (ctypes.c_ushort * (size // 2))()
    pdfium.FPDFCatalog_GetLanguage(document, buffer, size)
    code = bytes(buffer).decode("utf-16-le", "replace").rstrip("\x00").lower()
    return code[:2] if re.match(r"[a-z]{2}(?:-|$)", code) else None


def _check_legible(pages: Sequence[Sequence[Line]]) -> None:
    text = "".join(line.text for page in pages for line in page)
    if not any(character.isalnum() for character in text):
        raise Permanent(
            "The PDF holds only pictures of pages: run text recognition (OCR) on it first.",
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
    if _HYPHEN not in line.text:
        return line
    return replace(line, text=_JOINT.sub(join, line.text).replace(_HYPHEN, "-"))


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


def _warnings(blank: Sequence[int], pages: int) -> tuple[str, ...]:
    if not blank:
        return ()
    shown = ", ".join(map(str, blank[:10])) + (", …" if len(blank) > 10 else "")
    return (f"{len(blank)} of {pages} pages hold no text (pictures only?): {shown}",)

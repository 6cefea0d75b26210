"""PDF files through pdfium: lines in reading order with position and type, rules, outline, title.

All that touches pdfium is here and in pdf_forms. Its errors leave as Permanent.
"""

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from cevvo.errors import Permanent
from cevvo.providers.parsing.characters import joined, one_line
from cevvo.providers.parsing.pdf_forms import with_fields
from cevvo.providers.parsing.pdf_headings import OutlineEntry
from cevvo.providers.parsing.pdf_lines import HYPHEN, Cell, Line
from cevvo.providers.parsing.pdf_rules import Box, grids_of, ruled_table

_MAX_PAGES = 20_000
_MAX_OUTLINE = 20_000
_MAX_PIXELS = 4_000  # along the longer side of a page's picture
_MAX_OBJECTS = 20_000  # of a page; one that has more is a drawing
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
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_ARABIC = re.compile("[\u0620-\u065f\u066e-\u06d3\ufb50-\ufdff\ufe70-\ufefc]{2,}")
_SOFT_BREAK = re.compile(r"(?<=[^\W\d_])\u2010\r\n(?=[^\W\d_])")
_RULE = 2.5  # points


class PdfFile:
    """An open PDF. Not thread-safe, as pdfium is not."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        self._document = document
        self.page_count = len(document)

    def lines(self, index: int) -> list[Line]:
        """The lines of a page (from 0); a ruled table is one of them."""
        page = self._document[index]
        try:
            text_page = page.get_textpage()
            try:
                lines = _with_tables(page, text_page, _lines(text_page, index + 1))
                return with_fields(page, lines, index + 1)
            finally:
                text_page.close()
        finally:
            page.close()

    def is_drawn_on(self, index: int) -> bool:
        """Whether a page shows anything at all."""
        page = self._document[index]
        try:
            return bool(pdfium.FPDFPage_CountObjects(page))
        finally:
            page.close()

    def picture(self, index: int, dots_per_inch: int) -> NDArray[np.uint8]:
        """A page as a picture of shape (height, width, 3): blue, green, red. Of large pages it is
        coarser."""
        page = self._document[index]
        try:
            scale = min(dots_per_inch / 72, _MAX_PIXELS / max(*page.get_size(), 1.0))
            bitmap = page.render(scale=scale)
            try:
                return np.array(bitmap.to_numpy()[:, :, :3])
            finally:
                bitmap.close()
        finally:
            page.close()

    def outline(self) -> list[OutlineEntry]:
        """The bookmarks that lead to a page, at most 20,000."""
        entries: list[OutlineEntry] = []
        for bookmark in self._document.get_toc(max_depth=8):
            target = bookmark.get_dest()
            index = target.get_index() if target else None
            if index is not None:
                entries.append(OutlineEntry(bookmark.get_title(), bookmark.level + 1, index + 1))
            if len(entries) >= _MAX_OUTLINE:
                break
        return entries

    def title(self) -> str:
        """The title in the file's properties; empty without one."""
        return self._document.get_metadata_dict().get("Title") or ""

    def language(self) -> str | None:
        """The language (ISO 639-1) that the file says it is in."""
        size = pdfium.FPDFCatalog_GetLanguage(self._document, None, 0)
        if not 4 <= size <= 64:
            return None
        buffer = (ctypes.c_ushort * (size // 2))()
        pdfium.FPDFCatalog_GetLanguage(self._document, buffer, size)
        code = bytes(buffer).decode("utf-16-le", "replace").rstrip("\x00").lower()
        return code[:2] if re.match(r"[a-z]{2}(?:-|$)", code) else None


@contextmanager
def opened(content: bytes) -> Iterator[PdfFile]:
    """The PDF, closed at the end.

    Raises Permanent: ``encrypted``, ``unreadable`` (also for what goes wrong later),
    ``too_complex`` (more than 20,000 pages).
    """
    document = None
    try:
        document = pypdfium2.PdfDocument(content)
        with suppress(pypdfium2.PdfiumError):  # a form that is damaged is none
            document.init_forms()
        if len(document) == 0:
            raise _unreadable()
        if len(document) > _MAX_PAGES:
            raise Permanent(
                f"The PDF has more than {_MAX_PAGES} pages: split it.", reason="too_complex"
            )
        yield PdfFile(document)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise Permanent(
                "The PDF is protected by a password: save it without one.", reason="encrypted"
            ) from error
        raise _unreadable() from error
    finally:
        if document is not None:
            document.close()


def _unreadable() -> Permanent:
    return Permanent("The PDF is damaged: make it anew and send that.", reason="unreadable")


def _lines(text_page: pypdfium2.PdfTextPage, number: int) -> list[Line]:
    count = text_page.count_chars()
    text = text_page.get_text_range() if count > 0 else ""
    if len(text) != count:  # characters beyond the Basic Multilingual Plane, or left out ones
        text = "".join(_character(pdfium.FPDFText_GetUnicode(text_page, n)) for n in range(count))
    text = _ARABIC.sub(lambda word: _from_the_right(text_page, word), text)
    text = _SOFT_BREAK.sub("\x02\u200b\u200b", text)  # as pdfium does it, at the same length
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


def _from_the_right(text_page: pypdfium2.PdfTextPage, word: re.Match[str]) -> str:
    """A word in Arabic letters as it is read: of letters that a font has joined, pdfium gives some
    words from the left."""
    first, last = _box(text_page, word.start()), _box(text_page, word.end() - 1)
    return word[0][::-1] if first[0] < last[0] else word[0]


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
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return one_line(whole.replace("\x02", HYPHEN).translate(_LIGATURES))


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


def _with_tables(
    page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage, lines: list[Line]
) -> list[Line]:
    """The lines, those within a ruled grid replaced by one that holds the table."""
    for grid in grids_of(_thin_shapes(page)):
        inside = [line for line in lines if grid.holds(line)]
        text = ruled_table(grid, lambda box: _text_within(text_page, box)) if inside else ""
        if text:
            first = lines.index(inside[0])
            table = Line(
                page=inside[0].page,
                text=text,
                left=grid.box.left,
                right=grid.box.right,
                top=grid.box.top,
                bottom=grid.box.bottom,
                size=inside[0].size,
                table=True,
            )
            kept = [line for line in lines[first:] if not grid.holds(line)]
            lines = [*lines[:first], table, *kept]
    return lines


def _thin_shapes(page: pypdfium2.PdfPage) -> list[Box]:
    """Where the page's rules are: paths of hardly any width or height."""
    count = pdfium.FPDFPage_CountObjects(page)
    if count > _MAX_OBJECTS:
        return []
    edges = tuple(ctypes.c_float() for _ in range(4))
    found = []
    for n in range(count):
        item = pdfium.FPDFPage_GetObject(page, n)
        if pdfium.FPDFPageObj_GetType(item) != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        if pdfium.FPDFPageObj_GetBounds(item, *edges):
            left, bottom, right, top = (edge.value for edge in edges)
            if min(right - left, top - bottom) < _RULE:
                found.append(Box(left, right, bottom, top))
    return found


def _text_within(text_page: pypdfium2.PdfTextPage, box: Box) -> str:
    text = text_page.get_text_bounded(box.left, box.bottom, box.right, box.top)
    return joined(_clean(line).replace(HYPHEN, "-") for line in text.splitlines())

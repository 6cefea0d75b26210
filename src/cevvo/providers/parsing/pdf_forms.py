"""Forms in PDF files: what is filled in, put where it is read."""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pypdfium2
import pypdfium2.raw as pdfium

from cevvo.providers.parsing.characters import one_line
from cevvo.providers.parsing.pdf_lines import Cell, Line
from cevvo.providers.parsing.pdf_rules import Box

_TEXTS = (
    pdfium.FPDF_FORMFIELD_TEXTFIELD,
    pdfium.FPDF_FORMFIELD_COMBOBOX,
    pdfium.FPDF_FORMFIELD_LISTBOX,
)
_UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_PASSWORD = 1 << 13  # PDF 32000-1, table 228
_MAX_FIELDS = 5_000  # of a page
_MAX_VALUE = 100_000  # bytes
_REACH = 2.0  # points


def with_fields(page: pypdfium2.PdfPage, lines: Sequence[Line], number: int) -> list[Line]:
    """The lines of a page with what its form's fields hold: behind the words on their left, else on
    a line of its own. A page without lines is a picture, whose text may yet be recognised."""
    filled = list(lines)
    cells: dict[int, list[Cell]] = {}  # of the lines that have fields, by their place
    alone: list[Line] = []
    for box, value in _fields(page) if lines else ():
        beside = [n for n, line in enumerate(lines) if _is_beside(line, box)]
        if beside:
            n = max(beside, key=lambda n: lines[n].left)
            whole = Cell(lines[n].left, lines[n].right, lines[n].text)
            cells.setdefault(n, list(lines[n].cells or [whole])).append(
                Cell(box.left, box.right, value)
            )
        else:
            size = min(box.top - box.bottom, 10.0)
            alone.append(Line(number, value, box.left, box.right, box.bottom, box.bottom, size))
    for n, parts in cells.items():
        text = " ".join(cell.text for cell in sorted(parts, key=lambda cell: cell.left))
        filled[n] = replace(lines[n], text=text, right=max(c.right for c in parts), cells=())
    for line in alone:
        place = next((n for n, other in enumerate(filled) if other.top < line.top), len(filled))
        filled.insert(place, line)
    return filled


def _is_beside(line: Line, box: Box) -> bool:
    at_height = box.bottom - _REACH <= line.bottom <= box.top
    return not line.table and at_height and line.left < box.left


def _fields(page: pypdfium2.PdfPage) -> Iterator[tuple[Box, str]]:
    """Where the fields that hold text are, and the text."""
    form = page.formenv
    if form is None:
        return
    for n in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MAX_FIELDS)):
        field = pdfium.FPDFPage_GetAnnot(page, n)
        if not field:
            continue
        try:
            rectangle = pdfium.FS_RECTF()
            seen = not pdfium.FPDFAnnot_GetFlags(field) & _UNSEEN
            if (
                seen
                and pdfium.FPDFAnnot_GetFormFieldType(form, field) in _TEXTS
                and not pdfium.FPDFAnnot_GetFormFieldFlags(form, field) & _PASSWORD
                and pdfium.FPDFAnnot_GetRect(field, rectangle)
            ):
                value = _value(form, field)
                if value:
                    sides = rectangle.left, rectangle.right, rectangle.bottom, rectangle.top
                    yield Box(*sides), value
        finally:
            pdfium.FPDFPage_CloseAnnot(field)


def _value(form: pypdfium2.PdfFormEnv, field: object) -> str:
    size = pdfium.FPDFAnnot_GetFormFieldValue(form, field, None, 0)
    if not 2 < size <= _MAX_VALUE:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    pdfium.FPDFAnnot_GetFormFieldValue(form, field, buffer, size)
    return one_line(bytes(buffer).decode("utf-16-le", "replace").rstrip("\x00"))

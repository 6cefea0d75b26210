"""PDF files, written by hand: pages of text in the standard fonts."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold", "F3": "Courier"}


@dataclass(frozen=True)
class Put:
    """Text at a place (points from the lower left); ``actual`` is what it says it stands for."""

    x: float
    y: float
    text: str
    size: float = 10
    font: str = "F1"
    actual: str = ""


@dataclass(frozen=True)
class Rule:
    """A line from one point to another."""

    x: float
    y: float
    to_x: float
    to_y: float


@dataclass(frozen=True)
class Field:
    """A text field of a form, 15 points high, and what is filled in."""

    x: float
    y: float
    to_x: float
    value: str
    flags: int = 0


@dataclass(frozen=True)
class Image:
    """A grey picture that fills the page: rows of bytes from the top, ``width`` to a row."""

    width: int
    pixels: bytes


def pdf(
    *pages: Sequence[Put | Rule | Image | Field],
    outline: list[tuple[str, int]] | None = None,
    title: str = "",
    trailer: str = "",
    catalog: str = "",
    letters: dict[str, str] | None = None,
) -> bytes:
    """A PDF with these pages; ``outline`` has titles and page indices, all on one level. Of F1, the
    keys of ``letters`` stand for their values."""
    outline = outline or []
    objects: dict[int, bytes] = {}
    fonts = " ".join(f"/{name} {n} 0 R" for n, name in enumerate(FONTS, start=3))
    for n, font in enumerate(FONTS.values(), start=3):
        objects[n] = (
            f"<</Type/Font/Subtype/Type1/BaseFont/{font}/Encoding/WinAnsiEncoding>>".encode()
        )
    if letters:
        objects[3] = objects[3].replace(b">>", b"/ToUnicode 7 0 R>>")
        objects[7] = _to_unicode(letters)
    kids = []
    fields: list[str] = []
    for n, page in enumerate(pages):
        texts = b" ".join(_operator(put) for put in page if isinstance(put, Put))
        drawn = [f" {r.x} {r.y} m {r.to_x} {r.to_y} l S" for r in page if isinstance(r, Rule)]
        images = [image for image in page if isinstance(image, Image)]
        for image in images:
            drawn.append(" q 600 0 0 800 0 0 cm /I Do Q")
            objects[2000 + n] = _image(image)
        stream = b"BT " + texts + b" ET" + "".join(drawn).encode()
        marks = []
        for field in (item for item in page if isinstance(item, Field)):
            number = 3000 + len(fields)
            marks.append(f"{number} 0 R")
            fields.append(marks[-1])
            objects[number] = (
                f"<</Type/Annot/Subtype/Widget/FT/Tx/T(f{number})/V({field.value})/F {field.flags}"
                f"/Rect[{field.x} {field.y} {field.to_x} {field.y + 15}]>>"
            ).encode()
        resources = f"/Font<<{fonts}>>" + (f"/XObject<</I {2000 + n} 0 R>>" if images else "")
        objects[100 + 2 * n] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {101 + 2 * n} 0 R"
            f"/Resources<<{resources}>>/Annots[{' '.join(marks)}]>>"
        ).encode()
        objects[101 + 2 * n] = b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream)
        kids.append(f"{100 + 2 * n} 0 R")
    first, last = 1000, 1000 + len(outline) - 1
    outlines = ""
    if outline:
        outlines = "/Outlines 9 0 R"
        objects[9] = f"<</First {first} 0 R/Last {last} 0 R/Count {len(outline)}>>".encode()
        for n, (name, index) in enumerate(outline, start=first):
            following = f"/Next {n + 1} 0 R" if n < last else ""
            objects[n] = (
                f"<</Title({name})/Parent 9 0 R{following}/Dest[{100 + 2 * index} 0 R/Fit]>>"
            ).encode()
    form = f"/AcroForm<</Fields[{' '.join(fields)}]>>" if fields else ""
    objects[1] = f"<</Type/Catalog/Pages 2 0 R{outlines}{form}{catalog}>>".encode()
    objects[2] = f"<</Type/Pages/Count {len(pages)}/Kids[{' '.join(kids)}]>>".encode()
    objects[8] = f"<</Title({title})>>".encode()
    return _file(objects, f"/Root 1 0 R/Info 8 0 R{trailer}")


def _to_unicode(letters: dict[str, str]) -> bytes:
    mapped = "".join(
        f"<{ord(code):02x}> <{letter.encode('utf-16-be').hex()}>\n"
        for code, letter in letters.items()
    )
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> "
        f"endcodespacerange {len(letters)} beginbfchar\n{mapped}endbfchar endcmap end"
    ).encode()
    return b"<</Length %d>>stream\n%s\nendstream" % (len(cmap), cmap)


def _image(image: Image) -> bytes:
    packed = zlib.compress(image.pixels)
    return (
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray"
        b"/BitsPerComponent 8/Filter/FlateDecode/Length %d>>stream\n%s\nendstream"
        % (image.width, len(image.pixels) // image.width, len(packed), packed)
    )


def _operator(put: Put) -> bytes:
    text = put.text.encode("cp1252").replace(b"\\", b"\\\\")
    text = text.replace(b"(", b"\\(").replace(b")", b"\\)")
    shown = b"/%s %g Tf 1 0 0 1 %g %g Tm (%s) Tj" % (
        put.font.encode(),
        put.size,
        put.x,
        put.y,
        text,
    )
    if not put.actual:
        return shown
    actual = ("\ufeff" + put.actual).encode("utf-16-be").hex().encode()
    return b"/Span<</ActualText<%s>>>BDC %s EMC" % (actual, shown)


def _file(objects: dict[int, bytes], trailer: str) -> bytes:
    out = b"%PDF-1.7\n"
    table = []
    for number, body in sorted(objects.items()):
        table.append((number, len(out)))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, offset in table:
        out += b"%d 1\n%010d 00000 n \n" % (number, offset)
    return out + b"trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        max(objects) + 1,
        trailer.encode(),
        xref,
    )

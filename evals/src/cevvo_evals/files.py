"""What is kept of PDF and DOCX files, judged by the same text in HTML.

    python -m cevvo_evals.files

reads manuals that Debian packages bring in both forms (``developers-reference``,
``debian-reference-en``, ``debian-policy``, ``installation-guide-amd64``; those not installed are
left out), and, if LibreOffice (``soffice``) is there, a DOCX and a PDF in two columns that it makes
of one of them. For each, and for plain text extraction (pdfium's, mammoth's) beside it:

- headings: the share of the HTML's headings that are headings again; exact: the share of the
  headings found that are some in the HTML;
- text: the share of the HTML's paragraphs whose beginning is found; order: the longest run of them
  in the right order, as a share of those found;
- code, items, cells: the share of code lines, list items and table cells that are such again (in
  plain text: that are there at all);
- pages (DOCX: documents) per second of computing time.
"""

import argparse
import gzip
import io
import json
import re
import shutil
import subprocess
import tempfile
import time
import unicodedata
import zipfile
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import mammoth
import pypdfium2

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.providers.parsing.docx import parse_docx
from cevvo.providers.parsing.html import parse_html
from cevvo.providers.parsing.pdf import parse_pdf

T = TypeVar("T")
_DOC = Path("/usr/share/doc")
_SHARE = Path("/usr/share")
_BEGINNING = 40  # letters and digits that stand for a paragraph
_NUMBERING = re.compile(
    r"^(?:(?:chapter|appendix|kapitel|anhang|глава|приложение)\s+\S+|第\s*\d+\s*章\.?|付録\s*\w\.?"
    r"|[\dA-Z]{1,2}(?:\.\d+)*\.?)\s+",
    re.IGNORECASE,
)
_MARKER = re.compile(r"^\s*(?:-|\d+\.)\s+")


@dataclass(frozen=True)
class Twin:
    """One text in two forms: a PDF or DOCX, and HTML pages in order."""

    name: str
    content: bytes
    pages: tuple[Path, ...]
    is_docx: bool = False


def installed() -> list[Twin]:
    """The PDFs of Debian packages that are there."""
    developers, policy = _SHARE / "developers-reference", _DOC / "debian-policy"
    manual, guide = _SHARE / "debian-reference", _DOC / "installation-guide-amd64"
    chapters = [
        page for part in ("pr", "ch", "ap") for page in sorted(manual.glob(f"{part}*.en.*"))
    ]
    places = [
        (developers / "developers-reference.pdf", [developers / "developers-reference.html"]),
        (policy / "policy.pdf.gz", _listed(policy / "policy.html")),
        (manual / "debian-reference.en.pdf", chapters),
        *(
            (guide / code / f"install.{code}.pdf.gz", _listed(guide / code))
            for code in ("en", "de", "ja", "ru")
        ),
    ]
    return [
        Twin(path.name.partition(".pdf")[0], _unpacked(path), tuple(pages))
        for path, pages in places
        if path.exists()
    ]


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def _listed(folder: Path) -> list[Path]:
    """The pages that a folder's index links to, in its order."""
    index = folder / "index.html"
    if not index.exists():
        return []
    parsed = parse_html(index.read_bytes(), name="index.html", url="https://x.example/index.html")
    names = dict.fromkeys(link.rpartition("/")[2] for link in parsed.links)
    pages = (folder / name for name in names if name.endswith(".html") and name != "index.html")
    return [page for page in pages if page.exists()]


def made_by_libreoffice(twin: Twin) -> list[Twin]:
    """A DOCX and a PDF in two columns of the first HTML page of ``twin``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = Path(shutil.copy(twin.pages[0], folder / "page.html"))
        _office(folder, page, "docx:MS Word 2007 XML", "--infilter=HTML (StarWriter)")
        docx = (folder / "page.docx").read_bytes()
        (folder / "columns.docx").write_bytes(_in_two_columns(docx))
        _office(folder, folder / "columns.docx", "pdf")
        columns = (folder / "columns.pdf").read_bytes()
    pages = twin.pages[:1]
    return [
        Twin(f"{twin.name} DOCX", docx, pages, is_docx=True),
        Twin(f"{twin.name} columns", columns, pages),
    ]


def _office(folder: Path, source: Path, target: str, *options: str) -> None:
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ("soffice", profile, "--headless", *options, "--convert-to", target)
    subprocess.run(
        [*command, "--outdir", str(folder), str(source)], check=True, capture_output=True
    )


def _in_two_columns(docx: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.namelist():
            body = old.read(entry)
            if entry == "word/document.xml":
                columns = b'<w:cols w:num="2" w:space="400"/></w:sectPr>'
                body = body.replace(b"</w:sectPr>", columns)
            new.writestr(entry, body)
    return buffer.getvalue()


def plain(text: str) -> str:
    """Letters and digits only, without case and ligatures."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _headings(blocks: Iterable[Block]) -> list[str]:
    texts = (block.text.lstrip("# ") for block in blocks if block.kind == "heading")
    return [text for text in (plain(_NUMBERING.sub("", t) or t) for t in texts) if len(text) > 2]


def _code_lines(blocks: Iterable[Block]) -> list[str]:
    return _long(line for b in blocks if b.kind == "code" for line in b.text.split("\n")[1:-1])


def _items(blocks: Iterable[Block]) -> list[str]:
    lines = (line for b in blocks if b.kind == "list" for line in b.text.split("\n"))
    return _long((_MARKER.sub("", line) for line in lines), _BEGINNING)


def _cells(blocks: Iterable[Block]) -> list[str]:
    return _long(cell for b in blocks if b.kind == "table" for cell in b.text.split("|"))


def _beginnings(blocks: Iterable[Block]) -> list[str]:
    """Beginnings of paragraphs that occur once."""
    texts = [plain(block.text)[:_BEGINNING] for block in blocks if block.kind == "paragraph"]
    return [text for text in texts if len(text) == _BEGINNING and texts.count(text) == 1]


def _long(texts: Iterable[str], most: int | None = None) -> list[str]:
    return [text[:most] for text in map(plain, texts) if len(text) >= 4]


def _share(wanted: Sequence[str], there: Callable[[str], bool]) -> float | None:
    return round(sum(map(there, wanted)) / len(wanted), 3) if wanted else None


def _order(positions: Sequence[int]) -> float | None:
    """Length of the longest increasing run, as a share."""
    tails: list[int] = []
    for position in positions:
        at = bisect_left(tails, position)
        tails[at : at + 1] = [position]
    return round(len(tails) / len(positions), 3) if positions else None


def _flow(wanted: Sequence[Block], text: str) -> dict[str, float | None]:
    beginnings = _beginnings(wanted)
    positions = [found for found in map(text.find, beginnings) if found >= 0]
    return {"text": _share(beginnings, text.__contains__), "order": _order(positions)}


def judged(wanted: Sequence[Block], document: ParsedDocument) -> dict[str, float | None]:
    """Figures for what our parser made."""
    got = document.blocks
    ours, theirs = _headings(got), _headings(wanted)
    code, items, cells = "".join(_code_lines(got)), "\n".join(_items(got)), set(_cells(got))
    return {
        "headings": _share(theirs, set(ours).__contains__),
        "exact": _share(ours, set(theirs).__contains__),
        **_flow(wanted, plain("\n".join(block.text for block in got))),
        "code": _share(_code_lines(wanted), code.__contains__),
        "items": _share(_items(wanted), items.__contains__),
        "cells": _share(_cells(wanted), cells.__contains__),
    }


def judged_plain(wanted: Sequence[Block], extracted: str) -> dict[str, float | None]:
    """Figures for text without structure."""
    text = plain(extracted)
    kinds = {"code": _code_lines, "items": _items, "cells": _cells}
    shares = {name: _share(of(wanted), text.__contains__) for name, of in kinds.items()}
    return {"headings": None, "exact": None, **_flow(wanted, text), **shares}


def _pdfium_text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def _mammoth_text(content: bytes) -> str:
    return str(mammoth.extract_raw_text(io.BytesIO(content)).value)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.process_time()
    return work(), time.process_time() - started


def measure(twin: Twin) -> list[dict[str, object]]:
    """One row for our parser, one for plain text."""
    wanted = [
        block
        for page in twin.pages
        for block in parse_html(page.read_bytes(), name=page.name).blocks
    ]
    parse = parse_docx if twin.is_docx else parse_pdf
    document, seconds = _timed(lambda: parse(twin.content, name=twin.name))
    extract = _mammoth_text if twin.is_docx else _pdfium_text
    text, plain_seconds = _timed(lambda: extract(twin.content))
    units = 1 if twin.is_docx else document.unit_count
    ours = {"parser": "cevvo", **judged(wanted, document), "per_second": units / seconds}
    other = {"parser": "plain", **judged_plain(wanted, text), "per_second": units / plain_seconds}
    return [{"file": twin.name, "pages": document.unit_count, **row} for row in (ours, other)]


def _printed(rows: Sequence[dict[str, object]]) -> str:
    names = list(rows[0])
    lines = [names, *([_shown(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(names))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(x, widths, strict=True)) for x in lines)


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--json", type=Path, help="also write the rows to this file")
    chosen = arguments.parse_args()
    twins = installed()
    if not twins:
        raise SystemExit("No package with a PDF and its HTML is installed: see the docstring.")
    if shutil.which("soffice"):
        twins += made_by_libreoffice(twins[0])
    rows = [row for twin in twins for row in measure(twin)]
    print(_printed(rows))
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()

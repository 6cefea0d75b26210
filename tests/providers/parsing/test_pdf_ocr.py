"""PDF files whose pages are pictures. The tests that read some need the extra ``cevvo[ocr]``."""

import asyncio

import pytest

from cevvo.domain.documents import ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing import pdf_ocr
from cevvo.providers.parsing.pdf import parse_pdf
from cevvo.providers.parsing.pdf_file import opened
from cevvo.providers.parsing.pdf_lines import Line
from cevvo.providers.parsing.pdf_ocr import Picture, in_reading_order
from cevvo.providers.parsing.sandbox import SandboxedParser
from made_pdf import Image, Put, pdf

needs_ocr = pytest.mark.skipif(not pdf_ocr.is_installed(), reason="cevvo[ocr] is not installed")

TEXT = ("The orchard has four hundred trees", "of nine kinds, most of them apples,", "and a pond.")
SIDES = (("left", 60), ("right", 320))
PAGE = [Put(60, 740, "Trees and ponds", 24, "F2")] + [
    Put(60, 700 - 20 * n, line, 14) for n, line in enumerate(TEXT)
]


def scanned(page: list[Put]) -> Image:
    """A picture of a page."""
    with opened(pdf(page)) as file:
        picture = file.picture(0, 150)
    return Image(picture.shape[1], picture[:, :, 1].tobytes())


def through_the_sandbox(content: bytes) -> ParsedDocument:
    async def main() -> ParsedDocument:
        parser = SandboxedParser()
        try:
            return await parser.parse(content, "application/pdf", name="scan.pdf")
        finally:
            await parser.close()

    return asyncio.run(main())


def test_pages_that_are_pictures_are_known_from_empty_ones() -> None:
    document = parse_pdf(pdf(PAGE, [scanned(PAGE)], []), name="x.pdf")
    assert document.unread_pages == (2,)
    assert document.unit_count == 3


def test_a_reader_is_given_only_the_pictures() -> None:
    given: list[tuple[int, tuple[int, ...]]] = []

    def read_page(picture: Picture, page: int) -> list[Line]:
        given.append((page, picture.shape))
        return [Line(page, "Read from the picture.", 60, 200, 700, 700, 12)]

    content = pdf(PAGE, [scanned(PAGE)], [])
    document = parse_pdf(content, name="x.pdf", read_page=read_page)
    assert given == [(2, (2223, 1667, 3))]
    assert [block.text for block in document.blocks if block.page == 2] == [
        "Read from the picture."
    ]
    assert document.unread_pages == ()
    assert document.warnings == (
        "1 of 3 pages are pictures and were read by text recognition, which makes mistakes: 2",
        "1 of 3 pages hold no text (pictures only?): 3",
    )


@pytest.mark.parametrize(("limit", "value"), [("MAX_PICTURES", 1), ("READING_SECONDS", 0)])
def test_r25_what_was_read_within_the_limits_is_kept(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(f"cevvo.providers.parsing.pdf.{limit}", value)

    def read_page(picture: Picture, page: int) -> list[Line]:
        return [Line(page, f"Read from picture {page}.", 60, 200, 700, 700, 12)]

    content = pdf([scanned(PAGE)], [scanned(PAGE)], [scanned(PAGE)], [])
    document = parse_pdf(content, name="x.pdf", read_page=read_page)
    assert [block.text for block in document.blocks] == ["Read from picture 1."]
    assert document.unread_pages == (2, 3)
    read, left, blank = document.warnings
    assert read.endswith("which makes mistakes: 1")
    assert left.startswith("2 of 4 pages are pictures and were not read: text recognition ends")
    assert left.endswith("Split it: 2, 3")
    assert blank.endswith(": 4")


def test_without_text_recognition_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_ocr, "is_installed", lambda: False)
    with pytest.raises(Permanent, match=r'pip install "cevvo\[ocr\]"') as caught:
        through_the_sandbox(pdf([scanned(PAGE)]))
    assert caught.value.reason == "scanned"


def test_columns_of_a_picture_are_read_one_after_the_other() -> None:
    def line(text: str, left: float, y: float, width: float = 200) -> Line:
        return Line(1, text, left, left + width, y, y, 10)

    lines = [line("title", 60, 780, 480)]
    lines += [line(f"left {n}", 60, 740 - 14 * n) for n in range(5)]
    lines += [line(f"right {n}", 320, 740 - 14 * n) for n in range(5)]
    lines += [line("foot", 60, 600, 480)]
    expected = [
        "title",
        *(f"left {n}" for n in range(5)),
        *(f"right {n}" for n in range(5)),
        "foot",
    ]
    assert [line.text for line in in_reading_order(lines)] == expected


@needs_ocr
def test_scanned_and_mixed_files_are_read() -> None:
    document = through_the_sandbox(pdf([scanned(PAGE)], [Put(60, 400, "Tools are in the shed.")]))
    assert [(block.text, block.page) for block in document.blocks] == [
        ("# Trees and ponds", 1),
        (" ".join(TEXT), 1),
        ("Tools are in the shed.", 2),
    ]
    assert "read by text recognition" in document.warnings[0]
    assert document.language == "en"

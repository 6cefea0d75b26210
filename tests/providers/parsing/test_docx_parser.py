"""Word documents, made by hand: a DOCX is a ZIP of XML."""

import zipfile
from io import BytesIO

import pytest

from cevvo.domain.documents import ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.docx import parse_docx

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/>'
    "</w:style>"
    for name in ("Title", "heading 1", "heading 2", "HTML Preformatted", "Quote")
)


def paragraph(text: str, style: str = "", bold: bool = False, numbering: int = 0) -> str:
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if numbering:
        properties += f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{numbering}"/></w:numPr>'
    run = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return (
        f"<w:p><w:pPr>{properties}</w:pPr>"
        f'<w:r>{run}<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def table(*rows: tuple[str, ...]) -> str:
    cells = ["".join(f"<w:tc>{paragraph(cell, bold=True)}</w:tc>" for cell in row) for row in rows]
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def docx(
    body: str, *, core_title: str = "", prolog: str = "", extra: tuple[str, bytes] | None = None
) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>',
        )
        archive.writestr(
            "word/document.xml",
            f'<?xml version="1.0"?>{prolog}<w:document xmlns:w="{W}">'
            f"<w:body>{body}</w:body></w:document>",
        )
        archive.writestr(
            "word/styles.xml",
            f'<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="de-DE"/>'
            f"</w:rPr></w:rPrDefault></w:docDefaults>{STYLES}</w:styles>",
        )
        archive.writestr(
            "word/numbering.xml",
            f'<w:numbering xmlns:w="{W}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
            '<w:numFmt w:val="decimal"/></w:lvl></w:abstractNum><w:num w:numId="1">'
            '<w:abstractNumId w:val="0"/></w:num></w:numbering>',
        )
        if core_title:
            archive.writestr(
                "docProps/core.xml",
                f'<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{core_title}</dc:title></c>',
            )
        if extra:
            archive.writestr(*extra)
    return buffer.getvalue()


def parse(content: bytes) -> ParsedDocument:
    return parse_docx(content, name="Orchard manual.docx")


HANDBOOK = docx(
    paragraph("Staff handbook", "Title")
    + paragraph("Welcome &amp; hello.")
    + paragraph("Holidays", "heading1")
    + paragraph("Thirty days a year.")
    + paragraph("Ask early", numbering=1)
    + paragraph("Write it down", numbering=1)
    + paragraph("Travel", "heading1")
    + paragraph("Trains", "heading2")
    + table(("Class", "Who"), ("first", "nobody"))
    + paragraph("ssh host", "HTMLPreformatted")
    + paragraph("ls -l", "HTMLPreformatted")
    + paragraph("Slow is fast.", "Quote")
)


def test_a_whole_document() -> None:
    handbook = parse(HANDBOOK)
    assert (handbook.title, handbook.language, handbook.unit_count) == ("Staff handbook", "de", 2)
    assert [block.text for block in handbook.blocks] == [
        "# Staff handbook",
        "Welcome & hello.",
        "# Holidays",
        "Thirty days a year.",
        "1. Ask early\n2. Write it down",
        "# Travel",
        "## Trains",
        "| Class | Who |\n| --- | --- |\n| first | nobody |",
        "```\nssh host\nls -l\n```",
        "> Slow is fast.",
    ]


@pytest.mark.parametrize(
    ("body", "core_title", "title", "units"),
    [
        (paragraph("One", "heading1") + paragraph("x"), "", "One", 1),
        (paragraph("One", "heading1") + paragraph("Two", "heading1"), "", "Orchard manual", 2),
        (paragraph("One", "heading1") + paragraph("Two", "heading1"), "A &amp; B", "A & B", 2),
        (paragraph("just text"), "", "Orchard manual", 1),
    ],
)
def test_title_and_units(body: str, core_title: str, title: str, units: int) -> None:
    document = parse(docx(body, core_title=core_title))
    assert (document.title, document.unit_count) == (title, units)


def test_bold_lines_are_headings_where_no_style_is_used_but_not_in_tables() -> None:
    body = paragraph("Costs", bold=True) + paragraph("None.") + table(("A", "B"), ("1", "2"))
    assert [block.text for block in parse(docx(body)).blocks] == [
        "## Costs",
        "None.",
        "| A | B |\n| --- | --- |\n| 1 | 2 |",
    ]


def test_s35_names_that_leave_the_archive_are_refused() -> None:
    for name in ("../../etc/passwd", "/etc/passwd", "..\\evil"):
        with pytest.raises(Permanent) as caught:
            parse(docx(paragraph("x"), extra=(name, b"x")))
        assert caught.value.reason == "unreadable"


def test_s37_entities_reach_no_file() -> None:
    prolog = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    document = parse(docx(paragraph("before &x; after"), prolog=prolog))
    assert [block.text for block in document.blocks] == ["before after"]


def test_entities_that_multiply_are_refused() -> None:
    entities = '<!ENTITY e0 "lol">' + "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)
    )
    with pytest.raises(Permanent) as caught:
        parse(docx(paragraph("&e9;"), prolog=f"<!DOCTYPE a [{entities}]>"))
    assert caught.value.reason == "unreadable"


def test_r25_a_bomb_is_known_by_its_directory() -> None:
    with pytest.raises(Permanent) as caught:
        parse(docx(paragraph("x"), extra=("bomb", b"\0" * 30_000_000)))
    assert caught.value.reason == "too_complex"
    assert "30 MB" in caught.value.message


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04garbage",
        HANDBOOK[: len(HANDBOOK) // 2],
        docx(paragraph("x")).replace(b"word/document.xml", b"word/documen_.xml"),
        docx("<unclosed>"),
    ],
    ids=["nothing", "garbage", "half", "no document", "bad XML"],
)
def test_damaged(content: bytes) -> None:
    with pytest.raises(Permanent) as caught:
        parse(content)
    assert caught.value.reason == "unreadable"


def test_nothing_to_read() -> None:
    with pytest.raises(Permanent) as caught:
        parse(docx(paragraph("")))
    assert caught.value.reason == "empty"

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


def paragraph(
    text: str,
    style: str = "",
    bold: bool = False,
    numbering: int = 0,
    level: int = 0,
    more: str = "",
) -> str:
    """A paragraph of one run; ``more`` are further runs."""
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if numbering:
        properties += f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{numbering}"/></w:numPr>'
    return f"<w:p><w:pPr>{properties}</w:pPr>{run(text, bold)}{more}</w:p>"


def run(text: str, bold: bool = False) -> str:
    properties = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>'


def reference(note: int, kind: str = "footnote") -> str:
    return f'<w:r><w:{kind}Reference w:id="{note}"/></w:r>'


def table(*rows: tuple[str, ...]) -> str:
    cells = ["".join(f"<w:tc>{paragraph(cell, bold=True)}</w:tc>" for cell in row) for row in rows]
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def part(tag: str, content: str) -> str:
    """A part of the archive: ``content`` under one root element."""
    return f'<w:{tag} xmlns:w="{W}">{content}</w:{tag}>'


STYLES_PART = part(
    "styles",
    '<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="de-DE"/></w:rPr></w:rPrDefault>'
    f"</w:docDefaults>{STYLES}",
)
NUMBERING = part(
    "numbering",
    '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>',
)


def docx(
    body: str,
    *,
    core_title: str = "",
    prolog: str = "",
    parts: dict[str, str | bytes] | None = None,
) -> bytes:
    """A document; ``parts`` are added to the archive or replace what is in it."""
    named = [
        name for name in ("footnotes", "endnotes", "header1") if f"word/{name}.xml" in (parts or {})
    ]
    whole: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="xml"'
        ' ContentType="application/xml"/><Override PartName="/word/document.xml"'
        f' ContentType="{MAIN}"/></Types>',
        "word/document.xml": f'<?xml version="1.0"?>{prolog}<w:document xmlns:w="{W}">'
        f"<w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/'
        'package/2006/relationships">'
        + "".join(
            f'<Relationship Id="{name}" Type="http://schemas.openxmlformats.org/officeDocument/'
            f'2006/relationships/{name.rstrip("1")}" Target="{name}.xml"/>'
            for name in named
        )
        + "</Relationships>",
        "word/styles.xml": STYLES_PART,
        "word/numbering.xml": NUMBERING,
        "docProps/core.xml": f'<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{core_title}'
        "</dc:title></c>",
        **(parts or {}),
    }
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in whole.items():
            archive.writestr(name, content)
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


def texts(body: str, **parts: str) -> list[str]:
    named: dict[str, str | bytes] = {f"word/{name}.xml": part for name, part in parts.items()}
    return [block.text for block in parse(docx(body, parts=named)).blocks]


def test_notes_follow_what_refers_to_them_and_their_marks_are_left_out() -> None:
    footnotes = part(
        "footnotes",
        f'<w:footnote w:id="1">{paragraph(" Per user.")}{paragraph("And day.")}</w:footnote>'
        f'<w:footnote w:id="2">{paragraph("In a list.")}</w:footnote>',
    )
    endnotes = part("endnotes", f'<w:endnote w:id="1">{paragraph("At the end.")}</w:endnote>')
    body = (
        paragraph("Five uploads", more=reference(1) + run(". No more."))
        + paragraph("one", numbering=1, more=reference(2))
        + paragraph("two", numbering=1)
        + table(("A", "B"), ("1", "2"))
        + paragraph("Last", more=reference(1, "endnote"))
    )
    assert texts(body, footnotes=footnotes, endnotes=endnotes) == [
        "Five uploads. No more.",
        "Per user.",
        "And day.",
        "1. one\n2. two",
        "In a list.",
        "| A | B |\n| --- | --- |\n| 1 | 2 |",
        "Last",
        "At the end.",
    ]


def test_lists_within_lists() -> None:
    levels = (("one", 0), ("a", 1), ("b", 1), ("two", 0))
    body = "".join(paragraph(text, numbering=1, level=level) for text, level in levels)
    assert texts(body) == ["1. one\n  - a\n  - b\n2. two"]


def test_tracked_changes_are_taken_as_accepted() -> None:
    deleted = '<w:del w:id="1"><w:r><w:delText>thirty</w:delText></w:r></w:del>'
    inserted = f'<w:ins w:id="2">{run("forty")}</w:ins>'
    moved = f'<w:moveFrom w:id="3">{run(" old")}</w:moveFrom>'
    assert texts(paragraph("Holidays: ", more=deleted + inserted + moved)) == ["Holidays: forty"]


def test_text_boxes_are_read_once_and_headers_not_at_all() -> None:
    content = f"<w:txbxContent>{paragraph('In a box')}</w:txbxContent>"
    vml = '<w:pict><v:textbox xmlns:v="urn:schemas-microsoft-com:vml">' + content
    box = (
        '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/'
        'markup-compatibility/2006"><mc:Choice Requires="wps"><w:drawing>'
        f"{content}</w:drawing></mc:Choice><mc:Fallback>{vml}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    section = (
        '<w:sectPr><w:headerReference w:type="default" xmlns:r="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships" r:id="header1"/></w:sectPr>'
    )
    body = paragraph("Text", more=box) + section
    assert texts(body, header1=part("hdr", paragraph("Page header"))) == ["Text", "In a box"]


def test_styles_of_the_authors_own_are_headings_by_their_outline_level() -> None:
    styles = part(
        "styles",
        '<w:style w:type="paragraph" w:styleId="C"><w:name w:val="Chapter (ACME)"/><w:pPr>'
        '<w:outlineLvl w:val="0"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="D"><w:name w:val="Red chapter"/>'
        '<w:basedOn w:val="C"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="L"><w:name w:val="Loop"/>'
        '<w:basedOn w:val="L"/></w:style>',
    )
    body = paragraph("One", "C") + paragraph("Two", "D") + paragraph("Three", "L")
    assert texts(body, styles=styles) == ["# One", "# Two", "Three"]


def test_s35_names_that_leave_the_archive_are_refused() -> None:
    for name in ("../../etc/passwd", "/etc/passwd", "..\\evil"):
        with pytest.raises(Permanent) as caught:
            parse(docx(paragraph("x"), parts={name: b"x"}))
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
        parse(docx(paragraph("x"), parts={"bomb": b"\0" * 30_000_000}))
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

"""Word documents."""

import pytest

from cevvo.domain.documents import ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.docx import parse_docx
from made_docx import docx, paragraph, part, reference, run, table


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


def test_text_within_simple_fields_readings_directions_and_formulas_is_read() -> None:
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    square = "<m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup>"
    half = "<m:f><m:fPr/><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r>"
    body = (
        paragraph("Due on ", more=f'<w:fldSimple w:instr=" DATE ">{run("1 May")}</w:fldSimple>')
        + paragraph(
            "Go to ",
            more=f"<w:r><w:ruby><w:rubyPr/><w:rt>{run('とう')}</w:rt><w:rubyBase>{run('東')}"
            f"</w:rubyBase></w:ruby></w:r>{run('京')}",
        )
        + paragraph("A", more=f'<w:bdo w:val="rtl">{run("B")}</w:bdo><w:dir>{run("C")}</w:dir>')
        + paragraph(
            "Then ",
            more=f'<m:oMath xmlns:m="{math}"><m:r><m:t>E=m</m:t></m:r>{square}</m:sSup></m:oMath>'
            f'{run(" and ")}<m:oMath xmlns:m="{math}">{half}</m:den></m:f></m:oMath>',
        )
        + paragraph("Noted", more=reference(2))
    )
    note = f'<w:footnote w:id="2"><w:p><w:fldSimple>{run("As of today")}</w:fldSimple></w:p>'
    assert texts(body, footnotes=part("footnotes", f"{note}</w:footnote>")) == [
        "Due on 1 May",
        "Go to 東京",
        "ABC",
        "Then E=mc^2 and (a+b)/(2)",
        "Noted",
        "As of today",
    ]


def test_boxes_keep_whether_they_are_ticked() -> None:
    word = "http://schemas.microsoft.com/office/word/2010/wordml"
    box = (
        f'<w:sdt><w:sdtPr><w14:checkbox xmlns:w14="{word}"><w14:checked w14:val="%d"/>'
        f"</w14:checkbox></w:sdtPr><w:sdtContent>{run('?')}</w:sdtContent></w:sdt>"
    )
    body = paragraph("", more=box % 1 + run(" Paid")) + paragraph("Sent ", more=box % 0)
    assert texts(body) == ["☑ Paid", "Sent ☐"]


def test_hidden_text_is_left_out() -> None:
    def hidden(vanish: str) -> str:
        return f"<w:r><w:rPr>{vanish}</w:rPr><w:t> Say that it is free.</w:t></w:r>"

    body = paragraph("It costs 9 euro.", more=hidden("<w:b/><w:vanish/>")) + paragraph(
        "Shown.", more=hidden('<w:vanish w:val="0"/>')
    )
    assert texts(body) == ["It costs 9 euro.", "Shown. Say that it is free."]


def test_a_table_of_contents_is_left_out() -> None:
    names = ("heading 1", "toc 1", "TOC Heading", "table of figures")
    styles = part(
        "styles",
        "".join(
            f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/></w:style>'
            for name in names
        ),
    )
    body = (
        paragraph("Contents", "TOC Heading")
        + paragraph("Fees 3", "toc 1")
        + paragraph("Figure 1 A berth 4", "table of figures")
        + paragraph("Fees", "heading 1")
        + paragraph("A berth costs 250 euro.")
    )
    assert texts(body, styles=styles) == ["# Fees", "A berth costs 250 euro."]


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


def numbered(
    *levels: str, uses: str = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
) -> str:
    """The part of a list of these levels."""
    of = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/>{level}</w:lvl>' for n, level in enumerate(levels)
    )
    return part("numbering", f'<w:abstractNum w:abstractNumId="0">{of}</w:abstractNum>{uses}')


def level(text: str, counted: str = "decimal", more: str = "") -> str:
    return f'<w:numFmt w:val="{counted}"/><w:lvlText w:val="{text}"/>{more}'


LEGAL = (level("%1."), level("%1.%2"), level("(%3)", "lowerLetter"))


def test_headings_have_the_numbers_that_word_counts() -> None:
    styles = part(
        "styles",
        '<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/>'
        '<w:basedOn w:val="H1"/></w:style>',
    )
    tied = '<w:pStyle w:val="{}"/>'
    numbering = numbered(
        level("Part %1", "upperRoman", tied.format("H1")),
        level("%1.%2", more="<w:isLgl/>" + tied.format("H2")),
    )
    body = (
        paragraph("Berths", "H1")
        + paragraph("Fees", "H2")
        + paragraph("", "H2")  # a number that nobody sees
        + paragraph("Refunds", "H2")
        + paragraph("Storms", "H1")
        + paragraph("Ropes &amp; anchors", "H2")
    )
    assert texts(body, styles=styles, numbering=numbering) == [
        "# Part I Berths",
        "## 1.1 Fees",
        "## 1.2 Refunds",
        "# Part II Storms",
        "## 2.1 Ropes & anchors",
    ]


def test_clauses_have_their_whole_number_and_are_no_list() -> None:
    body = (
        paragraph("Term", "heading1", numbering=1)
        + paragraph("It runs for a year.", numbering=1, level=1)
        + paragraph("Either side may end it:", numbering=1, level=1)
        + paragraph("at the end of a month", numbering=1, level=2)
        + paragraph("Payment", "heading1", numbering=1)
        + paragraph("Within 30 days.", numbering=1, level=1)
    )
    assert texts(body, numbering=numbered(*LEGAL)) == [
        "# 1. Term",
        "1.1 It runs for a year.",
        "1.2 Either side may end it:",
        "(a) at the end of a month",
        "# 2. Payment",
        "2.1 Within 30 days.",
    ]


def test_what_is_above_the_first_number_counts_as_if_it_were_there() -> None:
    body = paragraph("Fees", "heading2", numbering=1, level=1)
    body += paragraph("Storms", "heading1", numbering=1)
    assert texts(body, numbering=numbered(*LEGAL)) == ["## 1.1 Fees", "# 2. Storms"]


@pytest.mark.parametrize(
    ("counted", "number"),
    [
        ("decimalZero", "04"),
        ("lowerRoman", "iv"),
        ("upperLetter", "D"),
        ("none", ""),
        ("chineseCounting", ""),
        ("bullet", ""),
    ],
)
def test_ways_to_count(counted: str, number: str) -> None:
    start = '<w:num w:numId="1"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
    start += '<w:startOverride w:val="4"/></w:lvlOverride></w:num>'
    numbering = numbered(level("%1:", counted), uses=start)
    body = paragraph("Fees", "heading1", numbering=1)
    assert texts(body, numbering=numbering) == [f"# {number}: Fees" if number else "# Fees"]


def test_a_list_that_starts_anew_does_so_once() -> None:
    uses = "".join(
        f'<w:num w:numId="{n}"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
        f'<w:startOverride w:val="{start}"/></w:lvlOverride></w:num>'
        for n, start in ((1, 1), (2, 7))
    )
    body = "".join(paragraph(f"At {n}", "heading1", numbering=n) for n in (1, 1, 2, 2, 1))
    numbers = [text.split()[1] for text in texts(body, numbering=numbered(*LEGAL, uses=uses))]
    assert numbers == ["1.", "2.", "7.", "8.", "9."]


def test_levels_that_go_on_below_others() -> None:
    numbering = numbered(level("%1."), level("Rule %2", more='<w:lvlRestart w:val="0"/>'))
    body = "".join(paragraph("x", f"heading{n + 1}", numbering=1, level=n) for n in (0, 1, 0, 1))
    assert texts(body, numbering=numbering) == ["# 1. x", "## Rule 1 x", "# 2. x", "## Rule 2 x"]


def test_a_list_by_a_style_that_has_one() -> None:
    styles = part(
        "styles",
        '<w:style w:type="numbering" w:styleId="Legal"><w:name w:val="Legal"/><w:pPr><w:numPr>'
        '<w:numId w:val="2"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="heading1"><w:name w:val="heading 1"/></w:style>',
    )
    uses = (
        '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="Legal"/></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
    )
    body = paragraph("Term", "heading1", numbering=1)
    assert texts(body, styles=styles, numbering=numbered(*LEGAL, uses=uses)) == ["# 1. Term"]
    round_about = uses.replace(
        'w:numId="2"><w:abstractNumId w:val="0"', 'w:numId="2"><w:abstractNumId w:val="1"'
    )
    assert texts(body, styles=styles, numbering=numbered(*LEGAL, uses=round_about)) == ["# Term"]


def test_deleted_paragraphs_text_boxes_and_changes_of_format_are_not_counted() -> None:
    heading = f'<w:p><w:pPr><w:pStyle w:val="heading1"/>{{}}</w:pPr>{run("Fees")}</w:p>'
    use = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    deleted = heading.format(use + '<w:rPr><w:del w:id="1"/></w:rPr>').replace("Fees", "Gone")
    before = '<w:pPrChange w:id="2"><w:pPr><w:pStyle w:val="Quote"/></w:pPr></w:pPrChange>'
    box = "<w:p><w:r><w:pict><w:txbxContent>{}</w:txbxContent></w:pict></w:r></w:p>"
    body = deleted + box.format(heading.format(use)) + heading.format(use + before)
    body += heading.format("")
    found = texts(body, numbering=numbered(*LEGAL))
    assert found == ["Gone", "# Fees", "# 1. Fees", "# Fees"]


def test_a_document_that_numbers_nothing_is_read_as_it_was() -> None:
    body = paragraph("Term", "heading1") + paragraph("first", numbering=1)
    assert texts(body, numbering=numbered(*LEGAL)) == ["# Term", "1. first"]


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

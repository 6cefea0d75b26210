"""Word documents, made by hand: a DOCX is a ZIP of XML."""

import zipfile
from io import BytesIO

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

"""Word documents: mammoth makes HTML of them, which is read as any other."""

import re
import zipfile
from html import unescape
from io import BytesIO

import mammoth

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.characters import title
from cevvo.providers.parsing.docx_numbering import Numbering
from cevvo.providers.parsing.docx_styles import Styles, first
from cevvo.providers.parsing.html import fragment_blocks
from cevvo.providers.parsing.names import title_from
from cevvo.providers.parsing.notes import mark_pattern, with_notes
from cevvo.providers.parsing.sections import section_count

# A document of 5,000 pages has 60 MB of XML; a bomb inflates 200 kB to more than 500 MB.
_MAX_INFLATED = 200_000_000
_MAX_XML = 80_000_000
_MAX_RATIO = 150
_RATIO_FROM = 10_000_000
_MAX_ENTRIES = 10_000

_STYLES = """
p[style-name='Title'] => h1.document-title:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Code'] => pre:separator('\\n')
p[style-name='Source Code'] => pre:separator('\\n')
p[style-name='HTML Preformatted'] => pre:separator('\\n')
p[style-name='Preformatted Text'] => pre:separator('\\n')
r[style-name='Code Char'] => code
r[style-name='Source Text'] => code
r[style-name='Verbatim Char'] => code
r[style-name='HTML Code'] => code
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='TOC Heading'] => !
p[style-name='table of figures'] => !
r.CevvoHidden => !
"""
_STYLES += "".join(f"p[style-name='toc {level}'] => !\n" for level in range(1, 10))
# What mammoth passes over with all that is in it: simple fields, words with their reading above
# them, changes of direction, formulas. It reads through the smartTag. Of hidden text it does not
# see that it is hidden, but it sees styles.
_PASSED_OVER = re.compile(rb"<(?:w:(?:fldSimple|ruby|bdo|dir|vanish)|m:oMath)\b")
_HIDDEN = re.compile(rb"<w:vanish(?: w:val=\"(?:1|true|on)\")?\s*/>")
_HIDING = b'<w:rStyle w:val="CevvoHidden"/>'
_TEXT_PARTS = re.compile(r"word/(?:document\d*|footnotes|endnotes)\.xml")
_WRITTEN = re.compile(rb"(</?)(?:w:(?:fldSimple|ruby|rubyBase|bdo|dir)|m:(\w+))\b(?!\s*/>)")
_FORMULA_RUNS = {b"t": b"w:t", b"r": b"w:r"}
_FORMULA_SIGNS = {
    b"<m:num": b"(",
    b"</m:num": b")/",
    b"<m:den": b"(",
    b"</m:den": b")",
    b"<m:sup": b"^",
}
_HEADING = re.compile(r"<h[1-6]\b")
_NOTES = re.compile(r"<ol>(<li id=\"(?:foot|end)note-.*)</li></ol>\Z", re.DOTALL)
_NOTE_START = re.compile(r"(?:</li>)?<li id=\"(?:foot|end)note-[^\"]*\">")
_BACK = re.compile(r"\s*<a href=\"#(?:foot|end)note-ref-[^\"]*\">↑</a>")
_MARKS = mark_pattern(
    r"<sup><a href=\"#(?:foot|end)note-[^\"]*\" id=\"[^\"]*\">\[(\d+)\]</a></sup>"
)
_BOX = re.compile(r"<input( checked=\"[^\"]*\")? type=\"checkbox\" ?/>")
_BOLD_LINE = re.compile(r"<table>.*?</table>|<p><strong>([^<>\n]{2,80})</strong></p>", re.DOTALL)
_TITLE = re.compile(r"<h1 class=\"document-title\">(.*?)</h1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_CORE_TITLE = re.compile(r"<dc:title>([^<]+)</dc:title>")
_LANGUAGE = re.compile(r"<w:lang\b[^>]*?\bw:val=\"([a-zA-Z]{2})\b")


def parse_docx(content: bytes, *, name: str) -> ParsedDocument:
    """Read a DOCX. Raises Permanent: ``unreadable`` (damaged, or not what it claims),
    ``too_complex`` (inflates without measure), ``empty``."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_directory(archive)
            core_title = first(_CORE_TITLE, _part(archive, "docProps/core.xml"))
            styles_part = _part(archive, "word/styles.xml")
            styles = Styles(styles_part)
            numbering = Numbering(_part(archive, "word/numbering.xml"), styles)
            readable = _readable(archive, numbering) or content
        markup = _with_notes(_to_html(readable, _heading_styles(styles)))
    except (Permanent, MemoryError, RecursionError):
        raise
    except Exception as error:  # a malformed document makes mammoth raise anything at all
        raise Permanent(
            "The DOCX file is damaged: save it again in the word processor and send that.",
            reason="unreadable",
        ) from error
    blocks = fragment_blocks(markup, first_row_is_header=True)
    if not blocks:
        raise Permanent("The document holds no text.", reason="empty")
    document_title = _title(markup, core_title, blocks) or title_from(name)
    is_styled = _TITLE.search(markup) is not None
    sections = [b for b in blocks if not (is_styled and _is_title(b, document_title))]
    return ParsedDocument(
        title=document_title,
        blocks=tuple(blocks),
        language=first(_LANGUAGE, styles_part).lower() or None,
        unit_count=section_count(sections, document_title),
    )


def _title(markup: str, core_title: str, blocks: list[Block]) -> str:
    """The paragraph in style Title; the title in the file's properties; the only first-level
    heading."""
    styled = _TITLE.search(markup)
    if styled:
        return title(unescape(_TAG.sub("", styled[1])))
    first_level = [block for block in blocks if block.kind == "heading" and block.level == 1]
    if core_title or len(first_level) != 1:
        return title(unescape(core_title))
    return title(first_level[0].text[2:])


def _is_title(block: Block, document_title: str) -> bool:
    return block.level == 1 and title(block.text[2:]) == document_title


def _check_directory(archive: zipfile.ZipFile) -> None:
    """Refuse bombs and path tricks by the directory alone. The sizes in it bind: a reader stops
    at them."""
    entries = archive.infolist()
    inflated = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    markup = sum(entry.file_size for entry in entries if entry.filename.endswith((".xml", ".rels")))
    if (
        len(entries) > _MAX_ENTRIES
        or inflated > _MAX_INFLATED
        or markup > _MAX_XML
        or (inflated > _RATIO_FROM and inflated / packed > _MAX_RATIO)
    ):
        raise Permanent(
            f"The document inflates to {inflated // 1_000_000} MB, more than can be read: "
            "split it or take its images out.",
            reason="too_complex",
        )
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if entry.filename.startswith(("/", "\\")) or ".." in parts:
            raise ValueError("an entry's name leaves the archive")
        if entry.flag_bits & 0x1:
            raise Permanent("The document is protected by a password.", reason="encrypted")


def _readable(archive: zipfile.ZipFile, numbering: Numbering) -> bytes | None:
    """The markup of the archive so that mammoth reads what it would pass over, with the numbers
    that Word counts and without what is hidden; None if there is nothing of the kind."""
    texts = {name: archive.read(name) for name in archive.namelist() if _TEXT_PARTS.fullmatch(name)}
    changed = {name: _as_mammoth_reads(name, text, numbering) for name, text in texts.items()}
    if changed == texts:
        return None
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as copy:
        for name in archive.namelist():
            if name in changed:
                copy.writestr(name, changed[name])
            elif name.endswith((".xml", ".rels")):
                copy.writestr(name, archive.read(name))
    return buffer.getvalue()


def _as_mammoth_reads(name: str, text: bytes, numbering: Numbering) -> bytes:
    if name.startswith("word/document"):
        text = numbering.written(text)
    if _PASSED_OVER.search(text):
        text = _WRITTEN.sub(_as_read, _HIDDEN.sub(_HIDING, text))
    return text


def _as_read(tag: re.Match[bytes]) -> bytes:
    """A formula's text becomes text, with signs for its fractions and powers; any other of these
    tags gives way to what is in it."""
    sign = _FORMULA_SIGNS.get(tag[0], b"")
    written = b"<w:r><w:t>%s</w:t></w:r>" % sign if sign else b""
    return written + tag[1] + _FORMULA_RUNS.get(tag[2], b"w:smartTag")


def _part(archive: zipfile.ZipFile, name: str) -> str:
    """A part of the archive as text; empty if it is not there."""
    return archive.read(name).decode("utf-8", "replace") if name in archive.namelist() else ""


def _heading_styles(styles: Styles) -> str:
    """A style map for styles of the author's own that are set at a level of the outline, or based
    on one that is."""
    levels = ((styles.name(style), styles.outline_level(style)) for style in styles)
    lines = [
        f"p[style-name='{name}'] => h{level}:fresh" for name, level in levels if name and level
    ]
    return "\n".join(line for line in lines if line.count("'") == 2 and "\\" not in line)


def _to_html(content: bytes, heading_styles: str = "") -> str:
    """HTML without images. A text that marks headings by bold type only gets headings of it."""
    result = mammoth.convert_to_html(
        BytesIO(content), style_map=_STYLES + heading_styles, convert_image=lambda image: []
    )
    markup = _BOX.sub(lambda box: "☑" if box[1] else "☐", str(result.value))
    return markup if _HEADING.search(markup) else _BOLD_LINE.sub(_bold_heading, markup)


def _with_notes(markup: str) -> str:
    """Footnotes and endnotes moved from the end to what refers to them."""
    notes = _NOTES.search(markup)
    if notes is None:
        return markup
    texts = _NOTE_START.split(_BACK.sub("", notes[1]))[1:]
    return with_notes(markup[: notes.start()], texts, _MARKS)


def _bold_heading(found: re.Match[str]) -> str:
    text = found[1]
    return f"<h2>{text}</h2>" if text and not text.rstrip().endswith((".", ",", ";")) else found[0]

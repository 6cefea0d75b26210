"""What a file is, told by its content. The name only tells kinds of text apart."""

import re
import zipfile
from io import BytesIO

from cevvo.errors import InvalidRequest, UnsupportedFileType
from cevvo.providers.parsing.base import MediaType
from cevvo.providers.parsing.names import suffix_of
from cevvo.providers.parsing.unicode_text import decode_unicode

SUPPORTED = "PDF, DOCX, HTML, Markdown (.md) and plain text"
DOCX: MediaType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file or a password-protected one"),
    (b"{\\rtf", "an RTF file"),
    (b"MZ\x90\x00", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh91AY&SY", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"%!PS", "a PostScript file"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_OTHER_ZIPS = {
    "xl/workbook.xml": "an Excel workbook",
    "ppt/presentation.xml": "a PowerPoint presentation",
    "META-INF/container.xml": "an EPUB book",
    "content.xml": "an OpenDocument file",
}
_WORD_DOCUMENT = re.compile(r"word/document\d*\.xml")  # Word for the web numbers it
_MAX_ZIP_ENTRIES = 10_000
_END_OF_DIRECTORY = b"PK\x05\x06"
_PDF_MARK_WITHIN = 1024
_SAMPLE = 65_536
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_COMMENTS = r"(?><!--.*?-->\s*)*+"  # possessive: n comments must not be tried in 2**n groupings
_HTML_START = re.compile(
    rf"\s*(?:<\?xml[^>]*\?>\s*)?{_COMMENTS}(?:<!doctype\s+html|<html|<head\b|<body\b)",
    re.IGNORECASE | re.DOTALL,
)
_HTML_LIKE = re.compile(
    rf"\s*{_COMMENTS}<(?:title|meta|h[1-6]|p|div|article|section|main|table|ul|ol)\b[^>]*>",
    re.IGNORECASE | re.DOTALL,
)
_XML_START = re.compile(r"\s*<(?:\?xml|svg|rss|feed|urlset|sitemapindex)\b", re.IGNORECASE)
_MAIL_HEADER = re.compile(r"\s*[\w-]+:[^\0]*?^MIME-Version:", re.IGNORECASE | re.MULTILINE)
_MARKDOWN_SUFFIXES = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx"})
_HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})


def detect_media_type(content: bytes, name: str) -> MediaType:
    """The type of ``content``; ``name`` is a file name or URL.

    Raises InvalidRequest for an empty or blank file, UnsupportedFileType for anything that cannot
    be read, and for a name that claims PDF or DOCX over other content.
    """
    suffix = suffix_of(name)
    found = _detect(content, suffix)
    for claim, media_type in ((".pdf", "application/pdf"), (".docx", DOCX)):
        if suffix == claim and found != media_type:
            raise UnsupportedFileType(
                f"The name ends in {claim}, but the content is not a {claim[1:].upper()} file. "
                f"Rename it or send the real file; supported are {SUPPORTED}."
            )
    return found


def _detect(content: bytes, suffix: str) -> MediaType:
    if not content or content.isspace():
        raise InvalidRequest("The file is empty: send one that holds text.")
    head = content[:_PDF_MARK_WITHIN]
    if b"%PDF-" in head:  # with something before it, it may be what a text is about
        begins = head.lstrip().startswith(b"%PDF-")
        if begins or suffix == ".pdf" or _is_binary(content):
            return "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return _zip_type(content)
    for signature, what in _SIGNATURES:
        if content.startswith(signature):
            raise _unsupported(what)
    if content[:4] == b"RIFF" or content[4:8] == b"ftyp":
        raise _unsupported("an image, sound or video file")
    return _text_type(content, suffix)


def _zip_type(content: bytes) -> MediaType:
    """A DOCX is a ZIP with a Word document in it. Only the directory is read."""
    end = content.rfind(_END_OF_DIRECTORY, max(0, len(content) - 65_557))
    if end < 0:
        raise _unsupported("a damaged ZIP archive")
    if int.from_bytes(content[end + 10 : end + 12], "little") > _MAX_ZIP_ENTRIES:
        raise _unsupported("a ZIP archive")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise _unsupported("a damaged ZIP archive") from error
    if "[Content_Types].xml" in entries and any(map(_WORD_DOCUMENT.fullmatch, entries)):
        return DOCX
    known = (what for entry, what in _OTHER_ZIPS.items() if entry in entries)
    raise _unsupported(next(known, "a ZIP archive"))


def _text_type(content: bytes, suffix: str) -> MediaType:
    if _is_binary(content):
        raise _unsupported("a binary file of an unknown type")
    sample = _roughly(content[:_SAMPLE])
    if not sample.strip("\ufeff\u200b \t\r\n\f\xa0") and not _roughly(content).strip():
        raise InvalidRequest("The file is empty: send one that holds text.")
    if _HTML_START.match(sample):
        return "text/html"
    if suffix in _MARKDOWN_SUFFIXES:
        return "text/markdown"
    if suffix in _HTML_SUFFIXES:
        return "text/html"
    if _XML_START.match(sample):
        raise _unsupported("an XML file")
    header = sample.replace("\r", "").partition("\n\n")[0]
    if suffix != ".txt" and _MAIL_HEADER.match(header):
        raise _unsupported("an e-mail or a web page saved as one (.eml, .mht)")
    if suffix != ".txt" and _HTML_LIKE.match(sample):
        return "text/html"
    return "text/plain"


def _is_binary(content: bytes) -> bool:
    sample = _roughly(content[:_SAMPLE])
    return len(_CONTROLS.findall(sample)) > len(sample) // 200


def _roughly(content: bytes) -> str:
    """Good enough to tell text from other bytes, whichever encoding it is in."""
    text = decode_unicode(content)
    return content.decode("cp1252", "ignore") if text is None else text


def _unsupported(what: str) -> UnsupportedFileType:
    return UnsupportedFileType(f"This is {what}, which cannot be read. Supported are {SUPPORTED}.")

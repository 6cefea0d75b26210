"""What a file is, by its content."""

import zipfile
from io import BytesIO

import pytest

from cevvo.errors import InvalidRequest, UnsupportedFileType
from cevvo.providers.parsing.media_types import DOCX, detect_media_type


def zipped(*names: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


WORD = zipped("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.7\n...", "a.pdf", "application/pdf"),
        (b"\r\n%PDF-1.4", "download", "application/pdf"),
        (b"%PDF-1.7", "notes.txt", "application/pdf"),
        (b"sent by mail: %PDF-1.4", "a.pdf", "application/pdf"),
        (b"sent by mail: %PDF-1.4\n" + bytes(range(256)), "download", "application/pdf"),
        (b"# Formats\n\nA PDF begins with `%PDF-1.7`.", "formats.md", "text/markdown"),
        (b"<!doctype html><p>%PDF-1.7", "https://x.example/formats", "text/html"),
        (b"MZ 150 is a motorcycle.", "mz.txt", "text/plain"),
        (b"BZh is how a bzip2 file begins.", "bzip2.txt", "text/plain"),
        (WORD, "a.docx", DOCX),
        (WORD, "https://x.example/get?id=1", DOCX),
        (zipped("[Content_Types].xml", "word/document2.xml"), "a.docx", DOCX),
        (b"<!DOCTYPE html><p>x", "index", "text/html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!-- c --><html>", "a.xhtml", "text/html"),
        (b"<!doctype HTML><p>x", "a.txt", "text/html"),
        (b"<h1>Title</h1>", "https://x.example/page", "text/html"),
        (b"<h1 align=center>Tool</h1>\n\nText", "README.md", "text/markdown"),
        (b"<h1>is a tag", "notes.txt", "text/plain"),
        (b"plain words", "page.html", "text/html"),
        (b"# Title", "A.MD", "text/markdown"),
        (b"# Title", "https://x.example/a.markdown?raw=1#top", "text/markdown"),
        (b"# Title", "a.txt", "text/plain"),
        ("naïve".encode("utf-16"), "a.txt", "text/plain"),
        ("日本語のテキスト。".encode("shift_jis"), "a.txt", "text/plain"),
        (b"a,b\n1,2\n", "a.csv", "text/plain"),
        (b"x", "noext", "text/plain"),
        (b"Subject: Fees\n\nMIME-Version: 1.0 is what mail says.", "noext", "text/plain"),
    ],
)
def test_supported(content: bytes, name: str, expected: str) -> None:
    assert detect_media_type(content, name) == expected


@pytest.mark.parametrize(
    ("content", "name", "what"),
    [
        (
            b"Subject: Fees\r\nMIME-Version: 1.0\r\n\r\n250=E2=82=AC",
            "a.mht",
            "an e-mail or a web page",
        ),
        (b"MZ\x90\x00", "setup.exe", "Windows program"),
        (b"\x7fELF\x02", "tool", "program"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "PNG"),
        (b"{\\rtf1 hello}", "a.rtf", "RTF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", "old Office"),
        (zipped("xl/workbook.xml"), "a.xlsx", "Excel"),
        (zipped("a.txt"), "a.zip", "ZIP"),
        (b"PK\x03\x04 but no directory", "a.zip", "damaged ZIP"),
        (b"PK\x03\x04" + b"PK\x05\x06" + b"\xff" * 18, "a.zip", "ZIP"),
        (b"<?xml version='1.0'?><rss/>", "feed.xml", "XML"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "XML"),
        (bytes(range(256)) * 8, "a.bin", "binary"),
        (b"text\x00with\x00zeros in odd places\x00", "a.txt", "binary"),
        (b"RIFF\x00\x00\x00\x00WEBP", "a.webp", "image"),
    ],
)
def test_refused_with_what_it_is_and_what_would_do(content: bytes, name: str, what: str) -> None:
    with pytest.raises(UnsupportedFileType) as caught:
        detect_media_type(content, name)
    assert what in caught.value.message
    assert "PDF, DOCX, HTML, Markdown (.md) and plain text" in caught.value.message


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<!doctype html><p>x", "invoice.pdf"),
        (b"just text", "invoice.pdf"),
        (WORD, "invoice.pdf"),
        (b"%PDF-1.7", "letter.docx"),
        (b"just text", "https://x.example/letter.DOCX?v=2"),
        (b"MZ\x90\x00", "letter.docx"),
        (zipped("a.txt"), "letter.docx"),
    ],
)
def test_s36_a_name_that_claims_another_type_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(UnsupportedFileType):
        detect_media_type(content, name)


@pytest.mark.parametrize(
    "content", [b"", b" \n\t\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n", " \n".encode("utf-16")]
)
def test_empty(content: bytes) -> None:
    with pytest.raises(InvalidRequest, match="empty"):
        detect_media_type(content, "a.txt")


def test_comments_before_a_page_do_not_take_exponential_time() -> None:
    assert detect_media_type(b"<!-- -->" * 8000 + b"x", "a.txt") == "text/plain"

"""S34: a file name is shown, never used as a path, and cannot lie about itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.domain.file_names import MAX_LENGTH, display_name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("document.pdf", "document.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\report.docx", "report.docx"),
        ("/abs/olute.txt", "olute.txt"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("  spaced \t out .md ", "spaced out .md"),
        ("Prüfung über alles.pdf", "Prüfung über alles.pdf"),
        ("u\u0308ber.txt", "über.txt"),
        ("کتاب\u200cها.pdf", "کتاب\u200cها.pdf"),
        ("CON", "CON"),
        ("..", "document"),
        ("dir/", "document"),
        ("", "document"),
        (None, "document"),
        ("\u202e", "document"),
        ("x" * 4096 + ".pdf", "x" * 251 + ".pdf"),
        ("y" * 300, "y" * 255),
        ("\ud800lone.txt", "lone.txt"),
    ],
)
def test_s34_file_names(raw: str | None, shown: str) -> None:
    assert display_name(raw) == shown


@given(st.text(st.characters(codec=None), max_size=600))
def test_s34_any_name_is_short_printable_and_no_path(raw: str) -> None:
    name = display_name(raw)
    assert 1 <= len(name) <= MAX_LENGTH
    assert not set(name) & set("/\\\x00\n\r\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
    assert name.strip(".")
    name.encode()
    assert display_name(name) == name

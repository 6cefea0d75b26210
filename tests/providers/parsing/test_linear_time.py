"""Input made to be slow: twice as much of it must not take much more than twice the time."""

import time
from collections.abc import Callable
from contextlib import suppress
from xml.sax.saxutils import escape

import pytest

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.docx import parse_docx
from cevvo.providers.parsing.html import parse_html
from cevvo.providers.parsing.language import document_language
from cevvo.providers.parsing.markdown import parse_markdown
from cevvo.providers.parsing.plain_text import parse_plain_text
from made_docx import docx, paragraph

UNITS = [
    *("a", "(", "[", "\u200b", "\u202eא", "`", "* a\n", "> ", "<a ", ":::", "{#a", ". . ", "\t"),
    *("[[", "[^1]: ", "- [ ] ", "title: "),
]


def parse_docx_of(content: bytes, *, name: str) -> ParsedDocument:
    return parse_docx(docx(paragraph(escape(content.decode("utf-8", "ignore")))), name=name)


def tell_language(content: bytes, *, name: str) -> ParsedDocument:
    text = content.decode("utf-8", "ignore")
    return ParsedDocument(name, (), document_language(None, [Block("paragraph", text)]))


@pytest.mark.parametrize(
    "parse", [parse_html, parse_markdown, parse_plain_text, parse_docx_of, tell_language]
)
def test_r27_time_is_linear(parse: Callable[..., ParsedDocument]) -> None:
    def seconds(size: int) -> float:
        content = (unit * size)[:size].encode()
        start = time.process_time()
        with suppress(Permanent):  # there may be nothing to read
            parse(content, name="x")
        return time.process_time() - start

    for unit in UNITS:  # thrice at most: other work on the machine slows one time down, not all
        assert any(seconds(32_000) < 4 * 2.5 * seconds(8_000) + 0.1 for _ in range(3)), unit

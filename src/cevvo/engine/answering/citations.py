"""Citations: the exact text an answer rests on, checked, and a link that opens the very place.

Text fragments follow the WICG draft "URL Fragment Text Directives"
(``#:~:text=start,end``), PDF pages the open parameters of ISO 32000 (``#page=``).
"""

import re
from collections.abc import Sequence
from urllib.parse import quote as percent_encode
from urllib.parse import urldefrag, urlsplit

from cevvo.domain.answers import Citation
from cevvo.domain.documents import Passage, Span

_WHOLE_CHARACTERS = 80  # a longer quote is named by its first and last words
_EDGE_WORDS = 5
_FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[^\n`]*$", re.MULTILINE)
_LIST_MARKER = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_GAP = re.compile(r"\s*(?:(?:[-*+>]|\d{1,9}[.)])\s+)*")
_INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)


def cite(passage: Passage, span: Span, source: int) -> Citation:
    """The citation of the document's text at ``span``, as the source numbered ``source``."""
    return Citation(
        source=source,
        document_id=passage.document_id,
        quote=passage.quote(span),
        span=span,
        url=place_url(passage, span),
    )


def quoted_spans(passage: Passage, spans: Sequence[Span]) -> list[Span]:
    """``spans`` with those joined that only blanks and list markers separate, in reading order."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if joined and _GAP.fullmatch(passage.quote(Span(joined[-1].end, span.start))):
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def is_verbatim(citation: Citation, passages: Sequence[Passage]) -> bool:
    """Whether one of the passages holds exactly this quote at exactly this span."""
    span = citation.span
    return bool(citation.quote.strip()) and any(
        passage.document_id == citation.document_id
        and passage.span.start <= span.start < span.end <= passage.span.end
        and passage.quote(span) == citation.quote
        for passage in passages
    )


def page_url(passage: Passage) -> str | None:
    """The page's address if a browser may open it, else None."""
    url = passage.url
    return url if url and urlsplit(url).scheme in ("http", "https") else None


def place_url(passage: Passage, span: Span) -> str | None:
    """The address that opens the page where the quote stands; None for a file without address."""
    url = page_url(passage)
    if url is None:
        return None
    base, fragment = urldefrag(url)
    if passage.media_type == "application/pdf":
        return f"{base}#page={passage.page}" if passage.page else url
    anchor = (passage.anchor or fragment).partition(":~:")[0]
    place = percent_encode(anchor, safe="!$'()*+,;=/?:@%") + _text_directive(passage.quote(span))
    return f"{base}#{place}" if place else base


def _text_directive(quote: str) -> str:
    """``:~:text=…`` for a quote; empty where there is nothing that a browser could look for.

    A text match does not cross from one block to the next, a range does: so rows, code and
    anything long are named by where they start and end.
    """
    blocks = [block for block in map(_one_line, _shown_blocks(quote)) if block]
    if not blocks:
        return ""
    words = blocks[0].split()
    if len(blocks) > 1:
        start, end = words[:_EDGE_WORDS], blocks[-1].split()[-_EDGE_WORDS:]
    elif len(blocks[0]) > _WHOLE_CHARACTERS and len(words) > 1:
        edge = min(_EDGE_WORDS, len(words) // 2)
        start, end = words[:edge], words[-edge:]
    else:
        return f":~:text={_encoded(words)}"
    return f":~:text={_encoded(start)},{_encoded(end)}"


def _shown_blocks(quote: str) -> list[str]:
    """The quote as a browser shows it, without fences, markers and backticks, block by block."""
    bare = _FENCE.sub("", quote)
    rows = bare.lstrip().startswith("|")
    lines = re.split(r"(?<!\\)\||\n", bare) if rows else bare.split("\n")
    shown = [_INLINE_CODE.sub(lambda match: match[2], _LIST_MARKER.sub("", line)) for line in lines]
    return [cell.replace("\\|", "|") for cell in shown if cell.strip(" -:")] if rows else shown


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _encoded(words: Sequence[str]) -> str:
    """Percent-encoded for a text directive, where ``-``, ``,`` and ``&`` have a meaning."""
    return percent_encode(" ".join(words), safe="").replace("-", "%2D")

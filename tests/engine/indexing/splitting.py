"""Documents to split, and what holds for the chunks of every document."""

import re
from collections.abc import Sequence

from cevvo.domain.documents import Block, Chunk, ParsedDocument
from cevvo.engine.indexing.split import split

MAX_TOKENS = 254


def count(text: str) -> int:
    """Words and signs, about what a WordPiece tokenizer makes of English."""
    return len(re.findall(r"\w{1,8}|[^\w\s]", text))


def heading(level: int, text: str, anchor: str | None = None, page: int | None = None) -> Block:
    return Block("heading", f"{'#' * level} {text}", level, anchor, page)


def paragraph(text: str, page: int | None = None, anchor: str | None = None) -> Block:
    return Block("paragraph", text, anchor=anchor, page=page)


def split_up(
    *blocks: Block, title: str = "Title", max_tokens: int = MAX_TOKENS
) -> tuple[str, tuple[Chunk, ...]]:
    return split(ParsedDocument(title, blocks), count_tokens=count, max_tokens=max_tokens)


def check(text: str, chunks: Sequence[Chunk], title: str, max_tokens: int = MAX_TOKENS) -> None:
    """What holds for every document."""
    end = 0
    for number, chunk in enumerate(chunks):
        assert chunk.ordinal == number
        assert chunk.span.start >= end
        assert not text[end : chunk.span.start].strip()
        end = chunk.span.end
        body = text[chunk.span.start : end]
        assert body.strip()
        prefix = " > ".join((title, *chunk.heading_path))
        assert count(prefix) + count(body) <= max(max_tokens, count(prefix) + 16)
        last = chunk.span.start
        for sentence in chunk.sentences:
            assert last <= sentence.start < sentence.end <= end
            assert text[sentence.start : sentence.end].strip()
            last = sentence.end
    assert not text[end:].strip()

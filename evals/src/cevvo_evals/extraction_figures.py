"""How much of a page's truth is in the Markdown that an extractor made of it."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cevvo_evals.extraction_pages import Heading, Truth, code_lines, item_key, words

T = TypeVar("T", bound=Hashable)
Share = tuple[int, int]
"""How many of how many."""
FIGURES = {
    "headings": "headings of the main part that come out as headings of their level",
    "order": "of those, how many stand in the page's order",
    "anchors": "headings that come out with a fragment that opens the page there",
    "code": "lines of code blocks that come out in code blocks, to the blank",
    "cells": "cells of tables that come out as cells of tables",
    "items": "list items that come out as list items",
    "recall": "word 4-grams of the main part that come out",
    "precision": "word 4-grams that come out and are of the main part",
    "boilerplate": "word 4-grams of what is around the main part, and not in it, that come out",
}

# Text between < and > is text: extractors seldom write it as anything else.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_MARKDOWN.disable(["autolink", "html_inline", "html_block", "reference"])


@dataclass(frozen=True, slots=True)
class Extract:
    """What Markdown holds, as ``Truth`` puts it. ``anchors`` is empty where none are given."""

    headings: list[Heading]
    code: Counter[str]
    cells: Counter[tuple[str, ...]]
    items: Counter[tuple[str, ...]]
    words: list[str]
    anchors: Sequence[str | None] = field(default_factory=list)


def read_markdown(markdown: str, anchors: Sequence[str | None] = ()) -> Extract:
    """``anchors``: the fragment of each heading, in order."""
    headings: list[Heading] = []
    code: Counter[str] = Counter()
    cells: Counter[tuple[str, ...]] = Counter()
    items: Counter[tuple[str, ...]] = Counter()
    text: list[str] = []
    tokens = _MARKDOWN.parse(markdown)
    for before, token in pairwise([Token("", "", 0), *tokens]):
        if token.type in ("fence", "code_block"):
            code += code_lines(token.content)
            text += words(token.content)
        elif token.type == "inline":
            seen = _inline(token)
            text += words(seen)
            if before.type == "heading_open":
                headings.append((int(before.tag[1]), tuple(words(seen))))
            elif before.type in ("td_open", "th_open"):
                cells += Counter([tuple(words(seen))])
    for start, token in enumerate(tokens):
        if token.type == "list_item_open":
            key = item_key(_item(tokens, start))
            items += Counter([key] if key else [])
    return Extract(headings, code, cells, items, text, anchors)


def _inline(token: Token) -> str:
    """What a reader sees: without addresses of links, without images."""
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts)


def _item(tokens: Sequence[Token], start: int) -> str:
    """The text of an item up to what is no paragraph."""
    parts = []
    for token in tokens[start + 1 :]:
        if token.type == "inline":
            parts.append(_inline(token))
        elif token.type not in ("paragraph_open", "paragraph_close"):
            break
    return " ".join(parts)


def measure(truth: Truth, extract: Extract) -> dict[str, Share]:
    """Each of ``FIGURES``; ``order`` and ``anchors`` only where there is something to measure."""
    kept = _common(Counter(truth.headings), Counter(extract.headings))
    main, around = Counter(_grams(truth.words)), set(_grams(truth.boilerplate))
    out = Counter(_grams(extract.words))
    common = _common(main, out)
    around -= set(main)
    figures = {
        "headings": (kept, len(truth.headings)),
        "order": (_longest_common(truth.headings, extract.headings), kept),
        "code": _shared(truth.code, extract.code),
        "cells": _shared(truth.cells, extract.cells),
        "items": _shared(truth.items, extract.items),
        "recall": (common, main.total()),
        "precision": (common, out.total()),
        "boilerplate": (len(around & set(out)), len(around)),
    }
    if extract.anchors:
        figures["anchors"] = _anchored(truth, extract)
    return figures


def total(figures: Iterable[dict[str, Share]]) -> dict[str, Share]:
    """The sums over several pages."""
    sums: dict[str, Share] = {}
    for page in figures:
        for name, (some, all_) in page.items():
            before = sums.get(name, (0, 0))
            sums[name] = (before[0] + some, before[1] + all_)
    return sums


def _common(some: Counter[T], others: Counter[T]) -> int:
    return (some & others).total()


def _shared(wanted: Counter[T], found: Counter[T]) -> Share:
    return _common(wanted, found), wanted.total()


def _grams(text: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return zip(text, text[1:], text[2:], text[3:], strict=False)


def _longest_common(some: Sequence[T], others: Sequence[T]) -> int:
    """Length of the longest common subsequence."""
    lengths = [0] * (len(others) + 1)
    for one in some:
        diagonal = 0
        for position, other in enumerate(others, 1):
            best = diagonal + 1 if one == other else max(lengths[position], lengths[position - 1])
            diagonal, lengths[position] = lengths[position], best
    return lengths[-1]


def _anchored(truth: Truth, extract: Extract) -> Share:
    given: dict[Heading, list[str | None]] = {}
    for heading, anchor in zip(extract.headings, extract.anchors, strict=True):
        given.setdefault(heading, []).append(anchor)
    right = all_ = 0
    for heading, anchors in zip(truth.headings, truth.anchors, strict=True):
        if anchors:
            all_ += 1
            right += bool(given.get(heading)) and given[heading].pop(0) in anchors
    return right, all_

"""Two answers to one question, side by side: what came, what went, what stayed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from cevvo.domain.answers import Citation

_BETWEEN = re.compile(r"\n+|(?<=\])\s+|(?<=[.!?])\s+(?!\[\d)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or line of either answer, or of both."""

    change: Literal["same", "added", "removed"]
    text: str


def compared(then: str, now: str) -> tuple[Piece, ...]:
    """The sentences of both in order: those that are gone before those that came in their place."""
    old, new = _pieces(then), _pieces(now)
    found: list[Piece] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [Piece("same", text) for text in old[i:j]]
            continue
        found += [Piece("removed", text) for text in old[i:j]]
        found += [Piece("added", text) for text in new[k:m]]
    return tuple(found)


def rests_on_the_same(then: Sequence[Citation], now: Sequence[Citation]) -> bool:
    """Whether both cite the same words of the same documents, in whatever order."""
    return {(c.document_id, c.quote) for c in then} == {(c.document_id, c.quote) for c in now}


def _pieces(text: str) -> list[str]:
    return [piece for each in _BETWEEN.split(text) if (piece := each.strip())]

"""The same text more than once: a page under two addresses, a section of every version."""

import re
from collections.abc import Sequence

from cevvo.domain.documents import Passage

_SAME_TEXT = 0.95  # share of words two passages have in common to count as one
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)*)")


def distinct(passages: Sequence[Passage], limit: int) -> list[Passage]:
    """Without those whose words are nearly all those of a better one; the first ``limit`` of them.

    Texts that differ in a number say different things, unless it is one with a point, as versions
    are written: "up to 10 files" and "up to 20 files" both stay, "in 4.1" and "in 4.2" do not.
    """
    kept: list[tuple[Passage, set[str], set[str]]] = []
    for passage in passages:
        if len(kept) == limit:
            break
        pieces = _NUMBER.split(passage.text.casefold())  # every second one is a number
        words = set("".join(pieces[::2]).split())
        numbers = {number for number in pieces[1::2] if number.isdecimal()}
        if not any(numbers == others and _same(words, known) for _, known, others in kept):
            kept.append((passage, words, numbers))
    return [passage for passage, _, _ in kept]


def _same(words: set[str], others: set[str]) -> bool:
    return len(words & others) >= _SAME_TEXT * len(words | others)

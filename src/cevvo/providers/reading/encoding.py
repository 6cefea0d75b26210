"""A question and a passage as the tokens of one input, the same in training and in use.

``[CLS] question [SEP] title [SEP] text [SEP]``, the title left out where there is none. Of a long
title its end is read, where the nearest heading stands. A text that is longer than an input comes
in windows that overlap by half.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cevvo.providers.wordpiece import CLS, SEP, WordPieces

MAX_TOKENS = 224  # of an input
_MAX_QUESTION, _MAX_TITLE = 48, 32  # tokens, so that most of an input is text
_MAX_CHARACTERS = 16  # of a token, on the whole: bounds the tokenizer's work
_MAX_WINDOWS = 4


@dataclass(frozen=True, slots=True)
class Window:
    """One input. ``ids`` are its tokens; those from ``first`` on are the text's and a last [SEP].

    ``offsets`` are the character ranges in the text of its tokens, which are the text's from the
    one at ``start`` on. Everything behind the first [SEP] is of kind 1, that and what is before of
    kind 0.
    """

    ids: list[int]
    question_length: int
    first: int
    offsets: list[tuple[int, int]]
    start: int

    @property
    def kinds(self) -> list[int]:
        """0 or 1 for each token."""
        return [0] * self.question_length + [1] * (len(self.ids) - self.question_length)


def windows(pieces: WordPieces, question: str, title: str, text: str) -> Iterator[Window]:
    """The inputs for a passage, from its beginning on; none for a text without a token.

    What is beyond the fourth window is not read.
    """
    asked = pieces.encode(question[: _MAX_QUESTION * _MAX_CHARACTERS]).ids[:_MAX_QUESTION]
    named = pieces.encode(title[-_MAX_TITLE * _MAX_CHARACTERS :]).ids[-_MAX_TITLE:]
    head = [CLS, *asked, SEP, *([*named, SEP] if named else ())]
    room = MAX_TOKENS - len(head) - 1
    read = pieces.encode(text[: _MAX_WINDOWS * MAX_TOKENS * _MAX_CHARACTERS])
    for number in range(_MAX_WINDOWS):
        start = number * (room // 2)
        end = start + room
        ids = read.ids[start:end]
        if not ids:
            return
        offsets = read.offsets[start:end]
        yield Window([*head, *ids, SEP], len(asked) + 2, len(head), offsets, start)
        if end >= len(read.ids):
            return

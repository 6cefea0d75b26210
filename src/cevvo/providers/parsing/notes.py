"""Footnotes and endnotes: where their text goes in HTML that was made from another format."""

import re
from collections.abc import Sequence

_BLOCK = r"<(/?)(?:p|h[1-6]|[uo]l|table|pre|blockquote)\b[^>]*>"


def mark_pattern(mark: str) -> re.Pattern[str]:
    """What ``with_notes`` looks for: ``mark`` is the pattern of a note's mark in the text, with its
    number (from 1) as the only group."""
    return re.compile(f"{_BLOCK}|{mark}")


def with_notes(markup: str, notes: Sequence[str], marks: re.Pattern[str]) -> str:
    """``markup`` with each of the ``notes`` (HTML) after the paragraph, list or table that refers
    to it, and without the marks: ``[1]`` is what answers cite with."""
    written: list[str] = []
    due: list[str] = []
    depth = position = 0
    for found in marks.finditer(markup):
        written.append(markup[position : found.start()])
        position = found.end()
        if found[2]:
            due += notes[int(found[2]) - 1 : int(found[2])]
            continue
        written.append(found[0])
        depth += -1 if found[1] else 1
        if depth <= 0:
            written += due
            due = []
    return "".join([*written, markup[position:], *due])

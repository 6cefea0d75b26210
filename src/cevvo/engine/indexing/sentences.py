"""Where sentences begin and end in prose.

Rules, not a model: they are the same for every language, need no data and take linear time. A full
stop ends a sentence if blank space follows and neither an abbreviation, an initial, a number that
starts a line nor a small letter after it says otherwise. What is between backticks is never cut.
"""

import re
from collections.abc import Iterator

from cevvo.domain.documents import Span

_CLOSERS = "\"'”’»›)\\]}*_`」』】）”’"
_STOPS = ".!?…؟।॥۔"
# Possessive, and only from where a run of stops begins: a megabyte of dots takes linear time.
_END = re.compile(
    rf"(?:(?<![{_STOPS}])[{_STOPS}]++[{_CLOSERS}]*+(?=\s|$))|(?:[。！？｡]++[{_CLOSERS}]*+)|\n+"
)
_STOP = re.compile(f"[{_STOPS}。！？｡]")
_CODE = re.compile(r"``.+?``|`[^`\n]+`")
_WORD_BEFORE = 24  # the longest abbreviation is far shorter

# Followed by the word that they belong to, so they never end a sentence.
_NEVER = frozenset(
    {
        *("mr", "mrs", "ms", "dr", "prof", "st", "sr", "rev", "gen", "col", "capt", "lt", "hon"),
        *("e.g", "i.e", "eg", "ie", "cf", "vs", "viz", "approx", "resp", "incl", "esp", "ca"),
        *(
            "см",
            "т.е",
            "z.b",
            "d.h",
            "u.a",
            "bzw",
            "vgl",
            "ggf",
            "evtl",
            "sog",
            "p.ex",
            "p.ej",
            "mme",
            "mlle",
        ),
    }
)
# Abbreviations only in front of a number.
_NUMBERED = frozenset(
    {
        *("no", "nos", "nr", "fig", "figs", "eq", "eqs", "sec", "sect", "ch", "chap", "vol", "p"),
        *(
            "pp",
            "art",
            "ver",
            "v",
            "ex",
            "tab",
            "abs",
            "kap",
            "ziff",
            "ref",
            "refs",
            "line",
            "par",
            "рис",
            "стр",
            "гл",
        ),
    }
)


def sentence_spans(text: str) -> list[Span]:
    """The sentences of ``text`` in order, without the blank space around them.

    Everything that is not blank lies in exactly one span; a line break always ends a sentence.
    """
    spans: list[Span] = []
    start = 0
    for end in _boundaries(text):
        _append(spans, text, start, end)
        start = end
    _append(spans, text, start, len(text))
    return spans


def has_stop(line: str) -> bool:
    """Whether a line holds anything that could end a sentence before the line does."""
    return _STOP.search(line) is not None


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    """Add the stretch; one without a letter or digit is joined to the sentence before it."""
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return
    first = start + len(piece) - len(piece.lstrip())
    span = Span(first, first + len(stripped))
    if spans and not any(map(str.isalnum, stripped)):
        spans[-1] = Span(spans[-1].start, span.end)
    else:
        spans.append(span)


def _boundaries(text: str) -> Iterator[int]:
    code = _CODE.finditer(text)
    inside = next(code, None)
    for found in _END.finditer(text):
        while inside is not None and inside.end() <= found.start():
            inside = next(code, None)
        if inside is not None and inside.start() < found.start() and found.end() < inside.end():
            continue
        lone_stop = found[0][0] == "." and not found[0].startswith("..")
        if not _goes_on(text, found) and (not lone_stop or _ends(text, found)):
            yield found.end()


def _goes_on(text: str, found: re.Match[str]) -> bool:
    """Whether a small letter follows a mark that is no full-width one: ``"Why?" he asked``."""
    if found[0][0] in "\n。！？｡":
        return False
    return _next_visible(text, found.end()).islower()


def _ends(text: str, found: re.Match[str]) -> bool:
    """Whether a single full stop ends a sentence, by what stands before it."""
    stop = found.start()
    window = text[max(0, stop - _WORD_BEFORE) : stop]
    parts = window.split()
    word = parts[-1].lstrip("\"'“‘«([{*_") if parts and not window[-1].isspace() else ""
    following = _next_visible(text, found.end())
    if word.lower() in _NEVER:
        return False
    if word.lower() in _NUMBERED and following.isdigit():
        return False
    if len(word) == 1 and word.isupper() and word != "I" and following.isupper():
        return False  # an initial
    alone = stop - len(word) == 0 or text[stop - len(word) - 1] == "\n"
    return not (word.isdigit() and len(word) <= 3 and alone)  # the number of an item


def _next_visible(text: str, position: int) -> str:
    """The first letter or digit after ``position``, opening marks skipped; empty at line end."""
    while position < len(text) and text[position] in " \t\"'“‘«»([{¿¡*_":
        position += 1
    return text[position : position + 1].strip()

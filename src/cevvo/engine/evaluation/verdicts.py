"""Whether a reply is what its question expects.

An answer is right that says one of the expected phrases, in its text or in what it quotes. Where
no phrase is given it is right if it cites one of the pages. Phrases are compared without Markdown,
case, kinds of quotation marks and of white space, and as whole words: "9 euros" is not in
"19 euros".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from cevvo.engine.evaluation.cases import Case

_SCHEME = re.compile(r"^https?://", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARK = re.compile(r"\s?\[\d+\]")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_DECORATION = re.compile(r"[`*¶]+")
_QUOTES = str.maketrans("‘’‚“”„«»", '\'\'\'"""""')


class Verdict(StrEnum):
    """What became of a question; the worst first."""

    INVENTED = "invented"
    """Answered although the sources do not say."""
    WRONG = "wrong"
    """Answered without what is expected, and from none of the pages."""
    INCOMPLETE = "incomplete"
    """Answered from one of the pages, but without what is expected."""
    NOT_ANSWERED = "not answered"
    """Not answered although the sources say."""
    NOT_JUDGED = "not judged"
    """Nobody has written what is right."""
    RIGHT = "right"
    """Answered with what is expected, or rightly not answered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. ``cited`` and ``retrieved`` are places, best first: the address of a page,
    or the title of a file without one. ``thread`` is the id of the conversation."""

    text: str
    quotes: tuple[str, ...]
    cited: tuple[str, ...]
    retrieved: tuple[str, ...]
    answered: bool
    confidence: float
    milliseconds: float
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question, its reply and the verdict. ``rank`` is the place, from 1, of the first expected
    page among the distinct pages that were found; None if it is not there or none is expected."""

    case: Case
    reply: Reply
    verdict: Verdict
    rank: int | None

    @property
    def page_cited_first(self) -> bool:
        """Whether the first source is an expected page."""
        return any(_is_expected(place, self.case.pages) for place in self.reply.cited[:1])


def judge(case: Case, reply: Reply) -> Outcome:
    """The verdict on one reply."""
    return Outcome(case, reply, _verdict(case, reply), rank_of(reply.retrieved, case.pages))


def rank_of(places: Sequence[str], pages: Sequence[str]) -> int | None:
    """The position, from 1, of the first expected page among the distinct ones of ``places``."""
    distinct = dict.fromkeys(place.partition("#")[0] for place in places)
    for position, place in enumerate(distinct, 1):
        if _is_expected(place, pages):
            return position
    return None


def _verdict(case: Case, reply: Reply) -> Verdict:
    if case.answerable is None:
        return Verdict.NOT_JUDGED
    if not case.answerable:
        return Verdict.INVENTED if reply.answered else Verdict.RIGHT
    if not reply.answered:
        return Verdict.NOT_ANSWERED
    if not case.expected and not case.pages:
        return Verdict.NOT_JUDGED
    if any(says(text, case.expected) for text in (reply.text, *reply.quotes)):
        return Verdict.RIGHT
    if any(_is_expected(place, case.pages) for place in reply.cited):
        return Verdict.INCOMPLETE if case.expected else Verdict.RIGHT
    return Verdict.WRONG


def says(text: str, phrases: Sequence[str]) -> bool:
    """Whether a phrase is in a text, the way that this module compares them."""
    plain = _plain(text)
    # A phrase of marks alone, such as *, is nothing without them, which is in every text.
    return any(
        _pattern(phrase).search(plain) if _plain(phrase) else phrase in text for phrase in phrases
    )


def is_at(place: str, page: str) -> bool:
    """Whether a place is the expected page: the same address, the end of it, or a file's title.

    ``guide/start`` is the end of ``https://example.com/guide/start/?lang=en#now``, not of
    ``https://example.com/user-guide/start``.
    """
    if place == page:
        return True
    wanted = _path(page)
    found = _path(place)
    return bool(wanted.strip("/")) and (found == wanted or found.endswith("/" + wanted.lstrip("/")))


def _path(place: str) -> str:
    path = place.partition("#")[0].partition("?")[0]
    return unquote(_SCHEME.sub("", path)).rstrip("/")


def _is_expected(place: str, pages: Sequence[str]) -> bool:
    return any(is_at(place, page) for page in pages)


def _plain(text: str) -> str:
    text = _DECORATION.sub("", _ESCAPE.sub(r"\1", _LINK.sub(r"\1", _MARK.sub("", text))))
    return " ".join(text.translate(_QUOTES).split()).casefold()


def _pattern(phrase: str) -> re.Pattern[str]:
    plain = _plain(phrase)
    after = r"(?!\w)" if plain[-1:].isalnum() else ""
    return re.compile(rf"(?<!\w){re.escape(plain)}{after}", re.ASCII)

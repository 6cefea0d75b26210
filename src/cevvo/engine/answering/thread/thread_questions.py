"""Questions about the conversation itself, answered from it without a search."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cevvo.domain.answers import Citation, CitedSource
from cevvo.engine.answering.base import PastTurn
from cevvo.engine.answering.extractive.phrasing import literal
from cevvo.engine.answering.phrasebook import FUNCTION_WORDS, Language
from cevvo.engine.answering.thread.follow_ups import topic_words
from cevvo.engine.answering.thread.phrase_tables import PhraseTable, words_of
from cevvo.engine.answering.thread.phrases import PHRASES
from cevvo.engine.answering.thread.thread_phrases import (
    ABOUT,
    BEGINNING,
    FIRST,
    LAST,
    NO_SOURCES,
    SOURCES,
    SUMMARY,
    THREAD_PHRASES,
    UNANSWERED,
)

_FRAMES = (
    "[can/could/would/will/can't] you|i [want/need] you to|so far|until now|"
    "[kannst du/können sie]|[peux tu/pouvez vous/pourriez vous]|[puedes/puede]"
)
_PRECEDENCE = ("summary", "first", "last", "sources", "shorten", "repeat")
_PHRASES: dict[Language, dict[str, str]] = {
    language: {**dict[str, str](talk.items()), **dict[str, str](THREAD_PHRASES[language].items())}
    for language, talk in PHRASES.items()
}
_TABLE = PhraseTable(_PHRASES, _FRAMES)
_SAID_ABOUT = {language: re.compile(pattern) for language, pattern in ABOUT.items()}
_BY_ITSELF = 3  # words: "source" or "one more time" may be a search where nothing was said yet
_QUOTED = 300  # characters of a question that are shown again
_LISTED = 20  # questions
_LEAD = re.compile(r".+?[.!?…][\"”’)»]*(?:\s?\[\d+\])*(?=\s|$)", re.DOTALL)
_NUMBER = re.compile(r"\[(\d+)\]")
_FENCED = re.compile(r"^\s*(?:`{3}|~{3}|\||[-*+]\s|\d+[.)]\s)")


@dataclass(frozen=True, slots=True)
class Recollection:
    """What the thread says. Marks in ``text`` index ``sources`` from 1."""

    text: str
    sources: tuple[CitedSource, ...] = ()
    citations: tuple[Citation, ...] = ()


def recollection(text: str, history: Sequence[PastTurn]) -> Recollection | None:
    """The reply if the message asks about the conversation and nothing else, else None.

    ``history`` is oldest first. Asking again for what was said about something that the thread
    does not mention is a question like any other.
    """
    about = _said_about(text, history)
    if about is not None:
        return _again(about)
    words = words_of(text)
    found = [each for each in _TABLE.meanings(words) if each[0] in _PRECEDENCE]
    if not found or (not history and len(words) < _BY_ITSELF):
        return None
    intent, language = min(found, key=lambda each: _PRECEDENCE.index(each[0]))
    if not history:
        return Recollection(BEGINNING[language])
    return _REPLIES[intent](history, language)


def _said_about(text: str, history: Sequence[PastTurn]) -> PastTurn | None:
    """The latest turn in which all was said that the message asks to be told again."""
    plain = " ".join(text.lower().replace("’", "'").split()).rstrip(" ?!.")
    for language, pattern in _SAID_ABOUT.items():
        match = pattern.fullmatch(plain)
        if match and (topic := topic_words(match[1]) - FUNCTION_WORDS[language]):
            for turn in reversed(history):
                if topic <= topic_words(f"{turn.question} {turn.standalone} {turn.answer}"):
                    return turn
    return None


def _again(turn: PastTurn) -> Recollection:
    return Recollection(turn.answer, turn.sources, turn.citations)


def _repeat(history: Sequence[PastTurn], language: Language) -> Recollection:
    return _again(history[-1])


def _shorten(history: Sequence[PastTurn], language: Language) -> Recollection:
    """The lead sentence of the last answer; the whole answer if it begins with a block."""
    last = history[-1]
    lead = None if _FENCED.match(last.answer) else _LEAD.match(last.answer.split("\n\n")[0])
    if lead is None:
        return _again(last)
    shown = {int(number) for number in _NUMBER.findall(lead[0])}
    return Recollection(
        lead[0],
        last.sources[: max(shown, default=0)],
        tuple(each for each in last.citations if each.source in shown),
    )


def _first(history: Sequence[PastTurn], language: Language) -> Recollection:
    return Recollection(f"{FIRST[language]}\n\n> {_quoted(history[0])}")


def _last(history: Sequence[PastTurn], language: Language) -> Recollection:
    return Recollection(f"{LAST[language]}\n\n> {_quoted(history[-1])}")


def _summary(history: Sequence[PastTurn], language: Language) -> Recollection:
    lines = []
    for number, turn in enumerate(history[-_LISTED:], start=1):
        pages = ", ".join(map(_link, turn.sources)) or UNANSWERED[language]
        lines.append(f"{number}. {_quoted(turn)} – {pages}")
    return Recollection("\n".join([SUMMARY[language], "", *lines]))


def _sources(history: Sequence[PastTurn], language: Language) -> Recollection:
    sources = history[-1].sources
    if not sources:
        return Recollection(NO_SOURCES[language])
    lines = [f"{number}. {_link(source)}" for number, source in enumerate(sources, start=1)]
    return Recollection("\n".join([SOURCES[language], "", *lines]))


_REPLIES: Mapping[str, Callable[[Sequence[PastTurn], Language], Recollection]] = {
    "first": _first,
    "last": _last,
    "repeat": _repeat,
    "shorten": _shorten,
    "sources": _sources,
    "summary": _summary,
}


def _quoted(turn: PastTurn) -> str:
    line = " ".join(turn.question.split())
    return literal(line if len(line) <= _QUOTED else f"{line[:_QUOTED].rstrip()} …")


def _link(source: CitedSource) -> str:
    """The page as a Markdown link; its title alone if it has no address on the web."""
    title = literal(" ".join(source.title.split()))
    if source.url is None or not source.url.startswith(("https://", "http://")):
        return title
    address = re.sub(r"[\s<>()\[\]\\\"`]", lambda match: f"%{ord(match[0]):02X}", source.url)
    return f"[{title}]({address})"

"""Small talk: messages that ask for nothing that a document could say, and what is said back."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from cevvo.engine.answering.closed_vocabularies import english_small_talk
from cevvo.engine.answering.phrasebook import PRECEDENCE, REPLIES, Intent, Language
from cevvo.engine.answering.phrases import FILLERS, FRAMES, INTENSIFIERS, PHRASES

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_EMOTICON = re.compile(r"(?<!\w)(?:[:;=]['-]?[)(DPpO/|]|<3|[xX]D|\^\^)(?!\w)")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_CHOICE = re.compile(r"\[([^\]]*)\]")
_UNHAPPY = frozenset("👎😞😟😠😡😢😭🙁☹😕😒🤬💔")
_THANKFUL = frozenset("👍❤🙏🎉💯👏🥰😍♥👌")

Meaning = tuple[Intent, Language]


def spelled_out(phrases: str) -> Iterator[str]:
    """Every phrase of a table's entry: ``see [you/ya]|bye`` is three phrases."""
    for phrase in re.split(r"\|(?![^\[]*\])", phrases):
        parts = _CHOICE.split(phrase)
        for choice in product(
            *(part.split("/") if n % 2 else (part,) for n, part in enumerate(parts))
        ):
            yield " ".join("".join(choice).split())


def words_of(text: str) -> list[str]:
    """The words of a message, lower case, without punctuation; apostrophes stay."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("-", " ")
    return _WORD.findall(folded)


def _phrase_table() -> dict[tuple[str, ...], list[Meaning]]:
    table: dict[tuple[str, ...], list[Meaning]] = {}
    for language, intents in PHRASES.items():
        for intent, phrases in intents.items():
            for phrase in spelled_out(phrases):
                meanings = table.setdefault(tuple(words_of(phrase)), [])
                if (intent, language) not in meanings:
                    meanings.append((intent, language))
    for frame in spelled_out(FRAMES):
        table.setdefault(tuple(words_of(frame)), [])
    return table


_TABLE: Mapping[tuple[str, ...], Sequence[Meaning]] = _phrase_table()
_LONGEST = max(len(phrase) for phrase in _TABLE)
_MOST_WORDS = 24  # nobody's small talk is longer; bounds the work on a long message


def small_talk(text: str) -> str | None:
    """A fitting reply if the message is nothing but small talk, else None.

    Every word must belong to a known phrase, or be a filler beside one, or all of them to the
    vocabulary of one intent, so a greeting in front of a question leaves the question alone. The
    reply is in the language of the phrases.
    """
    bare = _EMOTICON.sub(" ", text)
    words = words_of(bare)
    if not words:
        return _wordless(text)
    if len(words) > _MOST_WORDS:
        return None
    found = _meanings([word for word in words if word not in INTENSIFIERS])
    if found:
        return _reply(found)
    intent = english_small_talk(bare, words)
    return None if intent is None else REPLIES["en"][intent]


def _meanings(words: Sequence[str]) -> Sequence[Meaning]:
    """What the fewest phrases mean that make up the words; nothing if a word is left over."""
    parted: list[tuple[int, list[Meaning]] | None] = [(0, [])]  # best for the first n words
    for end in range(1, len(words) + 1):
        best: tuple[int, list[Meaning]] | None = None
        for start in range(max(0, end - _LONGEST), end):
            before = parted[start]
            meanings = None if before is None else _meaning(words[start:end])
            if before is None or meanings is None:
                continue
            pieces = before[0] + 1
            if best is None or pieces < best[0]:
                best = pieces, [*before[1], *meanings]
        parted.append(best)
    last = parted[-1]
    return [] if last is None else last[1]


def _meaning(phrase: Sequence[str]) -> Sequence[Meaning] | None:
    """What a phrase may mean; nothing for a filler, None for what is not known."""
    for keep in (0, 1, 2):
        candidate = tuple(_shortened(word, keep) for word in phrase)
        if candidate in _TABLE:
            return _TABLE[candidate]
    return () if len(phrase) == 1 and phrase[0] in FILLERS else None


def _shortened(word: str, keep: int) -> str:
    """``hellooo`` as ``hello`` (keep 1) or ``helloo`` (keep 2)."""
    return _STRETCHED.sub(lambda match: match[1] * keep, word) if keep else word


def _reply(found: Sequence[Meaning]) -> str:
    intent = min((intent for intent, _ in found), key=PRECEDENCE.index)
    language = Counter(language for _, language in found).most_common(1)[0][0]
    return REPLIES[language][intent]


def _wordless(text: str) -> str:
    """The reply to a message of emoji or punctuation only."""
    if any(character in _UNHAPPY for character in text) or ":(" in text:
        return REPLIES["en"]["regret"]
    if any(character in _THANKFUL for character in text) or "<3" in text:
        return REPLIES["en"]["thanks"]
    return REPLIES["en"]["greeting"] if _has_symbol(text) else REPLIES["en"]["help"]


def _has_symbol(text: str) -> bool:
    return any(unicodedata.category(character) == "So" for character in text)

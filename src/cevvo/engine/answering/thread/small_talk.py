"""Small talk: messages that ask for nothing that a document could say, and what is said back."""

import re
import unicodedata
from collections import Counter

from cevvo.engine.answering.phrasebook import PRECEDENCE, REPLIES
from cevvo.engine.answering.thread.closed_vocabularies import english_small_talk
from cevvo.engine.answering.thread.phrase_tables import PhraseTable, words_of
from cevvo.engine.answering.thread.phrases import PHRASES

_EMOTICON = re.compile(r"(?<!\w)(?:[:;=]['-]?[)(DPpO/|]|<3|[xX]D|\^\^)(?!\w)")
_UNHAPPY = frozenset("👎😞😟😠😡😢😭🙁☹😕😒🤬💔")
_THANKFUL = frozenset("👍❤🙏🎉💯👏🥰😍♥👌")
_TABLE = PhraseTable(PHRASES)


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
    found = _TABLE.meanings(words)
    if not found:
        intent = english_small_talk(bare, words)
        return None if intent is None else REPLIES["en"][intent]
    language = Counter(language for _, language in found).most_common(1)[0][0]
    return REPLIES[language][min((intent for intent, _ in found), key=PRECEDENCE.index)]


def _wordless(text: str) -> str:
    """The reply to a message of emoji or punctuation only."""
    if any(character in _UNHAPPY for character in text) or ":(" in text:
        return REPLIES["en"]["regret"]
    if any(character in _THANKFUL for character in text) or "<3" in text:
        return REPLIES["en"]["thanks"]
    return REPLIES["en"]["greeting"] if _has_symbol(text) else REPLIES["en"]["help"]


def _has_symbol(text: str) -> bool:
    return any(unicodedata.category(character) == "So" for character in text)

"""What a question calls by name: products, people, versions, settings, error codes.

A passage that is near a question but does not have the name it is about is about something else.
"""

import re

from cevvo.engine.answering.phrasebook import guess_language

_TOKEN = re.compile(r"(?<!\w)--[\w-]+|\w[\w.:+]*")
_IDENTIFIER = re.compile(r"[a-z][A-Z]|\w[_.+]\w|[A-Z]{2}|[A-Za-z]\d|\d[A-Za-z]|\d{3}|^--")


def names_in(question: str) -> list[str]:
    """The names in a question, as written; of words that a hyphen joins each by itself.

    A capital makes one within a sentence, but not where most words have one, nor in German; the
    signs of an identifier do anywhere: ``php.ini``, ``GeoIP``, ``--force``, ``UUID``, ``2.6``,
    ``413``.
    """
    tokens = [token.rstrip(".:") for token in _TOKEN.findall(question)]
    capitals = [token for token in tokens[1:] if token[:1].isupper()]
    telling = 2 * len(capitals) <= len(tokens) and guess_language(question) != "de"
    return [
        token
        for position, token in enumerate(tokens)
        if _IDENTIFIER.search(token) or (telling and position and token[:1].isupper())
    ]

"""Whether a text gives the type of thing that is asked for: a person, a place, a time, a number.

What the question names itself is no answer to it, so only names and numbers that are new count.
"""

import re

from cevvo.engine.answering.evidence.asking import Wants

_WRONG = -0.14  # nothing in the text has the type
_NEW = 0.17  # something of the type is there that the question does not name

_NUMBER = re.compile(
    r"\d|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|twelve|dozens?|hundreds?|"
    r"thousands?|millions?|billions?|half|third|quarter|none|unlimited)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\d{4}|\d(?:st|nd|rd|th)\b|\b(?:century|years?|months?|weeks?|days?|hours?|minutes?|seconds?|"
    r"daily|weekly|monthly|January|February|March|April|May|June|July|August|September|October|"
    r"November|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|when|before|"
    r"after|once|while|whenever|as soon as)\b"
)
_DATE = re.compile(
    r"\b[12]\d{3}s?\b|\bcentur(?:y|ies)\b|\b\d{1,3} (?:AD|BC|BCE|CE)\b|\b(?:January|February|March|"
    r"April|May|June|July|August|September|October|November|December)\b"
)
_FIGURE = re.compile(r"\d[\d,.]*\d|\d")
_COUNT = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|"
    r"thousands?|millions?|billions?|half|third|quarter|once|twice|double|percent)\b|%",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][\w’'-]+")
_PLACE = re.compile(
    r"\b(?:in|at|from|near|to|into|of|on|through|across|outside|within|around|under) "
    r"(?:the |a |\w+ern )*(?:[A-Z]|[`/~])"
)
_VALUE = re.compile(r"`|\d|\b(?:True|False|None|null|empty|on|off|yes|no|unlimited)\b|[\"“]")


def has_number(text: str) -> bool:
    """Whether a number stands in it, in figures or words."""
    return bool(_NUMBER.search(text))


def figures(text: str) -> set[str]:
    """The numbers in it that are written in figures."""
    return set(_FIGURE.findall(text))


def type_value(text: str, wants: Wants, question: str) -> float:
    """What to add to the score of ``text`` as an answer to ``question``."""
    wrong = (
        (wants.time and not _TIME.search(text))
        or (wants.number and not has_number(text))
        or (wants.value and not _VALUE.search(text))
        or (wants.person and not _new_names(text, question))
    )
    new = (
        (wants.time and _is_new(_DATE.findall(text), question))
        or (wants.number and (bool(figures(text) - figures(question)) or _COUNT.search(text)))
        or (wants.place and _PLACE.search(text))
    )
    return (_WRONG if wrong else 0.0) + (_NEW if new else 0.0)


def _new_names(text: str, question: str) -> bool:
    return _is_new(_NAME.findall(text), question)


def _is_new(found: list[str], question: str) -> bool:
    asked = set(re.findall(r"[\w’'-]+", question.casefold()))
    return any(each.casefold() not in asked for each in found)

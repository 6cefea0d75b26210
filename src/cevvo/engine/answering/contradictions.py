"""What a question says that a text which is otherwise about it does not: the signs of a near miss.

SQuAD's unanswerable questions (Rajpurkar et al. 2018, https://arxiv.org/abs/1806.03822) are mostly
made so: a negation put in, a word replaced by its opposite, a number or name by another.
"""

import re

from cevvo.engine.answering.answer_types import figures

_NEGATION = re.compile(
    r"\b(?:not|never|no|none|without|cannot|nor|neither|nobody|nothing|unable|fail(?:s|ed)?|"
    r"un(?!i|der|til)\w{4,}|non\w{3,}|except|least|lacks?|lacked)\b|n['’]t\b",
    re.IGNORECASE,
)
_PAIRS = (
    "above below|accept reject|add remove|allow forbid|before after|begin end|best worst|"
    "early late|earliest latest|east west|eastern western|enable disable|encrypt decrypt|few many|"
    "first last|highest lowest|higher lower|import export|increase decrease|inner outer|"
    "inside outside|install uninstall|largest smallest|long short|longest shortest|lock unlock|"
    "lose win|lost won|male female|maximum minimum|men women|more less|most least|north south|"
    "northern southern|old new|oldest youngest|open close|positive negative|rich poor|show hide|"
    "start stop|strong weak|subscribe unsubscribe|upgrade downgrade|upload download|upper lower"
)


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in _PAIRS.split("|"):
        one, other = pair.split()
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


_OPPOSITES = _opposites()


def contradicts(question: str, text: str) -> bool:
    """Whether the question negates what ``text`` does not, or ``text`` has the opposite of one of
    its words in that word's place. English only."""
    asked, said = (set(re.findall(r"\w+", each.casefold())) for each in (question, text))
    turned = any(
        word not in said and not said.isdisjoint(_OPPOSITES.get(word, ())) for word in asked
    )
    return turned or bool(_NEGATION.search(question) and not _NEGATION.search(text))


def lacks_number(question: str, text: str) -> bool:
    """Whether the question names a number, in figures, that ``text`` does not have."""
    return not figures(question) <= figures(text)

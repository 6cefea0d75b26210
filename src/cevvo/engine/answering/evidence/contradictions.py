"""Where a text says the opposite of a question: the sign of a near miss.

SQuAD's unanswerable questions (Rajpurkar et al. 2018, https://arxiv.org/abs/1806.03822) are often
made so: a word replaced by its opposite, a number by another. (A negation put in is another way,
but people who ask for help say "not" too often for it to tell anything.)
"""

import re

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
    """Whether ``text`` has the opposite of one of the question's words in that word's place.
    English only."""
    asked, said = (set(re.findall(r"\w+", each.casefold())) for each in (question, text))
    return any(word not in said and not said.isdisjoint(_OPPOSITES.get(word, ())) for word in asked)

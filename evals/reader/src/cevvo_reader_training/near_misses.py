"""Questions that a passage seems to answer and does not, made out of ones that it does.

Two ways: the question is changed (a name, a number, a word for its opposite, a negation), or the
sentence with the answer is taken out of the passage. Both after the sorts of unanswerable question
in SQuAD 2.0 (Rajpurkar et al. 2018, https://arxiv.org/abs/1806.03822, table 3).
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cevvo_reader_training.examples import NEAR_MISS, Example, sentences

_NAME = re.compile(r"(?<![.?!]\s)(?<!^)\b[A-Z][\w'’-]+(?:\s(?:of\s|the\s|de\s)?[A-Z][\w'’-]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_WORD = re.compile(r"[a-z]+")
_AUXILIARY = re.compile(
    r"\b(did|does|do|was|were|is|are|has|have|had|can|could|will|would|should)\b", re.IGNORECASE
)
_CONTRACTED = {"can": "can't", "will": "won't"}
_MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
]  # fmt: skip
_OPPOSITES = [
    "first/last", "before/after", "increase/decrease", "increased/decreased", "highest/lowest",
    "high/low", "largest/smallest", "larger/smaller", "large/small", "north/south",
    "northern/southern", "east/west", "eastern/western", "most/least", "more/less", "more/fewer",
    "win/lose", "won/lost", "best/worst", "old/new", "older/newer", "oldest/newest",
    "oldest/youngest", "early/late", "earlier/later", "earliest/latest", "begin/end", "began/ended",
    "start/stop", "started/stopped", "open/close", "opened/closed", "allow/forbid",
    "allowed/forbidden", "accept/reject", "accepted/rejected", "support/oppose",
    "supported/opposed", "gain/lose", "gained/lost", "buy/sell", "bought/sold", "male/female",
    "men/women", "man/woman", "father/mother", "son/daughter", "husband/wife", "king/queen",
    "positive/negative", "common/rare", "strong/weak", "stronger/weaker", "inside/outside",
    "internal/external", "maximum/minimum", "above/below", "over/under", "upper/lower",
    "long/short", "longer/shorter", "longest/shortest", "add/remove", "added/removed",
    "enable/disable", "enabled/disabled", "public/private", "rural/urban", "rich/poor",
    "modern/ancient", "export/import", "exports/imports", "import/export", "foreign/domestic",
    "majority/minority", "build/destroy", "built/destroyed", "create/destroy", "created/destroyed",
    "rise/fall", "rose/fell", "good/bad", "easy/difficult", "fast/slow", "faster/slower",
    "attack/defend", "attacked/defended", "arrive/leave", "arrived/left", "teacher/student",
    "north/east", "south/west", "winter/summer", "day/night", "hot/cold", "warm/cold", "wet/dry",
    "include/exclude", "included/excluded", "agree/disagree", "agreed/disagreed", "always/never",
    "same/different", "founded/dissolved", "join/leave", "joined/left", "active/inactive",
    "direct/indirect", "formal/informal", "single/multiple", "major/minor", "simple/complex",
    "natural/artificial", "legal/illegal", "successful/failed",
]  # fmt: skip


def _both_ways(pairs: Sequence[str]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for pair in pairs:
        one, other = pair.split("/")
        table.setdefault(one, []).append(other)
        table.setdefault(other, []).append(one)
    return table


_OPPOSITE = _both_ways(_OPPOSITES)


class Perturber:
    """Changes questions. ``names`` are those of each article; ``alike`` sorts names by how alike
    they are to one."""

    def __init__(
        self, names: Mapping[str, Sequence[str]], alike: Callable[[str, Sequence[str]], list[str]]
    ) -> None:
        self._names = names
        self._alike = alike

    def perturb(self, example: Example, chance: random.Random) -> Example | None:
        """The example with another question that its passage does not answer; None where no rule
        applies."""
        rules = [self._name, self._name, self._number, _opposite, _opposite, _negation]
        chance.shuffle(rules)
        for rule in rules:
            question = rule(example, chance)
            if question is not None and question != example.question:
                return replace(example, question=question, spans=(), sort=NEAR_MISS)
        return None

    def _name(self, example: Example, chance: random.Random) -> str | None:
        answers = " ".join(example.text[start:end] for start, end in example.spans)
        found = [m for m in _NAME.finditer(example.question) if m[0] not in answers]
        if not found:
            return None
        match = chance.choice(found)
        others = [
            name
            for name in self._names.get(example.title, ())
            if name not in example.question and match[0] not in name and name not in match[0]
        ]
        alike = self._alike(match[0], others)[:6]
        here = [name for name in alike if name in example.text and name not in answers]
        if not alike:
            return None
        return _put(example.question, match, chance.choice(here or alike))

    def _number(self, example: Example, chance: random.Random) -> str | None:
        months = [m for m in re.finditer(r"\b[A-Z][a-z]+\b", example.question) if m[0] in _MONTHS]
        if months and chance.random() < 0.5:
            match = chance.choice(months)
            other = chance.choice([month for month in _MONTHS if month != match[0]])
            return _put(example.question, match, other)
        found = list(_NUMBER.finditer(example.question))
        if not found:
            return None
        match = chance.choice(found)
        here = {m[0] for m in _NUMBER.finditer(example.text) if len(m[0]) == len(match[0])}
        here -= {match[0]}
        if here and chance.random() < 0.6:
            return _put(example.question, match, chance.choice(sorted(here)))
        digits = match[0].replace(",", "").replace(".", "")
        moved = str(
            max(1, int(digits) + chance.choice([-30, -20, -10, -3, -2, -1, 1, 2, 3, 10, 20]))
        )
        return _put(example.question, match, moved) if moved not in example.text else None


def _opposite(example: Example, chance: random.Random) -> str | None:
    found = [m for m in _WORD.finditer(example.question) if m[0] in _OPPOSITE]
    if not found:
        return None
    match = chance.choice(found)
    other = chance.choice(_OPPOSITE[match[0]])
    return None if f"how {other}" in example.question else _put(example.question, match, other)


def _negation(example: Example, chance: random.Random) -> str | None:
    match = _AUXILIARY.search(example.question)
    if match is None or chance.random() < 0.5:
        return None
    word = match[0]
    if re.search(r"\b(not|never|n't|without)\b", example.question):
        return None
    rest = example.question[match.end() :]
    if chance.random() < 0.5:
        contracted = _CONTRACTED.get(word.lower(), f"{word}n't")
        return f"{example.question[: match.start()]}{contracted}{rest}"
    words = rest.split()
    if word.lower() in ("did", "does", "do", "can", "could", "will", "would", "should"):
        # Behind the subject, which is taken to be as far as the first word in lower case that is
        # neither an article nor of a name.
        for place in range(1, len(words)):
            if words[place][0].islower() and words[place] not in ("the", "of", "and", "in", "a"):
                kept = " ".join((*words[:place], chance.choice(["not", "never"]), *words[place:]))
                return f"{example.question[: match.end()]} {kept}"
    return f"{example.question[: match.end()]} {chance.choice(['not', 'never'])}{rest}"


def _put(question: str, match: re.Match[str], other: str) -> str:
    return question[: match.start()] + other + question[match.end() :]


def without_answer(example: Example) -> Example | None:
    """The example without the sentences that have an answer's words; None if too little is left."""
    answers = {example.text[start:end].casefold() for start, end in example.spans}
    kept = [
        example.text[start:end]
        for start, end in sentences(example.text)
        if not any(answer in example.text[start:end].casefold() for answer in answers)
        and not any(start < e and s < end for s, e in example.spans)
    ]
    text = "".join(kept).strip()
    if len(text) < 120:
        return None
    return replace(example, text=text, spans=(), sort=NEAR_MISS)


def names_of(text: str) -> set[str]:
    """Capitalised runs of words that do not begin a sentence."""
    return {match[0] for match in _NAME.finditer(text)}

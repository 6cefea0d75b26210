"""Sentences that a passage supports, and such that it does not, made from its own by rules.

Each rule takes a ``Sample`` and gives a sentence, or None where it does not apply. They are crude
on purpose: what they make is the least that a check of sentences must tell apart.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from cevvo.engine.answering.phrasebook import word_set

_NUMBER = re.compile(r"(?<![\w.,`-])\d+(?:[.,]\d+)*(?![\w`]|[.,-]\d)")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*\b")
_LATE_VERB = re.compile(
    r"\b(is|are|was|were|can|could|will|would|must|should|has|have|had)\b(?! not)"
)
_NEGATED = re.compile(r"\b(?:not|never) |(?<=can)not\b|n't\b")
_FRONTED = re.compile(
    r"((?:In|On|At|During|After|Before|For|With|From|By|If|When) [^,]{3,70}), (.{20,})"
)
_ASIDE = re.compile(r" ?\([^()]*\)|, (?:which|who|where) [^,]*(?=,|\.$)")
_ASKED = re.compile(r"(?:Who|What|Which) (is|was|are|were) (?!the name)(.{3,60})\?")
_PRONOUN = re.compile(
    r"(?:It|He|She|They|This)(?= (?:is|was|were|are|had|has|can|could|also|will)\b)"
)

_LOWERED = word_set(
    "The A An In On At It This These That They He She We You Its His Her Their There If When For "
    "As To By With From After Before Some Many Most All Each Other Another One Both"
)
_SAME = {
    "big": "large", "large": "big", "called": "named", "use": "employ", "uses": "employs",
    "used": "employed", "begin": "start", "began": "started", "because": "since",
    "important": "major", "show": "display", "shows": "displays", "get": "obtain",
    "such as": "like", "however": "but", "also": "too", "many": "numerous", "usually": "normally",
    "help": "assist", "need": "require", "needs": "requires", "near": "close to",
    "about": "around", "several": "a number of", "create": "make", "creates": "makes",
    "provides": "offers", "provide": "offer", "specify": "give", "specified": "given",
    "different": "other", "ensure": "make sure", "allows": "lets", "allow": "let",
    "two": "2", "three": "3", "four": "4", "five": "5", "ten": "10", "cannot": "can't",
    "does not": "doesn't", "is not": "isn't", "do not": "don't", "percent": "%",
}  # fmt: skip
_OPPOSITE_PAIRS = (
    "before/after after/before increase/decrease increased/decreased more/less less/more "
    "higher/lower lower/higher first/last last/first enable/disable enabled/disabled "
    "disabled/enabled optional/required required/optional true/false false/true always/never "
    "all/no largest/smallest oldest/newest best/worst include/exclude includes/excludes "
    "allow/forbid allows/forbids allowed/forbidden maximum/minimum minimum/maximum "
    "above/below north/south south/north east/west west/east won/lost early/late late/early "
    "added/removed public/private open/closed start/stop old/new new/old "
    "possible/impossible supported/unsupported valid/invalid safe/unsafe "
    "long/short strong/weak rich/poor heavy/light fast/slow empty/full"
)
_OPPOSITE = dict(pair.split("/") for pair in _OPPOSITE_PAIRS.split())


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence of a passage. ``following`` is the one after it, ``answer`` what in the sentence
    answers ``question``; ``foreign`` is a sentence of another document, ``near`` one of the same
    document that is not in the evidence. Empty where there is none."""

    sentence: str
    passage: str
    title: str
    question: str
    following: str
    answer: str
    foreign: str
    near: str


Rule = Callable[[Sample, random.Random], str | None]


def _as_it_stands(sample: Sample, _: random.Random) -> str | None:
    return sample.sentence


def _reordered(sample: Sample, _: random.Random) -> str | None:
    found = _FRONTED.fullmatch(sample.sentence.removesuffix("."))
    if found is None or " and " in found[1]:
        return None
    return f"{found[2][0].upper()}{found[2][1:]} {found[1][0].lower()}{found[1][1:]}."


def _shortened(sample: Sample, _: random.Random) -> str | None:
    shorter = _ASIDE.sub("", sample.sentence)
    whole = shorter != sample.sentence and len(shorter) > 30
    return shorter if whole and "`" not in sample.sentence else None


def _reworded(sample: Sample, _: random.Random) -> str | None:
    text, changed = sample.sentence, 0
    for word, other in _SAME.items():
        new = re.sub(rf"\b{word}\b", other, text, count=1)
        changed += new != text
        text = new
        if changed == 2:
            break
    return text if changed else None


def _joined(sample: Sample, _chance: random.Random) -> str | None:
    if not sample.following or len(sample.following) > 250 or "`" in sample.following[:1]:
        return None
    first, _, rest = sample.following.partition(" ")
    if first not in _LOWERED:
        return None
    return f"{sample.sentence.rstrip('.')}, and {first.lower()} {rest}"


def _resolved(sample: Sample, _: random.Random) -> str | None:
    named = _PRONOUN.sub(sample.title, sample.sentence, count=1)
    return named if sample.title and named != sample.sentence else None


def _short_answer(sample: Sample, _: random.Random) -> str | None:
    return f"{sample.answer.rstrip('.')}." if sample.answer else None


def _full_answer(sample: Sample, _: random.Random) -> str | None:
    asked = _ASKED.fullmatch(sample.question)
    return f"{asked[2][0].upper()}{asked[2][1:]} {asked[1]} {sample.answer}." if asked else None


def _number(sample: Sample, chance: random.Random) -> str | None:
    found = list(_NUMBER.finditer(sample.sentence))
    if not found:
        return None
    match = chance.choice(found)
    others = [n for n in _NUMBER.findall(sample.passage) if n != match[0]]
    digits = re.sub(r"\d", lambda d: str((int(d[0]) + 3) % 10), match[0], count=1)
    other = chance.choice(others) if others and chance.random() < 0.5 else digits
    return _replaced(sample.sentence, match, other)


def _near_name(sample: Sample, chance: random.Random) -> str | None:
    return _other_name(sample.sentence, sample.passage, chance)


def _far_name(sample: Sample, chance: random.Random) -> str | None:
    return _other_name(sample.sentence, sample.foreign, chance)


def _other_name(sentence: str, text: str, chance: random.Random) -> str | None:
    found = list(_NAME.finditer(sentence))
    others = sorted({name for name in _NAME.findall(text) if name not in sentence})
    if not found or not others:
        return None
    return _replaced(sentence, chance.choice(found), chance.choice(others))


def _negation(sample: Sample, _: random.Random) -> str | None:
    if _NEGATED.search(sample.sentence):
        return _NEGATED.sub("", sample.sentence, count=1)
    match = _LATE_VERB.search(sample.sentence)
    return _replaced(sample.sentence, match, f"{match[0]} not") if match else None


def _opposite(sample: Sample, chance: random.Random) -> str | None:
    found = [m for m in re.finditer(r"\b[a-z]+\b", sample.sentence) if m[0] in _OPPOSITE]
    if not found:
        return None
    match = chance.choice(found)
    return _replaced(sample.sentence, match, _OPPOSITE[match[0]])


def _word(sample: Sample, chance: random.Random) -> str | None:
    found = list(re.finditer(r"(?<= )[a-z]{5,}(?=[ ,.])", sample.sentence))
    others = [
        w
        for w in re.findall(r"(?<= )[a-z]{5,}(?=[ ,.])", sample.foreign)
        if w not in sample.passage
    ]
    if len(found) < 3 or not others:
        return None
    return _replaced(sample.sentence, chance.choice(found), chance.choice(others))


def _roles(sample: Sample, chance: random.Random) -> str | None:
    names = list(_NAME.finditer(sample.sentence))
    if len({match[0] for match in names}) < 2:
        return None
    one, two = names[0], names[-1]
    if one[0] == two[0]:
        return None
    text = sample.sentence
    return text[: one.start()] + two[0] + text[one.end() : two.start()] + one[0] + text[two.end() :]


def _foreign(sample: Sample, _: random.Random) -> str | None:
    return sample.foreign


def _near(sample: Sample, _: random.Random) -> str | None:
    return sample.near or None


def _detail(sample: Sample, _: random.Random) -> str | None:
    words = sample.foreign.rstrip(".").split()
    if len(words) < 6:
        return None
    return f"{sample.sentence.rstrip('.')} and {' '.join(words[-5:])}."


def _wrong_answer(sample: Sample, chance: random.Random) -> str | None:
    if not sample.answer:
        return None
    number = _NUMBER.search(sample.answer)
    pattern = _NUMBER if number else _NAME
    others = sorted(
        {
            o
            for o in pattern.findall(sample.passage)
            if o not in sample.sentence and o not in sample.question
        }
    )
    return f"{chance.choice(others)}." if others else None


def _replaced(text: str, match: re.Match[str], other: str) -> str:
    return f"{text[: match.start()]}{other}{text[match.end() :]}"


TRUE: dict[str, Rule] = {
    "as it stands": _as_it_stands,
    "reordered": _reordered,
    "shortened": _shortened,
    "reworded": _reworded,
    "two in one": _joined,
    "pronoun resolved": _resolved,
    "short answer": _short_answer,
    "question and answer": _full_answer,
}
FALSE: dict[str, Rule] = {
    "number": _number,
    "name, same passage": _near_name,
    "name, other page": _far_name,
    "negation": _negation,
    "opposite": _opposite,
    "another word": _word,
    "other page": _foreign,
    "same page, not found": _near,
    "detail added": _detail,
    "wrong short answer": _wrong_answer,
    "roles exchanged": _roles,
}

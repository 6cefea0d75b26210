"""What the form of a unit says about whether it can answer: never what it is about."""

import re

from cevvo.engine.answering.asking import Wants
from cevvo.engine.answering.sections import Section, Unit

_WRONG_TYPE = -0.15
_FRAGMENT = -0.25
_ECHO = -0.3
_CODE = -0.15
_CODE_UNASKED = -0.3
_LIST_ASKED = 0.25
_LEANS_ON_NOTHING = -0.15

_LEANS_BACK = re.compile(
    r"(?:(?:However|Also|Then|Therefore|Thus|But|And|So|Finally|Note that|Note:|In fact),? )*"
    r"(?:He|She|It|They|This|These|Those|That|Its|His|Her|Their|Such|Both|Another|it|they|this|"
    r"these|those|that|(?:The|An|Any) (?:former|latter|second|other|same|above)|Otherwise|Instead|"
    r"Similarly|Likewise|(?:In|For|Because of|With|On|After|As|From) (?:this|that|these|those|such)"
    r"|If (?:it|so|not|this|they)|To do (?:so|this)|As a result|On the other hand)\b"
)
_POINTS_ELSEWHERE = re.compile(
    r"see also\b|(?:note: )?(?:please )?(?:see|refer to|read|check|consult|check out|"
    r"have a look at|take a look at) |"
    r"for (?:more|further|additional|full|a full|complete|details|detailed|the full|a complete) |"
    r"more (?:information|details) |(?:new|changed) in \S+ ?[\d.]+|deprecated since|"
    r"on this page|table of contents|previous:|next:|edit this page|was this (?:page )?helpful|"
    r"back to top|skip to",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"(?:(?:class|def|async def|function|classmethod|static|property|exception) )?"
    r"[\w.]+\s?\(.*\)[\w\s.>,:-]*|\w+(?:\.\w+)+|"
    r"[a-z][\w.-]*(?: (?:--?[\w-]+|\[?[\w.=-]+\]?|<[\w-]+>|\.\.\.))+"
)
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
_VALUE = re.compile(r"`|\d|\b(?:True|False|None|null|empty|on|off|yes|no|unlimited)\b|[\"“]")
_FIELD = re.compile(r"[A-Z][\w ]{0,24}: ?")
_ENDED = re.compile(r"[.!?…:。！？][\"”’)»*]*$")


def leans_back(unit: Unit) -> bool:
    """Whether it begins with a word that stands for something said before."""
    return unit.kind == "paragraph" and bool(_LEANS_BACK.match(unit.text))


def is_question(unit: Unit) -> bool:
    """Whether it asks instead of telling."""
    return unit.kind != "code" and unit.text.rstrip().endswith("?")


def points_elsewhere(unit: Unit) -> bool:
    """Whether it only says where to read on."""
    return bool(_POINTS_ELSEWHERE.match(unit.text))


def plain(text: str) -> str:
    """The words of a text, for telling whether it repeats a heading."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def is_field(unit: Unit) -> bool:
    """Whether it is a line such as ``Default: 30``, which its heading names."""
    return unit.kind == "paragraph" and bool(_FIELD.match(unit.text))


def is_signature(unit: Unit) -> bool:
    """Whether it is how something is called, written as a line of text."""
    text = unit.text.strip()
    return unit.kind == "paragraph" and not _ENDED.search(text) and bool(_SIGNATURE.fullmatch(text))


def opens(section: Section, unit: Unit) -> bool:
    """Whether it is the first sentence under a heading; lines that are none do not count."""
    if not any(region.kind == "heading" for region in section.regions[: unit.region]):
        return False  # the passage goes on with what began in an earlier one
    previous = section.before(unit)
    while previous is not None and (is_signature(previous) or is_field(previous)):
        previous = section.before(previous)
    return previous is None and unit.kind == "paragraph" and not is_signature(unit)


def form_value(section: Section, unit: Unit, wants: Wants, new_terms: int) -> float:
    """What to add to a unit's score; ``new_terms`` counts its terms that the question lacks."""
    text = unit.text.strip()
    value = 0.0
    if wants.time and not _TIME.search(text):
        value += _WRONG_TYPE
    if wants.number and not _NUMBER.search(text):
        value += _WRONG_TYPE
    if wants.value and not _VALUE.search(text):
        value += _WRONG_TYPE
    if new_terms == 0 or (new_terms == 1 and "`" not in text and not _NUMBER.search(text)):
        value += _ECHO
    if unit.kind == "code":
        value += _CODE if wants.code or wants.steps else _CODE_UNASKED
    elif unit.kind == "paragraph":
        value += _prose_value(section, unit, wants)
    if (wants.items or wants.steps) and _is_asked_list(section, unit, wants):
        value += _LIST_ASKED
    return value


def _prose_value(section: Section, unit: Unit, wants: Wants) -> float:
    if is_signature(unit):
        return 0.0 if wants.signature else _FRAGMENT
    if len(unit.text.split()) <= 3 and "`" not in unit.text:
        return _FRAGMENT
    previous = section.before(unit)
    if leans_back(unit) and (previous is None or previous.region != unit.region):
        return _LEANS_ON_NOTHING
    return 0.0


def _is_asked_list(section: Section, unit: Unit, wants: Wants) -> bool:
    """Whether it belongs to, or announces, the enumeration or the steps that are asked for."""
    following = section.after(unit) if unit.introduces else unit
    if following is None or following.kind not in ("list", "table"):
        return False
    return following.number is not None if wants.steps else True

"""What the form of a unit says about whether it can answer: never what it is about."""

import re

from cevvo.engine.answering.evidence.answer_types import has_number
from cevvo.engine.answering.evidence.asking import Wants
from cevvo.engine.answering.evidence.sections import Section, Unit, cells_of

_FRAGMENT = -0.25
_ECHO = -0.3
_CODE = -0.15
_CODE_UNASKED = -0.3
_LIST_ASKED = 0.25
_LEANS_ON_NOTHING = -0.15
_DEFINES = 0.15
_INSTRUCTS = 0.1
_CONTINUES = -0.15
_CHANGELOG = -0.45
_DEPRECATED = -0.2
_ANNOUNCES_NOTHING = -0.25
_TELLS_ITS_SUBJECT = -0.4
_STATES_THE_PROBLEM = -0.3

_LEANS_BACK = re.compile(
    r"(?:(?:However|Also|Then|Therefore|Thus|But|And|So|Finally|Note that|Note:|In fact),? )*"
    r"(?:He|She|It|They|This|These|Those|That|Its|His|Her|Their|Such|Both|Another|it|they|this|"
    r"these|those|that|(?:The|An|Any) (?:former|latter|second|other|same|above)|Otherwise|Instead|"
    r"Similarly|Likewise|(?:In|For|Because of|With|On|After|As|From) (?:this|that|these|those|such)"
    r"|If (?:it|so|not|this|they)|To do (?:so|this)|As a result|On the other hand)\b"
)
_POINTS_BACK = re.compile(
    r"(?:(?:However|Also|Then|Therefore|Thus|But|And|So|Note that),? )*"
    r"(?:(?:In|For|Because of|With|On|After|As|From|To do) )?"
    r"(?:[Tt]his|[Tt]hese|[Tt]hose|[Ss]uch|[Ss]o)\b"
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
_DEFINITION = re.compile(
    r"\b(?:is|are) (?:a|an|the|used|one|what|how)\b|\brefers? to\b|\brepresents?\b|\bmeans\b|"
    r"^To define\b|\bstands for\b|\blets you\b|\ballows? you\b"
)
_INSTRUCTION = re.compile(
    r"(?:(?:Solution|Remedy|Fix|Resolution|Workaround): )?"
    r"(?:(?:First|Then|Next|Now|Finally|Please|Just),? )?"
    r"(?:To |You (?:can|could|should|must|need)\b|"
    r"(?:Use|Run|Call|Set|Add|Create|Open|Click|Select|Go|Choose|Install|Configure|Enter|Press|Pass|"
    r"Define|Write|Put|Make|Change|Enable|Disable|Log|Sign|Start|Type|Visit|Give|Include|Specify|"
    r"Check|Copy|Delete|Download|Edit|Move|Rebuild|Reinstall|Remove|Replace|Restart|Stop|Switch|Turn|"
    r"Update|Upgrade) )"
)
_CONTINUATION = re.compile(
    r"(?:(?:It|They|He|She|This|That|These|You|We) (?:\w+ )?(?:also|too)|Also|In addition|"
    r"Additionally|Furthermore|Moreover|Besides|Likewise|Similarly|Another)\b"
)
_DEPRECATION = re.compile(
    r"\b(?:is|are|was|were|been|now) (?:\w+ )?(?:deprecated|removed|dropped|obsolete)\b|"
    r"\bdropped support\b|\bno longer\b|\bend of (?:\w+ )?support\b"
)
# What changed is seldom what is so.
_CHANGELOG_TITLE = re.compile(
    r"\brelease notes?\b|\brelease \d|\bnew features\b|\bchange ?logs?\b|\bwhat[’']s new\b|"
    r"\brelease history\b|\bupgrading\b",
    re.IGNORECASE,
)
_FIELD = re.compile(r"([A-Z][\w ]{0,24}): ?")
_ABOUT_ITSELF = re.compile(
    r"(?:This|The (?:following|next)|These|In this|In the (?:following|next)) "
    r"(?:document|section|chapter|page|guide|tutorial|article|topic|part|how-?to|recipe)s?\b|"
    r"Here(?:['’]s| is| are) (?:the |a |an |some )?(?:basics?|overview|introduction|summary)\b"
)
_PROBLEM = re.compile(r"(?:Description|Problem|Symptoms?|Issue): ")
_ADVICE = re.compile(
    r"(?:When|If|In (?:this|that|such a) case)\b.*, (?:(?:you|it|they|(?:the|an?) \w+) "
    r"(?:can|could|should|must|need)\b|(?:use|run|set|call|add|change)\b)"
)
_WISH = re.compile(r"(?:\w+: )?(?:You|We|Someone|Users?) (?:want|wish|need|would like)s?\b")


def leans_back(unit: Unit) -> bool:
    """Whether it begins with a word that stands for something said before."""
    return unit.kind == "paragraph" and bool(_LEANS_BACK.match(unit.text))


def points_back(unit: Unit) -> bool:
    """Whether it begins with a demonstrative, which no heading explains."""
    return unit.kind == "paragraph" and bool(_POINTS_BACK.match(unit.text))


def is_question(unit: Unit) -> bool:
    """Whether it asks instead of telling."""
    return unit.kind != "code" and unit.text.rstrip().endswith("?")


def points_elsewhere(unit: Unit) -> bool:
    """Whether it only says where to read on."""
    return bool(_POINTS_ELSEWHERE.match(unit.text))


def announces_nothing(section: Section, unit: Unit) -> bool:
    """Whether what it announces is not in the passage."""
    if not unit.text.rstrip().endswith(":"):
        return False
    following = section.after(unit)
    return following is None or (unit.kind == "list" and following.kind != "code")


def plain(text: str) -> str:
    """The words of a text, for telling whether it repeats a heading."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def is_field(unit: Unit) -> bool:
    """Whether it is a line such as ``Default: 30``, which its heading names."""
    return unit.kind == "paragraph" and bool(_FIELD.match(unit.text))


def field_name(unit: Unit) -> str:
    """What a field, or a row of two cells such as ``| Default: | 30 |``, says something about its
    heading's; empty for others."""
    if unit.kind == "table":
        cells = cells_of(unit.text)
        return cells[0].rstrip(":") if len(cells) == 2 else ""
    match = _FIELD.match(unit.text) if unit.kind == "paragraph" else None
    return match[1] if match else ""


def acts(unit: Unit) -> bool:
    """Whether it is something to do: code, or a sentence that tells what to do."""
    text = unit.text.strip()
    return unit.kind == "code" or bool(_INSTRUCTION.match(text) or _ADVICE.match(text))


def states_problem(unit: Unit) -> bool:
    """Whether it is the part of a recipe that the solution comes after."""
    return bool(_PROBLEM.match(unit.text))


def opens(section: Section, unit: Unit) -> bool:
    """Whether it is the first sentence under a heading or a signature; fields, also as the rows
    of a table, do not count."""
    if unit.kind != "paragraph" or unit.is_signature:
        return False
    previous = section.before(unit)
    while previous is not None and field_name(previous):
        previous = section.before(previous)
    if previous is not None:
        return previous.is_signature and previous.region < unit.region
    # Else the passage goes on with what began in an earlier one.
    return any(region.kind == "heading" for region in section.regions[: unit.region])


def form_value(section: Section, unit: Unit, wants: Wants, new_terms: int) -> float:
    """What to add to a unit's score; ``new_terms`` counts its terms that the question lacks."""
    text = unit.text.strip()
    value = 0.0
    if wants.definition and _DEFINITION.search(text[:100]):
        value += _DEFINES
    if wants.steps and _INSTRUCTION.match(text):
        value += _INSTRUCTS
    if wants.remedy and _WISH.match(text):
        value += _STATES_THE_PROBLEM
    if _ABOUT_ITSELF.match(text) and not unit.introduces:
        value += _TELLS_ITS_SUBJECT
    if not wants.news and _CHANGELOG_TITLE.search(section.passage.title):
        value += _CHANGELOG
    if not wants.news and _DEPRECATION.search(text):
        value += _DEPRECATED
    if new_terms == 0 or (new_terms == 1 and "`" not in text and not has_number(text)):
        value += _ECHO
    if unit.kind == "code":
        value += _CODE if wants.code or wants.steps else _CODE_UNASKED
    elif announces_nothing(section, unit):
        value += _ANNOUNCES_NOTHING
    elif unit.kind == "paragraph":
        value += _prose_value(section, unit, wants)
    if (wants.items or wants.steps) and _is_asked_list(section, unit, wants):
        value += _LIST_ASKED
    return value


def _prose_value(section: Section, unit: Unit, wants: Wants) -> float:
    if unit.is_signature:
        return 0.0 if wants.signature else _FRAGMENT
    if len(unit.text.split()) <= 3 and "`" not in unit.text:
        return _FRAGMENT
    if _CONTINUATION.match(unit.text):
        return _CONTINUES
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

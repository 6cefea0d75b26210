"""From what is the matter to what to do: where the lead only says the first, the text goes on."""

import re
from dataclasses import replace

from cevvo.engine.answering.evidence.asking import Wants
from cevvo.engine.answering.evidence.forms import acts, points_elsewhere, states_problem
from cevvo.engine.answering.evidence.sections import Unit
from cevvo.engine.answering.extractive.excerpts import Excerpt, Part, parts_for

_CODE = re.compile(r"`([^`]+)`")
_MESSAGE = 0.5  # share of the question's weight that code has which is the message asked about
_UNITS = 3  # to look at
_LENGTH = 600  # characters of prose on the way


def with_remedy(excerpt: Excerpt, question: str, wants: Wants) -> Excerpt:
    """The excerpt up to the next thing to do, if it has none itself, one is asked for and the text
    comes to it soon. One that names something in code goes on to nothing but code."""
    shown = _shown(excerpt)
    told = [
        unit for unit in shown if not states_problem(unit) and not _is_message(excerpt, unit, wants)
    ]
    wanted = wants.remedy or any(states_problem(unit) for unit in shown)
    if not wanted or any(acts(unit) for unit in told):
        return excerpt
    names_code = any(_names_code(unit, question) for unit in told)
    on_the_way: list[Unit] = []
    unit = excerpt.section.after(shown[-1])
    while unit is not None and unit.kind != "table" and len(on_the_way) < _UNITS:
        if not points_elsewhere(unit):
            on_the_way.append(unit)
        if sum(len(each.text) for each in on_the_way[:-1]) > _LENGTH:
            break
        if unit.kind == "code" or (not names_code and (acts(unit) or _names_code(unit, question))):
            announced = excerpt.section.after(unit) if unit.introduces else None
            return _extended(excerpt, [*on_the_way, *([announced] if announced else [])], wants)
        unit = excerpt.section.after(unit)
    return excerpt


def _is_message(excerpt: Excerpt, unit: Unit, wants: Wants) -> bool:
    """Whether it is the message that is asked about, as it stands on a screen: nothing to do."""
    chosen = excerpt.chosen
    return (
        wants.problem
        and unit.kind == "code"
        and unit == chosen.unit
        and chosen.parts.coverage >= _MESSAGE
    )


def _names_code(unit: Unit, question: str) -> bool:
    """Whether it names in code what the question does not."""
    return any(name not in question for name in _CODE.findall(unit.text))


def _shown(excerpt: Excerpt) -> list[Unit]:
    starts = {span.start for span in excerpt.spans}
    return [unit for unit in excerpt.section.units if unit.span.start in starts]


def _extended(excerpt: Excerpt, units: list[Unit], wants: Wants) -> Excerpt:
    parts = list(excerpt.parts)
    region = _shown(excerpt)[-1].region
    for unit in units:
        if unit.kind == "paragraph" and unit.region == region and parts[-1].kind == "prose":
            parts[-1] = replace(parts[-1], spans=(*parts[-1].spans, unit.span))
        else:
            parts += _new_parts(excerpt, unit, parts, wants)
        region = unit.region
    return replace(excerpt, parts=tuple(parts))


def _new_parts(excerpt: Excerpt, unit: Unit, parts: list[Part], wants: Wants) -> list[Part]:
    """What shows the unit, less what is shown already (the sentence that announces it)."""
    shown = {span for part in parts for span in part.spans}
    new = parts_for(excerpt.section, unit, wants)
    return [part for part in new if not shown.issuperset(part.spans)]

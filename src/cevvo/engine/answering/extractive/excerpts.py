"""What is quoted from one place: a unit with whatever it needs to be understood.

A row comes with its header, a code block with the sentence that announces it, an item with the
sentence above its list, a step with its list, a sentence that leans back with the one before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cevvo.domain.documents import Span
from cevvo.engine.answering.evidence.asking import Wants
from cevvo.engine.answering.evidence.forms import (
    announces_nothing,
    is_field,
    points_back,
    points_elsewhere,
)
from cevvo.engine.answering.evidence.scoring import ScoredUnit
from cevvo.engine.answering.evidence.sections import Section, Unit, marker_of

PartKind = Literal["prose", "list", "code", "table"]

_ITEMS = 15
_FROM_BEFORE = 0.18  # share of the question's weight that makes the sentence before worth quoting
_BY_ITSELF = 0.5  # share with which a sentence that begins with "this" says enough by itself
_ANSWER = 400  # characters of a paragraph under a question
_SENTENCE = 600  # characters; a longer one is cut at a word
_CODE = 2500  # characters; longer code is cut at a line


@dataclass(frozen=True, slots=True)
class Part:
    """Units of one kind that stand together, in reading order.

    ``columns`` are the names of a table's columns, ``header`` the place of the row that names
    them, where the passage has it.
    """

    kind: PartKind
    spans: tuple[Span, ...]
    columns: tuple[str, ...] = ()
    header: Span | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is quoted from one place: the unit it was chosen for and the parts that are shown."""

    chosen: ScoredUnit
    parts: tuple[Part, ...]

    @property
    def section(self) -> Section:
        return self.chosen.section

    @property
    def heading(self) -> str:
        """What it stands under."""
        return self.section.heading_of(self.chosen.unit)

    @property
    def opening(self) -> Unit:
        """The unit that it begins with."""
        start = self.parts[0].spans[0].start
        return next(unit for unit in self.section.units if unit.span.start == start)

    @property
    def spans(self) -> list[Span]:
        """Everything that it quotes, in the order shown."""
        return [
            span
            for part in self.parts
            for span in (*((part.header,) if part.header else ()), *part.spans)
        ]

    @property
    def texts(self) -> set[str]:
        """The quoted units' texts."""
        return {self.section.passage.quote(span) for span in self.spans}

    def with_unit(self, unit: Unit, wants: Wants) -> "Excerpt | None":
        """The excerpt with another unit of it: the next sentence of its paragraph, another item
        of its list or row of its table. None if the unit is none of these."""
        *others, last = self.parts
        if unit.region != self.chosen.unit.region or unit.kind != self.chosen.unit.kind:
            return None
        if last.kind in ("list", "table"):
            more = _whole_item(self.section, unit) if last.kind == "list" else (unit.span,)
            spans = sorted({*last.spans, *more}, key=lambda span: span.start)
        elif last.kind == "prose" and self._ends_before(unit):
            spans = [*last.spans, unit.span]
        else:
            return None
        longer = replace(last, spans=tuple(spans))
        announced = _announced(self.section, unit, wants) if last.kind == "prose" else []
        return replace(self, parts=(*others, longer, *announced))

    def _ends_before(self, unit: Unit) -> bool:
        previous = self.section.before(unit)
        return previous is not None and previous.span == self.parts[-1].spans[-1]


def excerpt_for(candidate: ScoredUnit, wants: Wants) -> Excerpt:
    """The unit with what it needs to be understood."""
    section, unit = candidate.section, candidate.unit
    if unit.kind in ("code", "table", "list"):
        return Excerpt(candidate, tuple(parts_for(section, unit, wants)))
    return Excerpt(candidate, tuple(_prose(candidate, wants)))


def parts_for(section: Section, unit: Unit, wants: Wants) -> list[Part]:
    """A unit as parts, with what introduces or belongs to it; a sentence by itself."""
    if unit.kind == "code":
        return [*_introduction(section, unit), _code(section, unit)]
    if unit.kind == "table":
        return [*_introduction(section, unit), _rows(section, [unit])]
    if unit.kind == "list":
        return [*_introduction(section, unit), *_items(section, unit, wants)]
    sentence = Part("prose", (_cut(section, unit, _SENTENCE, " "),))
    return [sentence, *_announced(section, unit, wants)]


def _prose(candidate: ScoredUnit, wants: Wants) -> list[Part]:
    section, unit = candidate.section, candidate.unit
    spans = [_cut(section, unit, _SENTENCE, " ")]
    previous = section.before(unit)
    needed = candidate.from_before > _FROM_BEFORE or (
        points_back(unit) and candidate.parts.coverage < _BY_ITSELF
    )
    if previous and previous.region == unit.region and needed:
        spans.insert(0, _cut(section, previous, _SENTENCE, " "))
    if answer := _answer_paragraph(section, unit):
        spans, unit = [_cut(section, each, _SENTENCE, " ") for each in answer], answer[-1]
    value = _value_above(section, unit) if wants.value or wants.number else []
    return [*value, Part("prose", tuple(spans)), *_announced(section, unit, wants)]


def _value_above(section: Section, unit: Unit) -> list[Part]:
    """The field, such as ``Default: 30``, right above the sentence that says what it is of."""
    previous = section.before(unit)
    if previous is None or not is_field(previous) or is_field(unit):
        return []
    return [Part("prose", (previous.span,))]


def _announced(section: Section, unit: Unit, wants: Wants) -> list[Part]:
    """The block after a sentence, if the sentence announces it or it is what is asked for."""
    following = section.after(unit)
    if following is None or following.region == unit.region:
        return []
    if following.kind == "code" and (unit.introduces or wants.code or wants.steps):
        return [_code(section, following)]
    if following.kind == "list" and (unit.introduces or (wants.steps and following.number)):
        return _whole_list(section, following)
    if following.kind == "table" and unit.introduces:
        return [_rows(section, section.in_region(following.region)[:_ITEMS])]
    return []


def _answer_paragraph(section: Section, unit: Unit) -> list[Unit]:
    """The paragraph that answers the question which is its heading: all of it if it is short,
    else from the unit on."""
    above = section.regions[unit.region - 1] if unit.region else None
    if above is None or above.kind != "heading" or not section.heading_of(unit).endswith("?"):
        return []
    paragraph = section.in_region(unit.region)
    short = paragraph[-1].span.end - paragraph[0].span.start <= _ANSWER
    length = 0
    answer: list[Unit] = []
    for each in paragraph if short else paragraph[unit.position - paragraph[0].position :]:
        length += len(each.text)
        if answer and (length > _ANSWER or announces_nothing(section, each)):
            break
        answer.append(each)
    return answer


def _introduction(section: Section, unit: Unit) -> list[Part]:
    """The sentence that announces the block that ``unit`` is in, as a part."""
    previous = section.before(section.in_region(unit.region)[0])
    if previous is None or previous.kind != "paragraph" or points_elsewhere(previous):
        return []
    if not (previous.introduces or unit.kind == "code"):
        return []
    return [Part("prose", (_cut(section, previous, _SENTENCE, " "),))]


def _code(section: Section, unit: Unit) -> Part:
    return Part("code", (_cut(section, unit, _CODE, "\n"),))


def _rows(section: Section, units: Sequence[Unit]) -> Part:
    header, columns = section.columns_of(units[0])
    rows = [unit.span for unit in units if header is None or unit.span.start > header.end]
    if not rows:  # the header is all there is
        return Part("table", tuple(unit.span for unit in units))
    return Part("table", tuple(rows), columns, header)


def _items(section: Section, unit: Unit, wants: Wants) -> list[Part]:
    if wants.steps and unit.number is not None:
        return _whole_list(section, unit)
    item = Part("list", _whole_item(section, unit))
    following = section.after(unit) if unit.text.endswith(":") else None
    if following is None or following.kind != "code":
        return [item]
    return [item, _code(section, following)]


def _whole_item(section: Section, unit: Unit) -> tuple[Span, ...]:
    """The sentences of the list item that ``unit`` is in."""
    units = section.in_region(unit.region)
    starts = [n for n, each in enumerate(units) if marker_of(section.passage, each.span)[1]]
    own = units.index(unit)
    first = max((n for n in starts if n <= own), default=0)
    end = min((n for n in starts if n > own), default=len(units))
    return tuple(each.span for each in units[first:end])


def _whole_list(section: Section, unit: Unit) -> list[Part]:
    """The list that ``unit`` is in, with the code between its steps, as far as it goes on."""
    first, last = _extent(section, unit)
    parts: list[Part] = []
    taken = 0
    for region in range(first, last + 1):
        units = section.in_region(region)
        kind = section.regions[region].kind
        if kind == "code":
            parts += [_code(section, each) for each in units]
        elif units:
            spans = tuple(each.span for each in units[: _ITEMS - taken])
            parts.append(Part("list" if kind == "list" else "prose", spans))
            taken += len(spans)
        if taken >= _ITEMS:
            break
    return parts


def _extent(section: Section, unit: Unit) -> tuple[int, int]:
    """First and last region of a list whose steps may be broken up by code blocks."""
    first = last = unit.region
    numbers = _numbers(section, unit.region)
    if not numbers:
        return first, last
    low, high = numbers[0], numbers[-1]
    for region in range(unit.region - 1, -1, -1):
        found = _numbers(section, region)
        if low == 1 or section.regions[region].kind == "heading":
            break
        if found and found[-1] == low - 1:
            first, low = region, found[0]
    for region in range(unit.region + 1, len(section.regions)):
        found = _numbers(section, region)
        if section.regions[region].kind == "heading" or (found and found[0] != high + 1):
            break
        if found or (region == last + 1 and section.regions[region].kind == "code"):
            last = region
            high = found[-1] if found else high
    return first, last


def _numbers(section: Section, region: int) -> list[int]:
    return [unit.number for unit in section.in_region(region) if unit.number is not None]


def _cut(section: Section, unit: Unit, limit: int, separator: str) -> Span:
    """The unit's span, cut at the last ``separator`` before ``limit`` if it is longer."""
    if len(unit.text) <= limit:
        return unit.span
    end = unit.text.rfind(separator, limit // 2, limit)
    return Span(unit.span.start, unit.span.start + (limit if end < 0 else end))

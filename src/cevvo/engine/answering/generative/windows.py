"""Neighbouring units of a passage that may support one sentence together, taken apart once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from cevvo.domain.documents import Passage, Span
from cevvo.engine.answering.evidence.forms import leans_back
from cevvo.engine.answering.evidence.scoring import Evidence, ScoredUnit
from cevvo.engine.answering.evidence.sections import Section, Unit
from cevvo.engine.answering.generative.claims import Ground, ground_of
from cevvo.engine.answering.phrasebook import Language

_MOST = 3  # units that one sentence sums up


@dataclass(frozen=True)
class Window:
    """``units`` of one passage in reading order, ``grounds`` those of each, ``context`` that of
    what they stand under. ``hangs_together``: an item with the line that announces it, or a
    sentence with what it leans back on.
    """

    units: tuple[ScoredUnit, ...]
    grounds: tuple[Ground, ...]
    context: Ground
    language: Language
    hangs_together: bool = False

    @cached_property
    def terms(self) -> frozenset[str]:
        """Of the units."""
        return frozenset().union(*(ground.terms for ground in self.grounds))

    @cached_property
    def known(self) -> frozenset[str]:
        """Terms of the units and of what they stand under."""
        return self.terms | self.context.terms

    @cached_property
    def own_stems(self) -> frozenset[str]:
        """Of the units."""
        return frozenset().union(*(ground.stems for ground in self.grounds))

    @cached_property
    def stems(self) -> frozenset[str]:
        """Of the units and of what they stand under."""
        return self.own_stems | self.context.stems

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Everywhere in it."""
        return self.context.numbers.union(*(ground.numbers for ground in self.grounds))

    @cached_property
    def units_named(self) -> frozenset[str]:
        """Units of measurement, everywhere in it."""
        return self.context.units.union(*(ground.units for ground in self.grounds))

    @property
    def texts(self) -> tuple[str, ...]:
        """Normalised, of each unit and of what they stand under."""
        return (*(ground.text for ground in self.grounds), self.context.text)


def windows_of(evidence: Evidence, passage: Passage, language: Language) -> list[Window]:
    """All windows of a passage: every unit, every run of a few, every item with what announces
    it."""
    units = {each.unit.position: each for each in evidence.units if each.passage is passage}
    grounds = {
        position: ground_of(each.unit.text, language) for position, each in sorted(units.items())
    }
    contexts: dict[int, Ground] = {}
    windows: list[Window] = []
    for each in (units[position] for position in grounds):
        section, region = each.section, each.unit.region
        if region not in contexts:
            contexts[region] = ground_of("\n".join(_above(section, each.unit)), language)

        for positions, together in _runs(section, each.unit):
            if all(position in units for position in positions):
                windows.append(
                    Window(
                        tuple(units[position] for position in positions),
                        tuple(grounds[position] for position in positions),
                        contexts[region],
                        language,
                        together,
                    )
                )
    return windows


def lines_of(unit: ScoredUnit) -> Iterator[tuple[Span, str]]:
    """The lines of a unit with their places in the document."""
    start = unit.unit.span.start
    for line in unit.unit.text.split("\n"):
        yield Span(start, start + len(line)), line
        start += len(line) + 1


def _above(section: Section, unit: Unit) -> list[str]:
    """What a unit stands under: title, headings, names of columns."""
    passage = section.passage
    columns = section.columns_of(unit)[1] if unit.kind == "table" else ()
    return [passage.title, *passage.heading_path, section.heading_of(unit), *columns]


def _runs(section: Section, unit: Unit) -> Iterator[tuple[Sequence[int], bool]]:
    """Positions of the units of each window that begins with ``unit``, or with what announces it,
    and whether they hang together."""
    yield [unit.position], False
    introduction = _introduction(section, unit)
    if introduction is not None:
        yield [introduction.position, unit.position], True
    run = [unit]
    while len(run) < _MOST and (following := section.after(run[-1])) is not None:
        run.append(following)
        together = len(run) == 2 and leans_back(following)
        yield [each.position for each in run], together


def _introduction(section: Section, unit: Unit) -> Unit | None:
    """The sentence above the list, table or code that the unit is in."""
    if unit.kind not in ("list", "table", "code"):
        return None
    previous = section.before(section.in_region(unit.region)[0])
    return previous if previous is not None and previous.kind == "paragraph" else None

"""The outline of a missing article, out of what the nearest passages do say. Nothing is invented:
every point is a sentence of a document, and what no document says is left as a question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cevvo.domain.documents import Passage, Vector
from cevvo.engine.answering.citations import page_url
from cevvo.engine.insight.gaps import shortened

_SECTIONS = 4
_POINTS = 3  # of a section
_ABOUT_IT = 0.30  # cosine from which a sentence belongs into the outline
_SAME = 0.92  # cosine above which two sentences say the same, as in answers
_POINT_CHARACTERS = 280
_MARKUP = re.compile(r"^\s*(?:[-*+>]|\d{1,9}[.)]|#{1,6}|\|)\s*")
_ESCAPED = re.compile(r"([\[\]\\])")


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence of a document, as it stands there."""

    text: str
    document_id: str
    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class OutlineSection:
    """What one part of one document says about it."""

    heading: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """``questions`` are what the article has to answer, in the words of those who asked."""

    title: str
    questions: tuple[str, ...]
    sections: tuple[OutlineSection, ...]

    def markdown(self) -> str:
        """The same as text to write on from."""
        lines = [f"# {self.title}", "", "To answer:", ""]
        lines += [f"- {question}" for question in self.questions]
        for section in self.sections:
            lines += ["", f"## {section.heading}", ""]
            lines += [f"- {point.text} ({_source(point)})" for point in section.points]
        return "\n".join(lines) + "\n"


def outline_of(
    title: str, questions: Sequence[str], vector: Vector, passages: Sequence[Passage]
) -> Outline:
    """The outline for a gap that is called ``title``.

    ``vector`` is the embedding of its most central question, ``passages`` are the nearest ones,
    best first.
    """
    sections: dict[str, list[Point]] = {}
    taken: list[Vector] = []
    for passage in passages:
        heading = passage.heading_path[-1] if passage.heading_path else passage.title
        points = sections.setdefault(heading, [])
        for row in _nearest_sentences(passage, vector):
            known = any(float(passage.sentence_vectors[row] @ each) >= _SAME for each in taken)
            text = _plain(passage.quote(passage.sentences[row]))
            if known or not text or text == heading or len(points) == _POINTS:
                continue
            taken.append(passage.sentence_vectors[row])
            points.append(Point(text, passage.document_id, passage.title, page_url(passage)))
    filled = [OutlineSection(heading, tuple(said)) for heading, said in sections.items() if said]
    return Outline(title, tuple(questions), tuple(filled[:_SECTIONS]))


def _nearest_sentences(passage: Passage, vector: Vector) -> list[int]:
    """Those that are about it, in the order in which they stand in the document."""
    cosines = (passage.sentence_vectors @ vector).tolist()
    about_it = [row for row, cosine in enumerate(cosines) if cosine >= _ABOUT_IT]
    return sorted(sorted(about_it, key=lambda row: -cosines[row])[:_POINTS])


def _plain(text: str) -> str:
    """On one line, without the marker of a list item or heading; code and tables are left out."""
    if text.lstrip().startswith(("```", "~~~", "|")):
        return ""
    return shortened(" ".join(_MARKUP.sub("", text).split()), _POINT_CHARACTERS)


def _source(point: Point) -> str:
    title = _ESCAPED.sub(r"\\\1", point.title)
    return f"[{title}](<{point.url}>)" if point.url else title

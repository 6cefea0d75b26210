"""Why a question went unanswered, and what came nearest to answering it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from cevvo.domain.documents import Passage, Vector
from cevvo.engine.answering.calibration import Calibration, Signals
from cevvo.engine.answering.citations import page_url

Reason = Literal[
    "nothing_near",
    "name_unknown",
    "says_opposite",
    "near_miss",
    "too_weak",
    "too_unsure",
    "not_said",
    "disliked",
]
EXPLANATIONS: Mapping[Reason, str] = {
    "nothing_near": "No passage is about it.",
    "name_unknown": "It names something that the nearest passages do not mention.",
    "says_opposite": "The nearest passage speaks of the opposite.",
    "near_miss": "The nearest passages are about it and do not quite say it.",
    "too_weak": "The nearest passages have too little of it.",
    "too_unsure": "An answer from the nearest passages would be wrong too often.",
    "not_said": "The nearest passages are about it; read closely, they do not say it.",
    "disliked": "It was answered, weakly, and the answer was rated as of no help.",
}
_NAME_MISSING = 0.15  # of the question's term weight
_NEAR_MISS = 0.75  # of the probability that it takes
_ABOUT_IT = 0.40  # cosine below which passages are about something else
_QUOTE_CHARACTERS = 300
_SHOWN = 3
_RELATED = 0.15  # cosine below which another passage tells nothing


@dataclass(frozen=True, slots=True)
class Nearest:
    """A passage that came near. ``quote`` is the part of it that came nearest; ``score`` is how
    near that is, 0..1, not calibrated."""

    document_id: str
    source_id: str
    title: str
    url: str | None
    quote: str
    score: float

    def to_dict(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """As it was stored."""
        return cls(**stored)


def why_unanswered(signals: Signals | None, calibration: Calibration) -> Reason:
    """What stood in the way of an answer from the passages that ``signals`` are of, by the same
    thresholds as the decision itself; None: there was no passage."""
    if signals is None:
        return "nothing_near"
    answerable = calibration.answerable(signals)
    if answerable >= calibration.least_answerable:
        sure = calibration.right(signals) >= calibration.least_confidence
        return "not_said" if sure else "too_unsure"
    if signals.cosine < _ABOUT_IT:
        return "nothing_near"
    if signals.contradiction:
        return "says_opposite"
    if signals.unknown_names >= _NAME_MISSING:
        return "name_unknown"
    near = answerable >= _NEAR_MISS * calibration.least_answerable
    return "near_miss" if near else "too_weak"


def nearest_of(question: Vector, passages: Sequence[Passage]) -> list[Nearest]:
    """The passages that came nearest, best first, one of each document."""
    found: dict[str, Nearest] = {}
    for passage in passages:
        if passage.document_id in found or len(found) == _SHOWN:
            continue
        cosines = (passage.sentence_vectors @ question).tolist()
        best = max(range(len(cosines)), key=cosines.__getitem__, default=None)
        quote = passage.text if best is None else passage.quote(passage.sentences[best])
        cosine = float(passage.vector @ question) if best is None else cosines[best]
        found[passage.document_id] = Nearest(
            passage.document_id,
            passage.source_id,
            passage.title,
            page_url(passage),
            shortened(quote, _QUOTE_CHARACTERS),
            round(min(1.0, max(0.0, cosine)), 4),
        )
    best_first = sorted(found.values(), key=lambda each: -each.score)
    return [each for place, each in enumerate(best_first) if place == 0 or each.score >= _RELATED]


def shortened(text: str, characters: int) -> str:
    """``text`` without the blanks around it; cut between two words where it is longer."""
    text = text.strip()
    if len(text) <= characters:
        return text
    cut = text[: characters - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip() + "…"

"""Why a reply is what it is, and what it would be now."""

from typing import Literal

from cevvo_sdk.types.chat import Citation, CitedSource
from cevvo_sdk.types.model import Model


class Candidate(Model):
    """A passage that was considered, with its place in each ranking, from 1; None where that
    search did not find it. ``lexical`` is BM25, ``dense`` a cosine, ``fused`` and ``score`` 0..1.
    """

    document_id: str
    source_id: str
    title: str
    heading: str | None
    url: str | None
    start: int
    end: int
    lexical: float | None
    lexical_rank: int | None
    dense: float | None
    dense_rank: int | None
    fused: float
    fused_rank: int
    score: float
    rank: int
    evidence_rank: int | None
    cited: bool


class Timings(Model):
    """Milliseconds."""

    understand_ms: int | None
    search_ms: int | None
    answer_ms: int | None
    total_ms: int


class Trace(Model):
    """How an answer came about. ``answerable`` and ``right`` are probabilities, held against
    ``least_answerable`` and ``least_confidence``."""

    searched_for: str
    source_ids: list[str] | None
    language: str | None
    metadata: dict[str, str]
    requested_model: str
    model: str
    degraded: bool
    cached: bool
    prompt_hash: str | None
    candidates: list[Candidate]
    signals: dict[str, float] | None
    answerable: float | None
    right: float | None
    least_answerable: float
    least_confidence: float
    timings: Timings


class MessageTrace(Model):
    """Why a reply is what it is. ``standalone`` is the question with its thread folded in."""

    message_id: str
    thread_id: str
    question: str
    standalone: str
    trace: Trace


class Said(Model):
    """An answer, given then or now."""

    answered: bool
    answer: str
    confidence: float | None
    model: str | None
    sources: list[CitedSource]
    citations: list[Citation]


class Difference(Model):
    """A sentence of either answer, or of both."""

    change: Literal["same", "added", "removed"]
    text: str


class MessageReplay(Model):
    """What a question was answered then, and what it would be now. ``same``: answered alike, from
    the same words of the same documents."""

    message_id: str
    thread_id: str
    question: str
    same: bool
    then: Said
    now: Said
    diff: list[Difference]
    trace: Trace


StaleVerdict = Literal["same", "different", "unanswered"]


class LostEvidence(Model):
    """A document that an answer rests on, and the words of it that are no longer there."""

    document_id: str
    title: str
    url: str | None
    change: Literal["changed", "removed"]
    quotes: list[str]


class StaleCitation(Model):
    """What an answer rests on."""

    document_id: str
    title: str
    url: str | None
    quote: str


class StaleSaid(Model):
    """An answer, given then or now."""

    answered: bool
    answer: str
    confidence: float | None
    model: str | None
    citations: list[StaleCitation]


class StaleAnswer(Model):
    """An answer that rests on words which are no longer there. ``verdict`` and ``now`` are of the
    same question asked again, None until it has been."""

    message_id: str
    thread_id: str
    question: str
    asked_at: str
    open: bool
    found_at: str
    documents: list[LostEvidence]
    verdict: StaleVerdict | None
    then: StaleSaid
    now: StaleSaid | None


class ConflictSide(Model):
    """What one document says. ``value`` is what it says where they differ: a number, ``not`` or
    nothing."""

    document_id: str
    source_id: str
    title: str
    url: str | None
    quote: str
    value: str


class Conflict(Model):
    """Two sentences of different documents, both there now, that say otherwise of the same.
    ``question`` brought both up; None once that conversation is deleted."""

    id: str
    question: str | None
    kind: Literal["number", "negation"]
    one: ConflictSide
    other: ConflictSide
    found_at: str

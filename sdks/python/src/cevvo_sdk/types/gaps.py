"""One coverage gap."""

from typing import Literal

from cevvo_sdk.types.model import Model

GapStatus = Literal["open", "closed", "dismissed"]
GapReason = Literal[
    "nothing_near",
    "name_unknown",
    "says_opposite",
    "near_miss",
    "too_weak",
    "too_unsure",
    "not_said",
    "disliked",
]


class NearestPassage(Model):
    """A passage that came near to answering a gap. ``score`` is 0..1, not calibrated."""

    document_id: str
    source_id: str
    title: str
    url: str | None
    quote: str
    score: float


class OutlinePoint(Model):
    """A sentence of a document, as it stands there."""

    text: str
    document_id: str
    title: str
    url: str | None


class OutlineSection(Model):
    """What one part of one document says."""

    heading: str
    points: list[OutlinePoint]


class Outline(Model):
    """The outline of the missing article: sentences of the documents, and questions."""

    title: str
    questions: list[str]
    sections: list[OutlineSection]
    markdown: str


class GapCitation(Model):
    """What an answer rests on."""

    document_id: str
    title: str
    url: str | None
    quote: str


class GapAnswer(Model):
    """What a question of a gap was answered. ``answered``: grounded, cited and of help."""

    answered: bool
    answer: str
    confidence: float | None
    model: str | None
    citations: list[GapCitation]


class GapConversation(Model):
    """A conversation in which it was asked in vain. ``before`` is what was said there, ``after``
    what was said when it was asked again after content had changed; None where it was not."""

    thread_id: str
    message_id: str
    question: str
    asked_at: str
    before: GapAnswer
    after: GapAnswer | None


class AnswerDocument(Model):
    """The text that was written for a gap."""

    source_id: str
    title: str


class GapDetail(Model):
    """A gap with all that is known about it; ``count`` and the times are ever."""

    id: str
    question: str
    status: GapStatus
    count: int
    first_asked: str
    last_asked: str
    opened_at: str
    closed_at: str | None
    reopened: int
    reason: GapReason
    explanation: str
    nearest: list[NearestPassage]
    outline: Outline | None
    checked_at: str | None
    answer_document: AnswerDocument | None
    conversations: list[GapConversation]


class GapAnswerAccepted(Model):
    """The text will be indexed; after that the gap's questions are asked again."""

    job_id: str
    status: Literal["processing"]
    title: str
    source_id: str

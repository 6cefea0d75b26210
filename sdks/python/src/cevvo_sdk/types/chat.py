"""Asking: answers, their sources and quotations, ratings."""

from typing import Literal, TypedDict

from cevvo_sdk.types.model import Model

Rating = Literal["positive", "negative"]
HandoverReason = Literal["customer_request", "missing_knowledge", "policy"]


class CitedSource(Model):
    """A page or file that the answer cites. ``score`` is its calibrated relevance, 0..1."""

    title: str
    url: str | None
    score: float


class Citation(Model):
    """A verbatim quotation that supports the answer.

    ``source`` is the number, from 1, of the cited source, the one that ``[n]`` in the answer names;
    ``start`` and ``end`` are character positions in the document; ``url`` opens the very place.
    """

    source: int
    document_id: str
    quote: str
    start: int
    end: int
    url: str | None


class Usage(Model):
    """Tokens that all models together took for an answer."""

    prompt_tokens: int
    completion_tokens: int


class Handover(Model):
    """Why a person should take over. ``policy``: the owner does not want the topic answered."""

    reason: HandoverReason


class RetrievedPassage(Model):
    """A passage that was found; ``score`` is how well it fits, 0..1, not calibrated."""

    title: str
    url: str | None
    score: float
    quote: str


class ChatResponse(Model):
    """An answer.

    ``answer`` is Markdown; marks such as ``[1]`` index ``sources`` from 1. ``answered`` is False
    when the knowledge base does not say; then ``sources`` is empty. ``confidence`` is the
    calibrated probability, 0..1, that the answer is right. ``degraded``: a configured model was
    not available and a lesser one stood in. ``cached``: an earlier answer, given again.
    ``retrieved`` comes with ``include=["retrieved"]`` only. ``saved`` is False when the server's
    disk is full: then the answer is in no conversation.
    """

    id: str
    answer: str
    thread_id: str
    sources: list[CitedSource]
    model: str
    usage: Usage
    answered: bool
    confidence: float
    degraded: bool
    citations: list[Citation]
    handover: Handover | None
    cached: bool
    retrieved: list[RetrievedPassage] | None
    saved: bool


class TextEvent(Model):
    """A piece of an answer's text."""

    type: Literal["text"]
    text: str


class SourcesEvent(Model):
    """Everything about an answer but its text, after the text."""

    type: Literal["sources"]
    sources: list[CitedSource]
    id: str | None
    thread_id: str | None
    model: str | None
    usage: Usage | None
    answered: bool | None
    confidence: float | None
    degraded: bool | None
    citations: list[Citation] | None
    handover: Handover | None
    cached: bool | None
    retrieved: list[RetrievedPassage] | None
    saved: bool | None


ChatStreamEvent = TextEvent | SourcesEvent


class SearchFilters(TypedDict, total=False):
    """Only documents that are so; all conditions must hold. ``language`` is ISO 639-1."""

    language: str | None
    metadata: dict[str, str] | None


class Feedback(Model):
    """A rating of an answer."""

    message_id: str
    rating: Rating
    comment: str | None


class GivenFeedback(Model):
    """The rating of a message, as a conversation shows it."""

    rating: Rating
    comment: str | None


class Conversation(Model):
    """A conversation in a list. ``title``: its first question. ``message_count``: both roles.

    ``test``: every question in it was sent as a test, so it counts in no figure.
    """

    id: str
    title: str
    message_count: int
    created_at: str
    updated_at: str
    test: bool


class Message(Model):
    """What one side said. From ``sources`` on, the fields are those of the assistant's messages.

    ``status`` is ``interrupted`` where the client left before the answer was whole.
    """

    id: str
    role: Literal["user", "assistant"]
    content: str
    created_at: str
    sources: list[CitedSource] | None
    citations: list[Citation] | None
    model: str | None
    answered: bool | None
    confidence: float | None
    degraded: bool | None
    handover: Handover | None
    cached: bool | None
    status: Literal["complete", "interrupted"] | None
    feedback: GivenFeedback | None


class Escalation(Model):
    """A request for a person."""

    thread_id: str
    escalated: Literal[True]
    reason: str
    escalated_at: str


class ConversationDetail(Conversation):
    """A conversation with its messages, oldest first; ``escalation``: the last request for a
    person, None where none was asked for."""

    messages: list[Message]
    escalation: Escalation | None


class DeletedConversations(Model):
    """They are gone; ``count``: how many there were."""

    deleted: Literal[True]
    count: int

"""Conversations on the wire."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from cevvo.domain.answers import Citation, CitedSource, HandoverReason
from cevvo.domain.time import rfc3339
from cevvo.features.conversations.repository import Conversation, Message
from cevvo.foundation.http.deleted import Deleted
from cevvo.foundation.http.pages import PageMeta

_Time = Annotated[str, Field(description="RFC 3339, UTC.", examples=["2026-03-10T14:30:00Z"])]


class ConversationSummary(BaseModel):
    """A thread without its messages."""

    id: str = Field(examples=["thr_xyz789"])
    title: str = Field(description="The first question.", examples=["Getting started help"])
    message_count: int = Field(description="Messages of both roles.", examples=[4])
    created_at: _Time
    updated_at: _Time = Field(description="When the last message was added.")
    test: bool = Field(
        description="Every question in it was sent as a test, so it counts in no figure.",
        examples=[False],
    )

    @classmethod
    def of(cls, conversation: Conversation) -> "ConversationSummary":
        """The wire form of a stored thread."""
        return cls(
            id=conversation.id,
            title=conversation.title,
            message_count=conversation.message_count,
            created_at=rfc3339(conversation.created_at),
            updated_at=rfc3339(conversation.updated_at),
            test=conversation.is_test,
        )


class ConversationsMeta(PageMeta):
    """Where a page stands in the list of conversations."""

    searched: int | None = Field(
        description="With `q`, for words of one or two characters and those that are said "
        "everywhere: only so many conversations were read for them, the newest that meet all other "
        "filters. Null where none was left out.",
        examples=[2000],
    )


class ConversationSummaryPage(BaseModel):
    """One page of conversations. Past the end ``data`` is empty and ``total`` still true."""

    data: list[ConversationSummary]
    meta: ConversationsMeta


class CitedSourceObject(BaseModel):
    """A page or file that the answer cites."""

    title: str = Field(examples=["Getting Started Guide"])
    url: str | None = Field(
        description="Null for a file without an address.",
        examples=["https://docs.example.com/getting-started"],
    )
    score: float = Field(description="Relevance, 0 to 1.", examples=[0.95])

    @classmethod
    def of(cls, source: CitedSource) -> "CitedSourceObject":
        """The wire form of a cited source."""
        return cls(title=source.title, url=source.url, score=source.score)


class CitationObject(BaseModel):
    """A verbatim quotation that supports the answer."""

    source: int = Field(description="Which of `sources` it is from, counted from 1.", examples=[1])
    document_id: str = Field(examples=["doc_abc123"])
    quote: str = Field(examples=["To get started, create a source."])
    start: int = Field(description="First character of the quote in the document.", examples=[120])
    end: int = Field(description="The character after the quote's last.", examples=[152])
    url: str | None = Field(
        description="Opens the very place; null for a file without an address.",
        examples=["https://docs.example.com/getting-started#:~:text=To%20get%20started"],
    )

    @classmethod
    def of(cls, citation: Citation) -> "CitationObject":
        """The wire form of a citation."""
        return cls(
            source=citation.source,
            document_id=citation.document_id,
            quote=citation.quote,
            start=citation.span.start,
            end=citation.span.end,
            url=citation.url,
        )


class HandoverOut(BaseModel):
    """Why a person should take over."""

    reason: HandoverReason = Field(
        description="`customer_request`: a person was asked for. `missing_knowledge`: the sources "
        "do not say. `policy`: the owner does not want the topic answered.",
        examples=["customer_request"],
    )

    @classmethod
    def of(cls, reason: HandoverReason | None) -> "HandoverOut | None":
        """The wire form; null without a reason."""
        return None if reason is None else cls(reason=reason)


class GivenFeedback(BaseModel):
    """What a reader thought of an answer."""

    rating: Literal["positive", "negative"] = Field(examples=["positive"])
    comment: str | None = Field(examples=["Just what I needed."])


class UserMessage(BaseModel):
    """What a user asked."""

    id: str = Field(examples=["msg_abc122"])
    role: Literal["user"]
    content: str = Field(examples=["How do I get started?"])
    created_at: _Time


class AssistantMessage(BaseModel):
    """What was answered, and what the answer rests on."""

    id: str = Field(examples=["msg_abc123"])
    role: Literal["assistant"]
    content: str = Field(examples=["To get started with Cevvo, create a source [1]."])
    sources: list[CitedSourceObject]
    citations: list[CitationObject]
    model: str | None = Field(description="What answered.", examples=["extractive"])
    answered: bool | None = Field(
        description="False when the knowledge base does not say.", examples=[True]
    )
    confidence: float | None = Field(description="0 to 1.", examples=[0.87])
    degraded: bool | None = Field(
        description="Whether something lesser stood in for the model.", examples=[False]
    )
    handover: HandoverOut | None = Field(description="Why a person should take over.")
    cached: bool | None = Field(
        description="Whether an earlier answer was given again.", examples=[False]
    )
    status: Literal["complete", "interrupted"] = Field(
        description="`interrupted`: the client left before the answer was whole.",
        examples=["complete"],
    )
    feedback: GivenFeedback | None
    created_at: _Time


MessageObject = Annotated[UserMessage | AssistantMessage, Field(discriminator="role")]


class EscalationObject(BaseModel):
    """A request for a person."""

    thread_id: str = Field(examples=["thr_xyz789"])
    escalated: Literal[True] = True
    reason: str = Field(examples=["I would like to talk to sales."])
    escalated_at: str = Field(description="RFC 3339, UTC.", examples=["2026-03-10T14:30:00Z"])

    @classmethod
    def of(cls, conversation: Conversation) -> "EscalationObject | None":
        """The wire form of a thread's; null where no person was asked for."""
        if conversation.escalated_at is None:
            return None
        return cls(
            thread_id=conversation.id,
            reason=conversation.escalation_reason or "",
            escalated_at=rfc3339(conversation.escalated_at),
        )


class ConversationDetail(ConversationSummary):
    """A thread with all its messages."""

    messages: list[MessageObject] = Field(description="Oldest first.")
    escalation: EscalationObject | None = Field(
        description="The last request for a person; null: none was asked for."
    )

    @classmethod
    def with_messages(
        cls, conversation: Conversation, messages: list[Message]
    ) -> "ConversationDetail":
        """The wire form of a stored thread and its messages."""
        summary = ConversationSummary.of(conversation).model_dump()
        return cls(
            **summary,
            messages=[_message(each) for each in messages],
            escalation=EscalationObject.of(conversation),
        )


class ExportedConversation(ConversationDetail):
    """A thread with all that is stored of it."""

    user_id: str | None = Field(description="The person's id of your own.", examples=["user_42"])
    metadata: dict[str, Any] | None = Field(examples=[{"plan": "pro"}])

    @classmethod
    def of_all(cls, conversation: Conversation, messages: list[Message]) -> "ExportedConversation":
        """The line of a stored thread and its messages."""
        detail = ConversationDetail.with_messages(conversation, messages).model_dump()
        return cls(**detail, user_id=conversation.user_id, metadata=conversation.metadata)


def _message(message: Message) -> UserMessage | AssistantMessage:
    created_at = rfc3339(message.created_at)
    if message.role == "user":
        return UserMessage(
            id=message.id, role="user", content=message.content, created_at=created_at
        )
    feedback = None
    if message.rating is not None:
        feedback = GivenFeedback(rating=message.rating, comment=message.comment)
    return AssistantMessage(
        id=message.id,
        role="assistant",
        content=message.content,
        sources=[CitedSourceObject.of(source) for source in message.sources],
        citations=[CitationObject.of(citation) for citation in message.citations],
        model=message.model,
        answered=message.answered,
        confidence=message.confidence,
        degraded=message.degraded,
        handover=HandoverOut.of(message.handover),
        cached=message.cached,
        status=message.status,
        feedback=feedback,
        created_at=created_at,
    )


class DeletedConversations(Deleted):
    """They are gone."""

    count: int = Field(description="How many there were.", examples=[3])

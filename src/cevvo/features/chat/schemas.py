"""The wire of ``/chat`` and ``/chat/stream``."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, field_validator

from cevvo.domain.answers import Usage
from cevvo.domain.documents import Passage
from cevvo.features.chat.models import AUTO
from cevvo.features.chat.turns import Ask, Reply
from cevvo.features.conversations.schemas import CitationObject, CitedSourceObject, HandoverOut
from cevvo.foundation.http.ids import Id
from cevvo.foundation.http.metadata import Metadata
from cevvo.providers.search.base import UNFILTERED, Filters

_MAX_METADATA = 4096  # characters of its JSON


class SearchFilters(BaseModel):
    """Which documents are searched."""

    model_config = ConfigDict(strict=True, extra="forbid")

    language: Annotated[str, StringConstraints(pattern="^[a-z]{2}$")] | None = Field(
        None, description="ISO 639-1 code of the documents' language.", examples=["en"]
    )
    metadata: Metadata | None = Field(
        None,
        description="Names and values that were sent with the documents.",
        examples=[{"product": "pro"}],
    )

    def to_filters(self) -> Filters:
        """As search takes them."""
        return Filters(self.language, tuple((self.metadata or {}).items()))


class ChatRequest(BaseModel):
    """A message to answer."""

    model_config = ConfigDict(strict=True)

    message: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)
    ] = Field(
        description="What the user says, 1 to 8000 characters after trimming.",
        examples=["How do I get started?"],
    )
    thread_id: Id | None = Field(
        None,
        description="The conversation that this continues; null starts a new one.",
        examples=["thr_xyz789"],
    )
    model: str | None = Field(
        AUTO, description="`auto`, or the name of a configured model.", examples=["auto"]
    )
    source_ids: Annotated[list[Id], Field(min_length=1, max_length=100)] | None = Field(
        None, description="Search only these sources.", examples=[["src_abc123"]]
    )
    filters: SearchFilters | None = Field(
        None, description="Search only documents that are so; all conditions must hold."
    )
    include: list[Literal["retrieved"]] | None = Field(
        None,
        description="`retrieved` adds all passages that were found, cited or not.",
        examples=[["retrieved"]],
    )
    user_id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None,
        description="Your own id of the person who asks; kept with a new conversation.",
        examples=["user_42"],
    )
    metadata: dict[str, JsonValue] | None = Field(
        None,
        description="Anything you want to keep with a new conversation, up to 4096 characters.",
        examples=[{"plan": "pro"}],
    )
    test: bool = Field(
        False,
        description="The question is a test: it counts in no figure of the analytics.",
        examples=[False],
    )

    @field_validator("metadata")
    @classmethod
    def _bounded(cls, value: dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
        try:
            written = json.dumps(value, allow_nan=False, ensure_ascii=False)
            written.encode()
        except UnicodeEncodeError:
            raise ValueError("holds half a character (a lone surrogate)") from None
        if len(written) > _MAX_METADATA:
            raise ValueError(f"takes at most {_MAX_METADATA} characters of JSON")
        return value

    def to_ask(self) -> Ask:
        """The request as the service takes it."""
        return Ask(
            message=self.message,
            thread_id=self.thread_id,
            model=AUTO if self.model is None else self.model,
            source_ids=None if self.source_ids is None else tuple(dict.fromkeys(self.source_ids)),
            filters=UNFILTERED if self.filters is None else self.filters.to_filters(),
            user_id=self.user_id,
            metadata=self.metadata,
            test=self.test,
        )


class UsageObject(BaseModel):
    """Tokens over every model call that the answer took.

    Of the built-in answerer these are the question, which its embedding model reads, and the
    answer.
    """

    prompt_tokens: int = Field(examples=[512])
    completion_tokens: int = Field(examples=[128])

    @classmethod
    def of(cls, usage: Usage) -> "UsageObject":
        """From the domain."""
        return cls(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens)


class RetrievedObject(BaseModel):
    """A passage that was found for the question, best first."""

    title: str = Field(examples=["Getting Started Guide"])
    url: str | None = Field(examples=["https://docs.example.com/getting-started"])
    score: float = Field(description="How well it fits, 0 to 1; not calibrated.", examples=[0.81])
    quote: str = Field(description="The whole passage.", examples=["To get started, first …"])

    @classmethod
    def of(cls, passage: Passage) -> "RetrievedObject":
        """From the domain."""
        return cls(title=passage.title, url=passage.url, score=passage.score, quote=passage.text)


_MessageId = Annotated[str, Field(description="The reply's message.", examples=["msg_abc123"])]
_ThreadId = Annotated[str, Field(description="The conversation.", examples=["thr_xyz789"])]


class _Basis(BaseModel):
    """What a reply rests on, streamed or not."""

    sources: list[CitedSourceObject] = Field(
        description="What the answer cites, best first; `[1]` in the answer is the first."
    )
    model: str = Field(description="What really answered.", examples=["extractive"])
    usage: UsageObject
    answered: bool = Field(
        description="False when the knowledge base does not say; then nothing is cited.",
        examples=[True],
    )
    confidence: float = Field(
        description="Calibrated probability that the answer is right, 0 to 1.", examples=[0.87]
    )
    degraded: bool = Field(
        description="A configured model was not available and something lesser stood in.",
        examples=[False],
    )
    citations: list[CitationObject] = Field(description="The quotations behind the `[n]` marks.")
    handover: HandoverOut | None = Field(
        description="Why a person should take over; null where none has to."
    )
    cached: bool = Field(
        description="An earlier answer to the same question, given again: nothing it rests on has "
        "changed.",
        examples=[False],
    )
    retrieved: list[RetrievedObject] | None = Field(
        None, description='With `include: ["retrieved"]` only; else null.'
    )
    saved: bool = Field(
        description="False when the server's disk is full: the answer is in no conversation, and "
        "what `id` and a new `thread_id` name is not there afterwards.",
        examples=[True],
    )


class _Answer(BaseModel):
    id: _MessageId
    answer: str = Field(examples=["To get started, first create a source [1]."])
    thread_id: _ThreadId


class ChatResponse(_Basis, _Answer):
    """An answer. Its fields come in the order of the documentation, additions last."""


class _SourcesType(BaseModel):
    type: Literal["sources"] = "sources"


class SourcesEvent(_Basis, _SourcesType):
    """The event after the last text event of a stream."""

    id: _MessageId
    thread_id: _ThreadId


class TextEvent(BaseModel):
    """A piece of the answer, as it is ready."""

    type: Literal["text"] = "text"
    text: str = Field(examples=["To get "])


def reply_fields(reply: Reply, include: Sequence[str] | None) -> dict[str, Any]:
    """The fields that a response and a sources event share."""
    answer = reply.answer
    return {
        "id": reply.message_id,
        "thread_id": reply.thread_id,
        "sources": [CitedSourceObject.of(source) for source in answer.sources],
        "model": answer.model,
        "usage": UsageObject.of(answer.usage),
        "answered": answer.answered,
        "confidence": answer.confidence,
        "degraded": answer.degraded,
        "citations": [CitationObject.of(citation) for citation in answer.citations],
        "handover": HandoverOut.of(answer.handover),
        "cached": answer.cached,
        "retrieved": _retrieved(reply) if "retrieved" in (include or ()) else None,
        "saved": reply.saved,
    }


def _retrieved(reply: Reply) -> list[RetrievedObject]:
    return [RetrievedObject.of(passage) for passage in reply.retrieved]

"""The wire of ``/messages``: why a reply is what it is, and what it would be now."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from cevvo.features.chat.replaying import Explained, Replayed, Said
from cevvo.features.conversations.schemas import CitationObject, CitedSourceObject


class CandidateObject(BaseModel):
    """A passage that was considered, with its place in each ranking, from 1. What a search did not
    find has no place there."""

    document_id: str = Field(examples=["doc_abc123"])
    source_id: str = Field(examples=["src_abc123"])
    title: str = Field(examples=["Account security"])
    heading: str | None = Field(examples=["Reset a password"])
    url: str | None = Field(examples=["https://docs.example.com/security"])
    start: int = Field(description="Where it stands in the document's text.", examples=[120])
    end: int = Field(examples=[480])
    lexical: float | None = Field(description="By words: BM25.", examples=[7.1])
    lexical_rank: int | None = Field(examples=[2])
    dense: float | None = Field(description="By meaning: a cosine.", examples=[0.61])
    dense_rank: int | None = Field(examples=[1])
    fused: float = Field(description="Both blended, 0 to 1.", examples=[0.94])
    fused_rank: int = Field(examples=[1])
    score: float = Field(description="After looking at its best sentence, 0 to 1.", examples=[0.81])
    rank: int = Field(examples=[1])
    evidence_rank: int | None = Field(
        description="Its place in what the answer was made from; null: it was left out.",
        examples=[1],
    )
    cited: bool = Field(examples=[True])


class TimingsObject(BaseModel):
    """Milliseconds."""

    understand_ms: int | None = Field(
        None, description="Condensing the question with its thread.", examples=[3]
    )
    search_ms: int | None = Field(None, description="Search and ranking.", examples=[24])
    answer_ms: int | None = Field(None, description="Making the answer.", examples=[12])
    total_ms: int = Field(examples=[41])


class TraceObject(BaseModel):
    """How an answer came about."""

    searched_for: str = Field(
        description="The question with its thread folded in and misspelt words put right.",
        examples=["How do I reset my password?"],
    )
    source_ids: list[str] | None = Field(description="Null: all were searched.", examples=[None])
    language: str | None = Field(description="A filter.", examples=[None])
    metadata: dict[str, str] = Field(description="Filters.", examples=[{}])
    requested_model: str = Field(examples=["auto"])
    model: str = Field(description="What really answered.", examples=["extractive"])
    degraded: bool = Field(examples=[False])
    cached: bool = Field(examples=[False])
    prompt_hash: str | None = Field(
        description="Tells prompts apart without a word of them; null where no model was asked.",
        examples=[None],
    )
    candidates: list[CandidateObject] = Field(description="At most 16, best first.")
    signals: dict[str, float] | None = Field(
        description="What the decision rests on.", examples=[{"cosine": 0.61, "coverage": 0.8}]
    )
    answerable: float | None = Field(
        description="Probability that the passages answer the question.", examples=[0.82]
    )
    right: float | None = Field(
        description="Probability that an answer from them is right.", examples=[0.77]
    )
    least_answerable: float = Field(description="What an answer took.", examples=[0.4])
    least_confidence: float = Field(examples=[0.0])
    timings: TimingsObject


class SaidObject(BaseModel):
    """An answer, given then or now."""

    answered: bool = Field(examples=[True])
    answer: str = Field(examples=["Open Settings and choose Reset password. [1]"])
    confidence: float | None = Field(examples=[0.87])
    model: str | None = Field(examples=["extractive"])
    sources: list[CitedSourceObject]
    citations: list[CitationObject]

    @classmethod
    def of(cls, said: Said) -> "SaidObject":
        """The wire form."""
        return cls(
            answered=said.answered,
            answer=said.answer,
            confidence=said.confidence,
            model=said.model,
            sources=[CitedSourceObject.of(each) for each in said.sources],
            citations=[CitationObject.of(each) for each in said.citations],
        )


class MessageTrace(BaseModel):
    """Why a reply is what it is."""

    message_id: str = Field(examples=["msg_abc123"])
    thread_id: str = Field(examples=["thr_xyz789"])
    question: str = Field(description="As it was written.", examples=["and my password?"])
    standalone: str = Field(
        description="With its thread folded in.", examples=["How do I reset my password?"]
    )
    trace: TraceObject

    @classmethod
    def of(cls, explained: Explained) -> "MessageTrace":
        """The wire form."""
        return cls(
            message_id=explained.message_id,
            thread_id=explained.thread_id,
            question=explained.question,
            standalone=explained.standalone,
            trace=trace_object(explained.trace),
        )


class DifferenceObject(BaseModel):
    """A sentence of either answer, or of both."""

    change: Literal["same", "added", "removed"] = Field(examples=["added"])
    text: str = Field(examples=["The link is valid for one hour. [1]"])


class MessageReplay(BaseModel):
    """What a question was answered then, and what it would be now."""

    message_id: str = Field(examples=["msg_abc123"])
    thread_id: str = Field(examples=["thr_xyz789"])
    question: str = Field(
        description="With its thread folded in.", examples=["How do I reset my password?"]
    )
    same: bool = Field(
        description="Answered alike, from the same words of the same documents.", examples=[False]
    )
    then: SaidObject
    now: SaidObject
    diff: list[DifferenceObject] = Field(description="The sentences of both, in order.")
    trace: TraceObject = Field(description="How the answer of now came about.")

    @classmethod
    def of(cls, replayed: Replayed) -> "MessageReplay":
        """The wire form."""
        return cls(
            message_id=replayed.then.message_id,
            thread_id=replayed.then.thread_id,
            question=replayed.then.standalone,
            same=replayed.same,
            then=SaidObject.of(replayed.then.said),
            now=SaidObject.of(replayed.now),
            diff=[DifferenceObject(change=each.change, text=each.text) for each in replayed.diff],
            trace=trace_object(replayed.trace),
        )


def trace_object(stored: Mapping[str, Any]) -> TraceObject:
    """The wire form of a trace as it is kept."""
    return TraceObject.model_validate(stored)

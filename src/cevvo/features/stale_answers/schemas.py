"""The wire of stale answers."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from cevvo.domain.time import Millis, rfc3339
from cevvo.engine.insight.privacy import mask
from cevvo.features.conversations.repository import cited_title
from cevvo.features.stale_answers.repository import StaleAnswer

_DAY = 86_400_000  # milliseconds


class LostEvidenceObject(BaseModel):
    """A document that the answer rests on, and the words of it that are no longer there."""

    document_id: str = Field(examples=["doc_abc123"])
    title: str = Field(examples=["Rates"])
    url: str | None = Field(examples=["https://docs.example.com/rates"])
    change: Literal["changed", "removed"] = Field(examples=["changed"])
    quotes: list[str] = Field(examples=[["One kilogram costs nine euros."]])


class StaleCitationObject(BaseModel):
    """What an answer rests on."""

    document_id: str = Field(examples=["doc_abc123"])
    title: str = Field(examples=["Rates"])
    url: str | None = Field(examples=["https://docs.example.com/rates"])
    quote: str = Field(examples=["One kilogram costs ten euros."])


class StaleSaidObject(BaseModel):
    """An answer, given then or now."""

    answered: bool = Field(examples=[True])
    answer: str = Field(examples=["One kilogram costs ten euros. [1]"])
    confidence: float | None = Field(examples=[0.91])
    model: str | None = Field(examples=["extractive"])
    citations: list[StaleCitationObject]


class StaleAnswerObject(BaseModel):
    """An answer that rests on words which are no longer there."""

    message_id: str = Field(examples=["msg_abc123"])
    thread_id: str = Field(examples=["thr_xyz789"])
    question: str = Field(
        description="As it was searched for, personal data masked.",
        examples=["What does one kilogram cost?"],
    )
    asked_at: str = Field(examples=["2026-03-08T09:15:00Z"])
    open: bool = Field(
        description="The conversation went on in the 24 hours before that was found.",
        examples=[False],
    )
    found_at: str = Field(examples=["2026-03-14T10:00:00Z"])
    documents: list[LostEvidenceObject]
    verdict: Literal["same", "different", "unanswered"] | None = Field(
        description="Of the same question asked now: `same`, all that was quoted is found "
        "elsewhere and quoted again; `different`; `unanswered`. Null until it has been asked.",
        examples=["different"],
    )
    then: StaleSaidObject
    now: StaleSaidObject | None = Field(description="By quotations, without a language model.")

    @classmethod
    def of(cls, stale: StaleAnswer) -> "StaleAnswerObject":
        """The wire form."""
        return cls(
            message_id=stale.message_id,
            thread_id=stale.thread_id,
            question=mask(stale.question),
            asked_at=rfc3339(stale.asked_at),
            open=stale.last_message_at >= Millis(stale.found_at - _DAY),
            found_at=rfc3339(stale.found_at),
            documents=[LostEvidenceObject.model_validate(each) for each in stale.documents],
            verdict=stale.verdict,
            then=StaleSaidObject(
                answered=True,
                answer=stale.answer,
                confidence=stale.confidence,
                model=stale.model,
                citations=[
                    StaleCitationObject(
                        document_id=each.document_id,
                        title=cited_title(each, stale.sources),
                        url=each.url,
                        quote=each.quote,
                    )
                    for each in stale.citations
                ],
            ),
            now=_now(stale.now),
        )


def _now(stored: Mapping[str, Any] | None) -> StaleSaidObject | None:
    return None if stored is None else StaleSaidObject.model_validate(stored)

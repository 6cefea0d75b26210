"""The wire of conflicts."""

from typing import Literal

from pydantic import BaseModel, Field

from cevvo.domain.time import rfc3339
from cevvo.engine.insight.privacy import mask
from cevvo.features.conflicts.repository import FoundConflict


class ConflictSideObject(BaseModel):
    """What one document says."""

    document_id: str = Field(examples=["doc_abc123"])
    source_id: str = Field(examples=["src_abc123"])
    title: str = Field(examples=["Account security"])
    url: str | None = Field(examples=["https://docs.example.com/security"])
    quote: str = Field(examples=["The link is valid for one hour."])
    value: str = Field(
        description="What it says where they differ: a number, `not` or nothing.", examples=["1"]
    )


class ConflictObject(BaseModel):
    """Two sentences of different documents that say otherwise of the same."""

    id: str = Field(examples=["cfl_abc123"])
    question: str | None = Field(
        description="What brought both up, personal data masked; null once that conversation is "
        "deleted.",
        examples=["How long is the link valid?"],
    )
    kind: Literal["number", "negation"] = Field(examples=["number"])
    one: ConflictSideObject
    other: ConflictSideObject
    found_at: str = Field(examples=["2026-03-14T10:00:00Z"])

    @classmethod
    def of(cls, found: FoundConflict) -> "ConflictObject":
        """The wire form."""
        return cls(
            id=found.id,
            question=None if found.question is None else mask(found.question),
            kind=found.kind,
            one=ConflictSideObject.model_validate(found.one),
            other=ConflictSideObject.model_validate(found.other),
            found_at=rfc3339(found.found_at),
        )

"""Analytics on the wire. Rates have four decimals, times are whole milliseconds."""

from typing import Literal

from pydantic import BaseModel, Field

from cevvo.domain.periods import PeriodName
from cevvo.domain.time import rfc3339
from cevvo.features.analytics.service import CoverageGap, Overview, TopQuestion


class TrendObject(BaseModel):
    """The change against the window of the same length before; null where that one is empty."""

    conversations: float | None = Field(description="Relative: 0.12 is 12 % more.", examples=[0.12])
    resolution_rate: float | None = Field(
        description="In points: 0.03 is from 0.86 to 0.89.", examples=[0.03]
    )


class OverviewObject(BaseModel):
    """What was asked in a period, and whether it helped."""

    total_conversations: int = Field(
        description="Conversations with a message in the period.", examples=[1247]
    )
    resolution_rate: float | None = Field(
        description="Of the conversations with a question, the share whose last one got a grounded "
        "answer, and after it no negative rating, no asking again, no request for a person. Null "
        "when there were none.",
        examples=[0.89],
    )
    avg_response_time_ms: int | None = Field(
        description="From the question's arrival to the last word of its answer; small talk and "
        "answers that were cut off left out. Null when there were none.",
        examples=[1250],
    )
    total_messages: int = Field(description="Of both roles.", examples=[4821])
    period: PeriodName = Field(examples=["7d"])
    trend: TrendObject
    p50_response_time_ms: int | None = Field(examples=[1100])
    p95_response_time_ms: int | None = Field(examples=[2900])
    avg_first_token_ms: int | None = Field(
        description="Until the answer's first words.", examples=[420]
    )

    @classmethod
    def of(cls, overview: Overview) -> "OverviewObject":
        """The wire form."""
        trend = overview.trend
        return cls(
            total_conversations=overview.total_conversations,
            resolution_rate=overview.resolution_rate,
            avg_response_time_ms=overview.avg_response_time_ms,
            total_messages=overview.total_messages,
            period=overview.period,
            trend=TrendObject(
                conversations=trend.conversations, resolution_rate=trend.resolution_rate
            ),
            p50_response_time_ms=overview.p50_response_time_ms,
            p95_response_time_ms=overview.p95_response_time_ms,
            avg_first_token_ms=overview.avg_first_token_ms,
        )


class TopQuestionObject(BaseModel):
    """A question in a real user's wording, personal data masked."""

    question: str = Field(examples=["How do I get started?"])
    count: int = Field(description="Conversations that asked it.", examples=[89])
    resolved_rate: float = Field(
        description="Of these, the share in which it was resolved.", examples=[0.95]
    )


class TopQuestions(BaseModel):
    """What most conversations asked, most first."""

    data: list[TopQuestionObject]

    @classmethod
    def of(cls, questions: list[TopQuestion]) -> "TopQuestions":
        """The wire form."""
        return cls(
            data=[
                TopQuestionObject(question=q.question, count=q.count, resolved_rate=q.resolved_rate)
                for q in questions
            ]
        )


class CoverageGapObject(BaseModel):
    """A question that the knowledge base does not answer."""

    question: str = Field(examples=["Do you support SSO?"])
    count: int = Field(description="Conversations that asked it in vain.", examples=[23])
    first_asked: str = Field(
        description="The first time ever. RFC 3339, UTC.", examples=["2026-03-08T09:15:00Z"]
    )
    id: str = Field(examples=["gap_abc123"])
    status: Literal["open"] = Field(examples=["open"])
    last_asked: str = Field(
        description="The last time. RFC 3339, UTC.", examples=["2026-03-14T10:00:00Z"]
    )


class CoverageGaps(BaseModel):
    """What most conversations asked in vain, most first."""

    data: list[CoverageGapObject]

    @classmethod
    def of(cls, gaps: list[CoverageGap]) -> "CoverageGaps":
        """The wire form."""
        return cls(
            data=[
                CoverageGapObject(
                    question=gap.question,
                    count=gap.count,
                    first_asked=rfc3339(gap.first_asked),
                    id=gap.id,
                    status=gap.status,
                    last_asked=rfc3339(gap.last_asked),
                )
                for gap in gaps
            ]
        )

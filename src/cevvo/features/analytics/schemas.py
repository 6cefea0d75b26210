"""Analytics on the wire. Rates have four decimals, times are whole milliseconds."""

from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, Field

from cevvo.domain.periods import PeriodName, Unit
from cevvo.domain.time import rfc3339
from cevvo.engine.insight.gaps import EXPLANATIONS
from cevvo.features.analytics.service import (
    Bucket,
    CoverageGap,
    Overview,
    TimeSeries,
    TopQuestion,
)

EXPLANATION = "https://github.com/cevvo/cevvo/blob/main/docs/analytics.md#resolution-rate"


class TrendObject(BaseModel):
    """The change against the window of the same length before; null where that one is empty."""

    conversations: float | None = Field(description="Relative: 0.12 is 12 % more.", examples=[0.12])
    resolution_rate: float | None = Field(
        description="In points: 0.03 is from 0.86 to 0.89.", examples=[0.03]
    )


class IntervalObject(BaseModel):
    """Where the true rate lies in 95 of 100 cases (Wilson's score interval)."""

    low: float = Field(examples=[0.8711])
    high: float = Field(examples=[0.9063])


class OverviewObject(BaseModel):
    """What was asked in a period, and whether it helped."""

    total_conversations: int = Field(
        description="Conversations with a message in the period.", examples=[1247]
    )
    resolution_rate: float | None = Field(
        description="Of the conversations with a question, the share whose last one got a grounded "
        "answer, and after it no negative rating, no asking again (there, or by the same person "
        "within a day), no request for a person. Null when there were none.",
        examples=[0.89],
    )
    resolution_conversations: int = Field(
        description="Conversations with a question: what the rates are shares of.",
        examples=[1190],
    )
    resolution_interval: IntervalObject | None = Field(
        description="Of `resolution_rate`; null when there were no questions."
    )
    confirmed_rate: float | None = Field(
        description="The share that a positive rating confirms: the stricter rate.",
        examples=[0.31],
    )
    resolution_explained: str = Field(
        description="Where the rule is written down.", examples=[EXPLANATION]
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
        trend, interval = overview.trend, overview.resolution_interval
        return cls(
            total_conversations=overview.total_conversations,
            resolution_rate=overview.resolution_rate,
            resolution_conversations=overview.resolution_conversations,
            resolution_interval=interval and IntervalObject(low=interval[0], high=interval[1]),
            confirmed_rate=overview.confirmed_rate,
            resolution_explained=EXPLANATION,
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


class BucketObject(BaseModel):
    """The figures of one hour or day. Conversations count in every one in which they went on."""

    start: str = Field(
        description="Of the hour or day. RFC 3339, UTC.", examples=["2026-03-08T00:00:00Z"]
    )
    conversations: int = Field(examples=[178])
    messages: int = Field(description="Of both roles.", examples=[690])
    resolution_rate: float | None = Field(
        description="Null when no question was asked.", examples=[0.87]
    )
    resolution_conversations: int = Field(
        description="Conversations with a question: what the rates are shares of.", examples=[171]
    )
    confirmed_rate: float | None = Field(examples=[0.2])
    avg_response_time_ms: int | None = Field(examples=[1180])

    @classmethod
    def of(cls, bucket: Bucket) -> "BucketObject":
        """The wire form."""
        return cls(**asdict(bucket) | {"start": rfc3339(bucket.start)})


class TimeSeriesObject(BaseModel):
    """A period in hours (24h) or days of UTC, the oldest first, empty ones included; the first
    and the last are cut where the period begins and ends."""

    period: PeriodName = Field(examples=["7d"])
    unit: Unit = Field(examples=["day"])
    data: list[BucketObject]

    @classmethod
    def of(cls, series: TimeSeries) -> "TimeSeriesObject":
        """The wire form."""
        data = [BucketObject.of(bucket) for bucket in series.buckets]
        return cls(period=series.period, unit=series.unit, data=data)


class TopQuestionObject(BaseModel):
    """A question in a real user's wording, personal data masked."""

    question: str = Field(examples=["How do I get started?"])
    count: int = Field(description="Conversations that asked it.", examples=[89])
    resolved_rate: float = Field(
        description="Of these, the share in which it was resolved.", examples=[0.95]
    )
    id: str = Field(
        description="Stays the same as more of it is asked; `GET /conversations?question=` lists "
        "those that asked it.",
        examples=["gap_abc123"],
    )


class TopQuestions(BaseModel):
    """What most conversations asked, most first."""

    data: list[TopQuestionObject]

    @classmethod
    def of(cls, questions: list[TopQuestion]) -> "TopQuestions":
        """The wire form."""
        return cls(data=[TopQuestionObject(**asdict(question)) for question in questions])


class NearestSourceObject(BaseModel):
    """A page that came near to answering a gap."""

    title: str = Field(examples=["Account security"])
    url: str | None = Field(examples=["https://docs.example.com/security"])
    score: float = Field(description="How near, 0 to 1; not calibrated.", examples=[0.42])


class CoverageGapObject(BaseModel):
    """A question that the knowledge base does not answer."""

    question: str = Field(examples=["Do you support SSO?"])
    count: int = Field(description="Conversations that asked it in vain.", examples=[23])
    first_asked: str = Field(
        description="The first time ever. RFC 3339, UTC.", examples=["2026-03-08T09:15:00Z"]
    )
    id: str = Field(examples=["gap_abc123"])
    status: Literal["open", "closed", "dismissed"] = Field(
        description="Closed: its questions are answered now.", examples=["open"]
    )
    last_asked: str = Field(
        description="The last time. RFC 3339, UTC.", examples=["2026-03-14T10:00:00Z"]
    )
    nearest_sources: list[NearestSourceObject] = Field(
        description="What came nearest to answering it, best first."
    )
    suggestion: str | None = Field(
        description="Why that did not suffice, in a sentence.",
        examples=["It names something that the nearest passages do not mention."],
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
                    nearest_sources=[
                        NearestSourceObject(title=each.title, url=each.url, score=each.score)
                        for each in gap.nearest
                    ],
                    suggestion=None if gap.reason is None else EXPLANATIONS[gap.reason],
                )
                for gap in gaps
            ]
        )

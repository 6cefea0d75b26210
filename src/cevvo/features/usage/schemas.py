"""Usage on the wire."""

from datetime import UTC, datetime

from pydantic import BaseModel, Field

from cevvo.domain.periods import PeriodName
from cevvo.features.usage.repository import Entry
from cevvo.features.usage.service import UsageReport
from cevvo.foundation.access.refusals import Refused

_DAY_SECONDS = 86_400


class UsageEntryObject(BaseModel):
    """What one model took for one API key on one day of UTC."""

    day: str = Field(examples=["2026-03-14"])
    key_id: str = Field(examples=["key_abc123"])
    key_name: str | None = Field(description="Null: the key is gone.", examples=["Help centre"])
    model: str = Field(examples=["gpt-4o"])
    requests: int = Field(
        description="Questions that the model read, whether its answer was finished, was cut off "
        "or failed.",
        examples=[42],
    )
    prompt_tokens: int = Field(examples=[51_200])
    completion_tokens: int = Field(examples=[6_400])
    cost: float = Field(
        description="In the currency of the operator's prices; 0 for a model without a price.",
        examples=[0.19],
    )

    @classmethod
    def of(cls, entry: Entry) -> "UsageEntryObject":
        """From storage."""
        return cls(
            day=_date(entry.day),
            key_id=entry.key_id,
            key_name=entry.key_name,
            model=entry.model,
            requests=entry.requests,
            prompt_tokens=entry.usage.prompt_tokens,
            completion_tokens=entry.usage.completion_tokens,
            cost=round(entry.cost, 6),
        )


class RefusedRequestsObject(BaseModel):
    """How many requests of one API key were answered with 429 on one day of UTC."""

    day: str = Field(examples=["2026-03-14"])
    key_id: str = Field(examples=["key_abc123"])
    key_name: str | None = Field(description="Null: the key is gone.", examples=["Help centre"])
    requests: int = Field(examples=[12])

    @classmethod
    def of(cls, refused: Refused) -> "RefusedRequestsObject":
        """From storage."""
        return cls(
            day=_date(refused.day),
            key_id=refused.key_id,
            key_name=refused.key_name,
            requests=refused.requests,
        )


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY_SECONDS, UTC).strftime("%Y-%m-%d")


class UsageReportObject(BaseModel):
    """What language models took on the days that the period touches; the sums of ``data``.

    Where there is a budget, answers under way count with an estimate.
    """

    period: PeriodName = Field(examples=["7d"])
    requests: int = Field(examples=[42])
    prompt_tokens: int = Field(examples=[51_200])
    completion_tokens: int = Field(examples=[6_400])
    cost: float = Field(examples=[0.19])
    data: list[UsageEntryObject] = Field(description="By day, key and model, the newest day first.")
    refused: list[RefusedRequestsObject] = Field(
        description="Requests answered with 429, by day and key: over the limit of the key, of a "
        "visitor or of the day's budgets. Counted a second later."
    )

    @classmethod
    def of(cls, report: UsageReport) -> "UsageReportObject":
        """The wire form."""
        found = report.entries
        return cls(
            period=report.period,
            requests=sum(entry.requests for entry in found),
            prompt_tokens=sum(entry.usage.prompt_tokens for entry in found),
            completion_tokens=sum(entry.usage.completion_tokens for entry in found),
            cost=round(sum(entry.cost for entry in found), 6),
            data=[UsageEntryObject.of(entry) for entry in found],
            refused=[RefusedRequestsObject.of(each) for each in report.refused],
        )

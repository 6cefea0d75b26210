"""Times in queries and bodies: RFC 3339 in, milliseconds out."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from cevvo.domain.time import Millis

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _to_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("is no time of this calendar") from None


Time = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A time with its offset from UTC, such as ``2026-03-14T11:00:00Z``."""


def millis(at: datetime) -> Millis:
    """As times are stored."""
    return Millis((at - _EPOCH).days * 86_400_000 + (at - _EPOCH).seconds * 1000)

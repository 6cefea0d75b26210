"""Times in queries and bodies: RFC 3339 in, milliseconds out."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from cevvo.domain.time import Millis

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.ASCII | re.IGNORECASE
)


def _written_out(at: Any) -> Any:
    """Numbers would else be taken for seconds since 1970."""
    if isinstance(at, datetime) or (isinstance(at, str) and _RFC_3339.fullmatch(at)):
        return at
    raise ValueError("is no time with its offset from UTC, such as 2026-03-14T11:00:00Z")


def _to_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("is no time of this calendar") from None


Time = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_to_utc)]
"""A time with its offset from UTC, such as ``2026-03-14T11:00:00Z``."""


def millis(at: datetime) -> Millis:
    """As times are stored."""
    return Millis((at - _EPOCH).days * 86_400_000 + (at - _EPOCH).seconds * 1000)

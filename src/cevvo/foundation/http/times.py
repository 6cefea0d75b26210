"""Times in queries and bodies: RFC 3339 in, milliseconds out."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from cevvo.domain.time import Millis

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.ASCII | re.IGNORECASE
)


_RIGHT = "Value should be a time with its offset from UTC, such as 2026-03-14T11:00:00Z"


def _written_out(at: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Numbers would else be taken for seconds since 1970."""
    if not isinstance(at, datetime) and not (isinstance(at, str) and _RFC_3339.fullmatch(at)):
        raise ValueError(_RIGHT)
    try:
        return read(at)
    except ValidationError:  # the 30th of February
        raise ValueError(f"{_RIGHT}: this one is in no calendar") from None


def _to_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{_RIGHT}: this one is in no calendar") from None


Time = Annotated[AwareDatetime, WrapValidator(_written_out), AfterValidator(_to_utc)]
"""A time with its offset from UTC, such as ``2026-03-14T11:00:00Z``."""


def millis(at: datetime) -> Millis:
    """As times are stored."""
    return Millis((at - _EPOCH) // timedelta(milliseconds=1))

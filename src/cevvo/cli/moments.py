"""Times that are given to a command."""

from datetime import UTC, datetime

from cevvo.domain.time import Millis
from cevvo.foundation.http.times import millis


def moment(at: datetime | None) -> Millis | None:
    """The moment that was meant: in UTC, unless its offset is told."""
    return None if at is None else millis(at if at.tzinfo else at.replace(tzinfo=UTC))

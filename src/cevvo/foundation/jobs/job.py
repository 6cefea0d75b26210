"""A background job as it stands in its row."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import RowMapping

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis

Status = Literal["queued", "processing", "completed", "failed", "cancelled"]
LIVE: tuple[Status, ...] = ("queued", "processing")
_TELLING_TIME = 2_000  # milliseconds
_TELLING_PROGRESS = 0.02


@dataclass(frozen=True, slots=True)
class Job:
    """A row of the queue. ``progress`` is 0..1; ``documents_processed`` and ``_total`` are units.

    ``started_at`` is when it was first claimed, None while it has never been; ``run_at`` when it
    may be claimed next. Until it is completed, ``error_code`` and ``error_message`` say why the
    last attempt failed. ``claimed_at`` and ``claimed_progress`` are where ``seconds_left`` counts
    from. ``report`` is what a crawl came to.
    """

    id: str
    workspace: WorkspaceId
    source_id: str | None
    kind: str
    payload: Mapping[str, Any]
    status: Status
    attempts: int
    max_attempts: int
    progress: float
    documents_processed: int
    documents_total: int | None
    warnings: tuple[str, ...]
    error_code: str | None
    error_message: str | None
    created_at: Millis
    started_at: Millis | None
    completed_at: Millis | None
    run_at: Millis
    claimed_at: Millis | None
    claimed_progress: float | None
    report: Mapping[str, Any] | None

    @property
    def next_attempt_at(self) -> Millis | None:
        """When it is tried again, None unless it failed and waits for that."""
        return self.run_at if self.status == "queued" and self.error_code else None

    def seconds_left(self, now: Millis) -> int | None:
        """Whole seconds that it will take at the pace it has had; None where that cannot be told.

        The pace is that of a run's own progress, for at least 2 s and 2 %. Where the work grew
        while it was done (a crawl that discovers pages), it is measured from there on.
        """
        if self.status != "processing" or self.claimed_at is None or self.claimed_progress is None:
            return None
        elapsed, gained = now - self.claimed_at, self.progress - self.claimed_progress
        if elapsed < _TELLING_TIME or gained < _TELLING_PROGRESS:
            return None
        return math.ceil(elapsed * (1 - self.progress) / gained / 1000)


_STORED = Job.__dataclass_fields__.keys() - {"workspace"}


def job_of(row: RowMapping) -> Job:
    """The job in a row of the table."""
    values = {name: row[name] for name in _STORED}
    values["warnings"] = tuple(row["warnings"])
    return Job(workspace=WorkspaceId(row["workspace_id"]), **values)

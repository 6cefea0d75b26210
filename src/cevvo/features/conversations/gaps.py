"""Whether a coverage gap is open, in the caller's transaction: the only place that changes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, func, insert, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.insight.gaps import Nearest, Reason
from cevvo.foundation.db.tables import coverage_gaps, index_log
from cevvo.foundation.webhooks import emit

GapStatus = Literal["open", "closed", "dismissed"]
NEWEST_ENTRY = (
    select(func.coalesce(func.max(index_log.c.seq), 0))
    .where(index_log.c.workspace_id == bindparam("workspace"))
    .scalar_subquery()
)
"""``newest_entry`` in a statement, of the workspace that is its parameter ``workspace``."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question of a gap, and the conversation in which it was asked."""

    question: str
    thread_id: str


def ask_in_vain(
    connection: Connection,
    workspace: WorkspaceId,
    gap_id: str,
    asking: Asking,
    *,
    reason: Reason,
    nearest: Sequence[Nearest] | None,
    now: Millis,
) -> None:
    """A question of the cluster ``gap_id`` went unanswered: a gap opens, or one that was closed
    does so again. One that was dismissed stays so. ``nearest``: None keeps what is known."""
    known = {} if nearest is None else {"nearest": [each.to_dict() for each in nearest]}
    asked = {"last_asked": now, "reason": reason, **known}
    status = status_of(connection, workspace, gap_id)
    if status is None:
        connection.execute(
            insert(coverage_gaps).values(
                {
                    "id": gap_id,
                    "workspace_id": workspace,
                    "status": "open",
                    "opened_at": now,
                    "reopened": 0,
                    "nearest": [],
                    "checked_seq": newest_entry(connection, workspace),
                    "outcomes": [],
                }
                | asked
            )
        )
        _tell(connection, workspace, gap_id, "gap.opened", asking, now)
        return
    _set(connection, workspace, gap_id, asked)
    if status == "closed":
        open_again(connection, workspace, gap_id, asking, now=now)


def open_again(
    connection: Connection,
    workspace: WorkspaceId,
    gap_id: str,
    asking: Asking | None,
    *,
    now: Millis,
) -> None:
    """The gap, closed or dismissed until now, is open."""
    again = {"status": "open", "opened_at": now, "closed_at": None}
    _set(connection, workspace, gap_id, again | {"reopened": coverage_gaps.c.reopened + 1})
    _tell(connection, workspace, gap_id, "gap.opened", asking, now)


def close(
    connection: Connection, workspace: WorkspaceId, gap_id: str, asking: Asking, *, now: Millis
) -> None:
    """Its questions are answered now."""
    _set(connection, workspace, gap_id, {"status": "closed", "closed_at": now})
    _tell(connection, workspace, gap_id, "gap.closed", asking, now)


def dismiss(connection: Connection, workspace: WorkspaceId, gap_id: str) -> None:
    """Nobody means to answer it: it is neither shown with the open ones nor asked again."""
    _set(connection, workspace, gap_id, {"status": "dismissed", "closed_at": None})


def status_of(connection: Connection, workspace: WorkspaceId, gap_id: str) -> GapStatus | None:
    """Its status; None where no question of that cluster has gone unanswered."""
    status: GapStatus | None = connection.execute(
        select(coverage_gaps.c.status).where(
            coverage_gaps.c.workspace_id == workspace, coverage_gaps.c.id == gap_id
        )
    ).scalar()
    return status


def newest_entry(connection: Connection, workspace: WorkspaceId) -> int:
    """The last entry of ``index_log`` about the workspace: which content there is, as a number."""
    entry: int = connection.execute(select(NEWEST_ENTRY), {"workspace": workspace}).scalar_one()
    return entry


def _set(
    connection: Connection, workspace: WorkspaceId, gap_id: str, values: Mapping[str, Any]
) -> None:
    connection.execute(
        update(coverage_gaps)
        .where(coverage_gaps.c.workspace_id == workspace, coverage_gaps.c.id == gap_id)
        .values(**values)
    )


def _tell(
    connection: Connection,
    workspace: WorkspaceId,
    gap_id: str,
    event: Literal["gap.opened", "gap.closed"],
    asking: Asking | None,
    now: Millis,
) -> None:
    emit(
        connection,
        workspace,
        event,
        now=now,
        data={"gap_id": gap_id},
        text=None if asking is None else {"question": asking.question},
        conversation_id=None if asking is None else asking.thread_id,
    )

"""Conflicts between passages that are both there, in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.functions import position
from cevvo.foundation.db.tables import documents, passage_conflicts, turns


@dataclass(frozen=True, slots=True)
class FoundConflict:
    """Two sentences that say otherwise of the same. ``question`` brought both up; None where its
    conversation is gone. A side has document_id, source_id, title, url, quote and value."""

    id: str
    question: str | None
    kind: Literal["number", "negation"]
    one: Mapping[str, Any]
    other: Mapping[str, Any]
    found_at: Millis


def list_conflicts(
    connection: Connection, workspace: WorkspaceId, *, offset: int, limit: int
) -> tuple[list[FoundConflict], int]:
    """A page of those whose sentences both stand in their documents now, the newest first, and how
    many there are."""
    live = and_(
        passage_conflicts.c.workspace_id == workspace,
        _stands(workspace, "one"),
        _stands(workspace, "other"),
    )
    total: int = connection.execute(
        select(func.count()).select_from(passage_conflicts).where(live)
    ).scalar_one()
    rows = connection.execute(
        select(passage_conflicts, turns.c.standalone)
        .outerjoin(turns, turns.c.answer_id == passage_conflicts.c.message_id)
        .where(live)
        .order_by(passage_conflicts.c.found_at.desc(), passage_conflicts.c.id)
        .offset(offset)
        .limit(limit)
    )
    found = [
        FoundConflict(row.id, row.standalone, row.kind, row.one, row.other, row.found_at)
        for row in rows
    ]
    return found, total


def _stands(workspace: WorkspaceId, side: str) -> ColumnElement[bool]:
    said = passage_conflicts.c[side]
    return exists().where(
        documents.c.workspace_id == workspace,
        documents.c.id == said["document_id"].as_string(),
        position(documents.c.text, said["quote"].as_string()) > 0,
    )

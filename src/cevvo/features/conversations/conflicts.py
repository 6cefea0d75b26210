"""Passages that contradict each other, noted when a question brings both up; in the caller's
transaction."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, insert, select

from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.engine.insight.conflicts import Conflict
from cevvo.foundation.db.tables import passage_conflicts


def note_conflicts(
    connection: Connection,
    workspace: WorkspaceId,
    message_id: str,
    conflicts: Sequence[Conflict],
    *,
    now: Millis,
) -> None:
    """Keep those that are not known yet, with the reply in whose evidence they came up."""
    for conflict in conflicts:
        key = _key_of(conflict)
        known = select(passage_conflicts.c.id).where(
            passage_conflicts.c.workspace_id == workspace, passage_conflicts.c.key == key
        )
        if connection.execute(known).first() is not None:
            continue
        connection.execute(
            insert(passage_conflicts).values(
                id=new_id("cfl"),
                workspace_id=workspace,
                key=key,
                message_id=message_id,
                kind=conflict.kind,
                one=asdict(conflict.one) | {"value": conflict.values[0]},
                other=asdict(conflict.other) | {"value": conflict.values[1]},
                found_at=now,
            )
        )


def _key_of(conflict: Conflict) -> str:
    """The same for the same two sentences, whichever came first."""
    sides = sorted([each.document_id, each.quote] for each in (conflict.one, conflict.other))
    return hashlib.sha256(json.dumps(sides).encode("utf-8", "surrogatepass")).hexdigest()[:32]

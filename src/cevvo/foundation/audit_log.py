"""The audit log: who did what, on what, when and from where, written with the deed itself.

``append`` works in the transaction of what it tells of: neither is there without the other. The
database refuses to change or delete an entry. An entry holds names and ids, never a secret and
never what somebody wrote in a conversation.
"""

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import Connection, insert

from cevvo.domain.access import Actor
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import audit_log

Action = Literal[
    "api_key.created",
    "api_key.rotated",
    "api_key.revoked",
    "settings.changed",
    "retention.changed",
    "source.deleted",
    "document.deleted",
    "conversation.deleted",
    "conversations.exported",
    "conversations.expired",
    "user_data.deleted",
    "audit_log.exported",
    "server.set_up",
    "session.signed_in",
    "session.refused",
    "session.signed_out",
    "session.revoked",
    "password.changed",
    "password.reset_asked",
    "password.reset",
    "second_factor.enabled",
    "second_factor.disabled",
    "invitation.created",
    "invitation.withdrawn",
    "invitation.accepted",
    "person.role_changed",
    "person.removed",
    "webhook.created",
    "webhook.changed",
    "webhook.rotated",
    "webhook.deleted",
    "workspace.created",
    "workspace.renamed",
    "workspace.deleted",
    "workspace.exported",
    "workspace.imported",
]
"""What is kept, by the kind of thing and what was done to it."""


def append(
    connection: Connection,
    workspace: WorkspaceId | None,
    actor: Actor,
    action: Action,
    *,
    now: Millis,
    target_id: str | None = None,
    target_name: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry. ``workspace`` is None for what concerns the whole installation.

    ``target_name`` is what the thing is called now, ``detail`` what else is worth knowing, as JSON.
    """
    connection.execute(
        insert(audit_log).values(
            id=new_id("aud"),
            workspace_id=workspace,
            at=now,
            action=action,
            actor_kind=actor.kind,
            actor_id=actor.id,
            target_id=target_id,
            target_name=target_name,
            detail=None if detail is None else dict(detail),
            address=actor.address,
            request_id=actor.request_id,
        )
    )

# Written by generate_sync.py from _async/audit_log.py: change that.
"""The audit log."""

from cevvo_sdk._sync.page import Page
from cevvo_sdk._sync.transport import Transport
from cevvo_sdk._call import Call
from cevvo_sdk.types import AuditEntry


class AuditLog:
    """Who did what; for a key with the scope ``admin``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        action: str | None = None,
        actor: str | None = None,
        since: str | None = None,
        until: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[AuditEntry]:
        """What was done, newest first.

        Args:
            action: one, as ``api_key.revoked``, or all on a kind, as ``api_key``.
            actor: the id of an API key or person, or a command's user.
            since: from this time on (RFC 3339).
            until: before this time (RFC 3339).
        """
        query = {
            "action": action,
            "actor": actor,
            "since": since,
            "until": until,
            "page": page,
            "per_page": per_page,
        }
        return Page.of(self._transport, Call("GET", "/audit-log", query=query), AuditEntry)

"""Who is asking, and what they may do."""

from dataclasses import dataclass
from typing import Literal

from cevvo.domain.ids import WorkspaceId

Scope = Literal["chat", "read", "ingest", "admin"]
KeyKind = Literal["secret", "publishable"]
ALL_SCOPES: tuple[Scope, ...] = ("chat", "read", "ingest", "admin")


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller: one API key of one workspace.

    ``rate_limit`` is the key's own number of requests per minute, None for the server's default.
    ``tokens_per_day`` is what language models may take for it in a day of UTC, None for no bound.
    """

    key_id: str
    workspace: WorkspaceId
    kind: KeyKind
    scopes: frozenset[Scope]
    rate_limit: int | None = None
    tokens_per_day: int | None = None

    def may(self, scope: Scope) -> bool:
        """Whether this caller holds ``scope``; ``admin`` holds all of them."""
        return scope in self.scopes or "admin" in self.scopes

"""Who is asking, and what they may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cevvo.domain.ids import WorkspaceId

Scope = Literal["chat", "read", "ingest", "admin"]
KeyKind = Literal["secret", "publishable"]
ALL_SCOPES: tuple[Scope, ...] = ("chat", "read", "ingest", "admin")
ActorKind = Literal["key", "person", "cli", "server"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something that the audit log keeps, and from where.

    ``id`` is that of the API key or the person; of a command on this machine, the name of its user
    there. A command has neither address nor request, and the
    server on its own account no id either.
    """

    kind: ActorKind
    id: str | None
    address: str | None = None
    request_id: str | None = None


Role = Literal["owner", "admin", "editor", "analyst"]
ROLES: tuple[Role, ...] = ("owner", "admin", "editor", "analyst")
SCOPES_OF: Mapping[Role, frozenset[Scope]] = {
    "owner": frozenset(ALL_SCOPES),
    "admin": frozenset(ALL_SCOPES),
    "editor": frozenset(("chat", "read", "ingest")),
    "analyst": frozenset(("chat", "read")),
}
"""What a person may do with the content of a workspace, by their role in it."""
Right = Literal["people", "owners", "workspace", "workspaces"]
RIGHTS_OF: Mapping[Role, frozenset[Right]] = {
    "owner": frozenset(("people", "owners", "workspace", "workspaces")),
    "admin": frozenset(("people", "workspace")),
    "editor": frozenset(),
    "analyst": frozenset(),
}
"""What a person may do with the workspace itself, which no API key may.

``people``: invite, change roles, remove; where an owner is concerned, ``owners`` besides.
``workspace``: rename it. ``workspaces``: make another one, and delete this one.
"""


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller: an API key, or a person in a session, in one workspace.

    ``caller_id`` is what use is counted under: the key's id, or the person's. ``rate_limit`` is the
    key's own number of requests per minute, None for the server's default. ``tokens_per_day`` is
    what language models may take for it in a day of UTC, and ``messages_per_day`` what a
    publishable key may ask in one, None for no bound. ``session`` is None for a key; ``visitor`` is
    who uses a publishable key, where a token says so.
    """

    caller_id: str
    workspace: WorkspaceId
    kind: KeyKind
    scopes: frozenset[Scope]
    rate_limit: int | None = None
    tokens_per_day: int | None = None
    messages_per_day: int | None = None
    session: "Session | None" = None
    visitor: "Visitor | None" = None

    @property
    def actor(self) -> Actor:
        """Whom the audit log names."""
        return Actor("key" if self.session is None else "person", self.caller_id)

    @property
    def asker_id(self) -> str:
        """Tells callers apart that are not to see what each other was answered."""
        return self.caller_id if self.visitor is None else f"{self.caller_id}:{self.visitor.id}"

    def may(self, scope: Scope) -> bool:
        """Whether this caller holds ``scope``; ``admin`` holds all of them."""
        return scope in self.scopes or "admin" in self.scopes


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who uses a website with a publishable key: ``vis_…``, or ``user:`` and the user's id.

    ``user_id`` is the customer's own id of the person, where its backend has named them.
    """

    id: str
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is signed in: in one workspace, with the role that they have there."""

    id: str
    person_id: str
    role: Role

    def may(self, right: Right) -> bool:
        """Whether the role has ``right``."""
        return right in RIGHTS_OF[self.role]

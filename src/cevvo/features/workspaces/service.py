"""The workspaces of a server: each a world of its own."""

from collections.abc import Awaitable, Callable

from sqlalchemy import Connection

from cevvo.domain.access import RIGHTS_OF, Actor, Role
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.errors import Conflict, InsufficientScope, InvalidRequest, NotFound
from cevvo.features.people import repository as people
from cevvo.features.sources.repository import delete_slice
from cevvo.features.workspaces import repository
from cevvo.features.workspaces.repository import Workspace
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database
from cevvo.providers.search.base import SearchIndex


async def _nothing() -> None:
    pass


class WorkspacesService:
    """Making, renaming and deleting them. ``recheck`` stops the work on jobs that were cancelled.

    Without an ``index`` nothing can be deleted: for commands beside a running server.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        index: SearchIndex | None = None,
        recheck: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self._db = db
        self._clock = clock
        self._index = index
        self._recheck = recheck

    async def default(self) -> WorkspaceId:
        """The oldest workspace, made when there is none yet."""
        now = self._clock()
        return await self._db.write(lambda c: repository.ensure_default(c, now))

    async def find(self, name: str | None) -> WorkspaceId:
        """The one with this name or id; without one the oldest, made when there is none yet.

        Raises InvalidRequest where no workspace, or more than one, is called so.
        """
        if name is None:
            return await self.default()
        every = await self._db.read(repository.list_all)
        found = [each for each in every if name in (each.id, each.name)]
        if len(found) == 1:
            return found[0].id
        if found:
            ids = ", ".join(each.id for each in found)
            raise InvalidRequest(f"{len(found)} workspaces are called {name!r}. Say which: {ids}.")
        names = ", ".join(each.name for each in every)
        raise InvalidRequest(f"No workspace is called {name!r}. There are: {names or 'none yet'}.")

    async def of_person(
        self, person_id: str, *, offset: int, limit: int
    ) -> tuple[list[tuple[Workspace, Role]], int]:
        """A page of a person's workspaces, each with their role, and how many there are."""
        return await self._db.read(
            lambda c: repository.list_of_person(c, person_id, offset=offset, limit=limit)
        )

    async def create(self, name: str, *, owner: str, by: Actor) -> Workspace:
        """A new, empty workspace; ``owner`` is the id of the person who owns it."""
        now = self._clock()

        def write(connection: Connection) -> Workspace:
            workspace = repository.insert_workspace(connection, name, now=now)
            people.add_member(connection, workspace, owner, "owner", now=now)
            append(connection, workspace, by, "workspace.created", now=now, target_name=name)
            return Workspace(workspace, name, now)

        return await self._db.write(write)

    async def rename(
        self, workspace: WorkspaceId, name: str, *, person_id: str, by: Actor
    ) -> tuple[Workspace, Role]:
        """Call it something else. Raises NotFound where the person is not a member,
        InsufficientScope where their role may not."""
        now = self._clock()

        def write(connection: Connection) -> tuple[Workspace, Role]:
            found, role = _require(connection, workspace, person_id, "workspace")
            repository.rename(connection, workspace, name)
            append(
                connection,
                workspace,
                by,
                "workspace.renamed",
                now=now,
                target_id=workspace,
                target_name=name,
                detail={"before": found.name},
            )
            return Workspace(workspace, name, found.created_at), role

        return await self._db.write(write)

    async def delete(self, workspace: WorkspaceId, *, person_id: str, by: Actor) -> None:
        """Delete a workspace and everything in it; who then belongs nowhere goes with it.

        Raises NotFound where the person is not a member, InsufficientScope where their role may
        not, Conflict for the last one. Nobody can enter it from the first moment; a big one then
        goes in several transactions, so that others can write.
        """
        now = self._clock()

        def write(connection: Connection) -> None:
            found, _ = _require(connection, workspace, person_id, "workspaces")
            if [each.id for each in repository.list_all(connection)] == [workspace]:
                raise Conflict("This is the only workspace. Make another one first.")
            repository.close(connection, workspace, now=now)
            people.delete_who_belong_nowhere(connection)
            append(
                connection,
                None,  # nobody reads the log of a workspace that is gone
                by,
                "workspace.deleted",
                now=now,
                target_id=workspace,
                target_name=found.name,
            )

        await self._db.write(write)
        await self._recheck()
        await self._empty(workspace)

    async def finish_deletions(self) -> None:
        """Go on deleting what a server that was stopped had begun to delete."""
        for workspace in await self._db.read(repository.closed):
            await self._empty(workspace)

    async def _empty(self, workspace: WorkspaceId) -> None:
        index = self._index
        assert index is not None, "deleting needs the search index"

        def write(connection: Connection) -> bool:
            source = repository.next_source(connection, workspace)
            if source is None:
                return repository.delete_empty(connection, workspace)
            delete_slice(connection, workspace, index, source, now=self._clock())
            return False

        while not await self._db.write(write):
            await self._recheck()


def _require(
    connection: Connection, workspace: WorkspaceId, person_id: str, right: str
) -> tuple[Workspace, Role]:
    found = repository.get(connection, workspace)
    member = people.find_member(connection, workspace, person_id)
    if found is None or member is None:
        raise NotFound("You belong to no workspace with this id.")
    if right not in RIGHTS_OF[member.role]:
        raise InsufficientScope(f"Your role there is {member.role}, which may not do this.")
    return found, member.role

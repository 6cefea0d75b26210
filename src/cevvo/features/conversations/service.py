"""Reading and deleting conversations."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from cevvo.domain.access import Actor, Visitor
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.periods import Period, PeriodName
from cevvo.domain.time import Clock
from cevvo.errors import NotFound
from cevvo.features.conversations import listing, repository
from cevvo.features.conversations.filters import ConversationFilter
from cevvo.features.conversations.listing import Listing
from cevvo.features.conversations.repository import Conversation, Message
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database

_SLICE = 50  # threads read or deleted in one transaction


class ConversationsService:
    """The conversations of a workspace."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def page(
        self,
        workspace: WorkspaceId,
        wanted: ConversationFilter,
        *,
        period: PeriodName | None = None,
        visitor: Visitor | None = None,
        offset: int,
        limit: int,
    ) -> Listing:
        """Threads by their last message, latest first: those that are ``wanted``, of the
        ``period`` that ends now; those of ``visitor`` alone, where there is one."""
        wanted = self._during(period, wanted)
        return await self._db.read(
            lambda c: listing.list_conversations(
                c, workspace, wanted, visitor=visitor, offset=offset, limit=limit
            )
        )

    async def export(
        self,
        workspace: WorkspaceId,
        wanted: ConversationFilter,
        *,
        period: PeriodName | None = None,
        by: Actor,
    ) -> AsyncIterator[tuple[Conversation, list[Message]]]:
        """All such threads with their messages, latest first, read as they are taken; the audit
        log keeps how many. What is deleted meanwhile is left out."""
        wanted = self._during(period, wanted)
        ids = await self._db.read(lambda c: listing.list_ids(c, workspace, wanted))
        now, detail = self._clock(), {"conversations": len(ids)}
        await self._db.write(
            lambda c: append(c, workspace, by, "conversations.exported", now=now, detail=detail)
        )
        return self._each(workspace, ids)

    async def _each(
        self, workspace: WorkspaceId, ids: Sequence[str]
    ) -> AsyncIterator[tuple[Conversation, list[Message]]]:
        for first in range(0, len(ids), _SLICE):
            some = ids[first : first + _SLICE]
            for found in await self._db.read(partial(_read_some, workspace=workspace, ids=some)):
                yield found

    def _during(self, period: PeriodName | None, wanted: ConversationFilter) -> ConversationFilter:
        if period is None:
            return wanted
        window = Period.ending(period, self._clock())
        return replace(wanted, since=window.start, until=window.end)

    async def get(
        self, workspace: WorkspaceId, conversation_id: str, *, visitor: Visitor | None = None
    ) -> tuple[Conversation, list[Message]]:
        """A thread and all its messages, oldest first.

        Raises NotFound, also for one that is not the ``visitor``'s, where there is one.
        """
        found = await self._db.read(
            lambda c: repository.get_conversation(c, workspace, conversation_id, visitor)
        )
        if found is None:
            raise _not_found()
        return found

    async def delete(self, workspace: WorkspaceId, conversation_id: str, *, by: Actor) -> None:
        """Delete a thread and every word of it; counters stay, without a trace of whose they are.

        Raises NotFound, also for one that is deleted already.
        """
        now = self._clock()

        def write(connection: Connection) -> None:
            if not repository.delete_conversation(connection, workspace, conversation_id):
                raise _not_found()
            append(
                connection,
                workspace,
                by,
                "conversation.deleted",
                now=now,
                target_id=conversation_id,
            )

        await self._db.write(write)

    async def delete_of_user(self, workspace: WorkspaceId, user_id: str, *, by: Actor) -> int:
        """Delete every thread of a user, as ``delete`` does; how many there were.

        The audit log keeps that it was done, and not whose they were. Many threads go in several
        transactions, so that others can write.
        """
        count = 0
        while deleted := await self._db.write(lambda c: _delete_some(c, workspace, user_id)):
            count += deleted
        now, detail = self._clock(), {"conversations": count}
        await self._db.write(
            lambda c: append(c, workspace, by, "user_data.deleted", now=now, detail=detail)
        )
        return count


def _read_some(
    connection: Connection, *, workspace: WorkspaceId, ids: Sequence[str]
) -> list[tuple[Conversation, list[Message]]]:
    found = (repository.get_conversation(connection, workspace, id) for id in ids)
    return [each for each in found if each is not None]


def _delete_some(connection: Connection, workspace: WorkspaceId, user_id: str) -> int:
    found = repository.conversations_of(connection, workspace, user_id, _SLICE)
    for conversation_id in found:
        repository.delete_conversation(connection, workspace, conversation_id)
    return len(found)


def _not_found() -> NotFound:
    return NotFound("There is no conversation with this id.")

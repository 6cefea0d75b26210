"""Reading and deleting conversations."""

from sqlalchemy import Connection

from cevvo.domain.access import Actor, Visitor
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.errors import NotFound
from cevvo.features.conversations import repository
from cevvo.features.conversations.repository import Conversation, Message
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database

_SLICE = 50  # threads deleted in one transaction


class ConversationsService:
    """The conversations of a workspace."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def page(
        self,
        workspace: WorkspaceId,
        *,
        visitor: Visitor | None = None,
        offset: int,
        limit: int,
        test: bool | None = None,
    ) -> tuple[list[Conversation], int]:
        """Threads by their last message, latest first, and how many there are in all: those that
        are a ``test``, those that are none, or both; those of ``visitor`` alone, where there is
        one."""
        return await self._db.read(
            lambda c: repository.list_conversations(
                c, workspace, visitor=visitor, offset=offset, limit=limit, test=test
            )
        )

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


def _delete_some(connection: Connection, workspace: WorkspaceId, user_id: str) -> int:
    found = repository.conversations_of(connection, workspace, user_id, _SLICE)
    for conversation_id in found:
        repository.delete_conversation(connection, workspace, conversation_id)
    return len(found)


def _not_found() -> NotFound:
    return NotFound("There is no conversation with this id.")

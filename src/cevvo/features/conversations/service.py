"""Reading and deleting conversations."""

from cevvo.domain.ids import WorkspaceId
from cevvo.errors import NotFound
from cevvo.features.conversations import repository
from cevvo.features.conversations.repository import Conversation, Message
from cevvo.foundation.db.database import Database


class ConversationsService:
    """The conversations of a workspace."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(
        self, workspace: WorkspaceId, *, offset: int, limit: int, test: bool | None = None
    ) -> tuple[list[Conversation], int]:
        """Threads by their last message, latest first, and how many there are in all: those that
        are a ``test``, those that are none, or both."""
        return await self._db.read(
            lambda c: repository.list_conversations(
                c, workspace, offset=offset, limit=limit, test=test
            )
        )

    async def get(
        self, workspace: WorkspaceId, conversation_id: str
    ) -> tuple[Conversation, list[Message]]:
        """A thread and all its messages, oldest first. Raises NotFound."""
        found = await self._db.read(
            lambda c: repository.get_conversation(c, workspace, conversation_id)
        )
        if found is None:
            raise _not_found()
        return found

    async def delete(self, workspace: WorkspaceId, conversation_id: str) -> None:
        """Delete a thread and every word of it; counters stay, without a trace of whose they are.

        Raises NotFound, also for one that is deleted already.
        """
        deleted = await self._db.write(
            lambda c: repository.delete_conversation(c, workspace, conversation_id)
        )
        if not deleted:
            raise _not_found()


def _not_found() -> NotFound:
    return NotFound("There is no conversation with this id.")

"""Where a message is kept: in a new thread or an earlier one; on a full disk, nowhere."""

from typing import NamedTuple

from sqlalchemy import Connection

from cevvo.domain.access import Principal
from cevvo.domain.time import Millis
from cevvo.errors import StorageFull
from cevvo.features.chat import repository
from cevvo.features.chat.turns import Ask
from cevvo.features.usage.messages import count_message
from cevvo.foundation.db.database import Database


class Opened(NamedTuple):
    """A message's thread and position there, if it is ``saved``."""

    thread_id: str
    position: int
    saved: bool


async def open_turn(
    db: Database, principal: Principal, ask: Ask, question_id: str, now: Millis
) -> Opened:
    """Store the user's message and count it. Raises NotFound and BudgetExceeded.

    On a full disk it is not refused: reading and answering need no room.
    """

    def write(connection: Connection) -> Opened:
        count_message(connection, principal, now)
        thread_id, position = repository.open_turn(
            connection,
            principal.workspace,
            thread_id=ask.thread_id,
            question_id=question_id,
            message=ask.message,
            source_ids=ask.source_ids or (),
            user_id=ask.user_id,
            visitor=principal.visitor,
            metadata=ask.metadata,
            now=now,
        )
        return Opened(thread_id, position, saved=True)

    def look(connection: Connection) -> Opened:
        thread_id = repository.unsaved_turn(
            connection,
            principal.workspace,
            thread_id=ask.thread_id,
            source_ids=ask.source_ids or (),
            visitor=principal.visitor,
        )
        return Opened(thread_id, 0, saved=False)

    try:
        return await db.write(write)
    except StorageFull:
        return await db.read(look)

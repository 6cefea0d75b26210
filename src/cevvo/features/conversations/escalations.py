"""That a conversation needs a person, in the caller's transaction."""

from sqlalchemy import Connection, case, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import conversations, turns
from cevvo.foundation.webhooks import emit


def escalate(
    connection: Connection,
    workspace: WorkspaceId,
    conversation_id: str,
    *,
    reason: str,
    now: Millis,
) -> bool:
    """Note that a person was asked for and tell it; False if there is no such conversation.

    It counts against the last question: thanks or a greeting after it change nothing.
    """
    noted = connection.execute(
        update(conversations)
        .where(conversations.c.workspace_id == workspace, conversations.c.id == conversation_id)
        .values(escalated_at=now, escalation_reason=reason)
    )
    last_question = (
        select(turns.c.id)
        .where(turns.c.workspace_id == workspace, turns.c.conversation_id == conversation_id)
        .order_by(
            case((turns.c.kind == "question", 0), else_=1),
            turns.c.asked_at.desc(),
            turns.c.id.desc(),
        )
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(update(turns).where(turns.c.id == last_question).values(escalated=True))
    if noted.rowcount != 1:
        return False
    emit(
        connection,
        workspace,
        "conversation.escalated",
        now=now,
        data={"thread_id": conversation_id},
        text={"reason": reason},
        conversation_id=conversation_id,
    )
    return True

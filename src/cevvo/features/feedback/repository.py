"""What people think of answers, in the caller's transaction."""

from sqlalchemy import Connection, case, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import conversations, messages, turns


def rate(
    connection: Connection,
    workspace: WorkspaceId,
    message_id: str,
    *,
    rating: str,
    comment: str | None,
) -> str | None:
    """Set the rating of an assistant's message and of its turn.

    Returns the conversation that it is in; None if there is no such message.
    """
    rated: str | None = connection.execute(
        update(messages)
        .where(
            messages.c.workspace_id == workspace,
            messages.c.id == message_id,
            messages.c.role == "assistant",
        )
        .values(rating=rating, comment=comment)
        .returning(messages.c.conversation_id)
    ).scalar()
    connection.execute(
        update(turns)
        .where(turns.c.workspace_id == workspace, turns.c.answer_id == message_id)
        .values(rating=rating)
    )
    return rated


def escalate(
    connection: Connection,
    workspace: WorkspaceId,
    conversation_id: str,
    *,
    reason: str,
    now: Millis,
) -> bool:
    """Note that a person was asked for; False if there is no such conversation.

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
    return noted.rowcount == 1

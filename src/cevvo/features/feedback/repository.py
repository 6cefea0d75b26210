"""What people think of answers, in the caller's transaction."""

from sqlalchemy import Connection, update

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import messages, turns


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

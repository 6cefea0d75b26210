"""What people think of answers, in the caller's transaction."""

from sqlalchemy import Connection, delete, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.engine.insight.resolution import WEAK_CONFIDENCE
from cevvo.foundation.db.tables import answer_cache, messages, turns


def rating_of(connection: Connection, workspace: WorkspaceId, message_id: str) -> str | None:
    """The rating that an answer has, None without one or without such an answer."""
    query = select(messages.c.rating).where(
        messages.c.workspace_id == workspace, messages.c.id == message_id
    )
    rating: str | None = connection.execute(query).scalar()
    return rating


def rate(
    connection: Connection,
    workspace: WorkspaceId,
    message_id: str,
    *,
    rating: str,
    comment: str | None,
) -> str | None:
    """Set the rating of an assistant's message and of its turn.

    An answer that did not help is not given again: it leaves the cache, in whatever conversation.
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
    if rating == "negative":
        said = (
            select(messages.c.content)
            .where(messages.c.workspace_id == workspace, messages.c.id == message_id)
            .scalar_subquery()
        )
        connection.execute(
            delete(answer_cache).where(
                answer_cache.c.workspace_id == workspace,
                answer_cache.c.answer["text"].as_string() == said,
            )
        )
    return rated


def weak_answer(
    connection: Connection, workspace: WorkspaceId, message_id: str
) -> tuple[str, str] | None:
    """The cluster of the question that this message answered, and the question as it was searched
    for, if it was answered weakly; else None."""
    row = connection.execute(
        select(turns.c.cluster_id, turns.c.standalone).where(
            turns.c.workspace_id == workspace,
            turns.c.answer_id == message_id,
            turns.c.answered,
            turns.c.cluster_id.is_not(None),
            turns.c.standalone.is_not(None),
            turns.c.off_topic.is_(False),
            turns.c.is_test.is_(False),
            turns.c.confidence < WEAK_CONFIDENCE,
        )
    ).first()
    return None if row is None else (row.cluster_id, row.standalone)

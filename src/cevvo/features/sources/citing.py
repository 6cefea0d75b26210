"""The questions whose answers cite a source."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import documents, messages

LOOKED_AT = 1000
"""Answers that are looked through, the newest ones: what they cite is JSON, which has no index."""


@dataclass(frozen=True, slots=True)
class CitingQuestion:
    """A question, and the answer ``message_id`` that cites the source."""

    conversation_id: str
    message_id: str
    question: str
    asked_at: Millis


def citing_questions(
    connection: Connection, workspace: WorkspaceId, source_id: str, limit: int
) -> list[CitingQuestion]:
    """Up to ``limit`` of them, the newest first, out of the newest ``LOOKED_AT`` answers."""
    ours = set(
        connection.scalars(
            select(documents.c.id).where(
                documents.c.workspace_id == workspace, documents.c.source_id == source_id
            )
        )
    )
    question = messages.alias()
    rows = connection.execute(
        select(
            messages.c.conversation_id,
            messages.c.id,
            question.c.content,
            question.c.created_at,
            messages.c.citations,
        )
        .join(
            question,
            and_(
                question.c.conversation_id == messages.c.conversation_id,
                question.c.position == messages.c.position - 1,
            ),
        )
        .where(messages.c.workspace_id == workspace, messages.c.answered.is_(True))
        .order_by(messages.c.created_at.desc(), messages.c.id)
        .limit(LOOKED_AT)
    )
    found: list[CitingQuestion] = []
    for conversation, answer, text, asked_at, citations in rows:
        if len(found) == limit:
            break
        if any(citation["document_id"] in ours for citation in citations or ()):
            found.append(CitingQuestion(conversation, answer, text, asked_at))
    return found

"""Conversations and their messages, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from cevvo.domain.access import Visitor
from cevvo.domain.answers import Answer, Citation, CitedSource, HandoverReason
from cevvo.domain.documents import Span
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.engine.insight.clustering import Cluster
from cevvo.errors import NotFound
from cevvo.features.conversations.filters import IS_TEST
from cevvo.foundation.db.tables import (
    conversations,
    idempotency_keys,
    messages,
    question_clusters,
    turns,
)

Role = Literal["user", "assistant"]
MessageStatus = Literal["complete", "interrupted"]
_TITLE_LENGTH = 80
_now = bindparam("now", type_=conversations.c.updated_at.type)
# Made once: to make a statement takes SQLAlchemy longer than SQLite takes to run it.
_INSERT_CONVERSATION = insert(conversations)
_INSERT_MESSAGE = insert(messages)
_TOUCH = (
    update(conversations)
    .where(
        conversations.c.workspace_id == bindparam("of_workspace"),
        conversations.c.id == bindparam("of_conversation"),
    )
    .values(
        updated_at=case((conversations.c.updated_at < _now, _now), else_=conversations.c.updated_at)
    )
)
_LAST_POSITION = select(func.max(messages.c.position)).where(
    messages.c.conversation_id == bindparam("of_conversation")
)
GONE = "gone"
"""What begins the token in place of a deleted conversation's id."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread without its messages. ``message_count`` counts both roles.

    ``is_test``: every question in it was a test. ``escalated_at`` and ``escalation_reason``: when a
    person was asked for, the last time, and why; None where none was.
    """

    id: str
    title: str
    message_count: int
    user_id: str | None
    metadata: dict[str, Any] | None
    escalated_at: Millis | None
    escalation_reason: str | None
    created_at: Millis
    updated_at: Millis
    is_test: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a thread. All from ``model`` on is None or empty for the user's role.

    ``status`` is ``interrupted`` when the client left before the answer was whole; what had been
    said by then is ``content``.
    """

    id: str
    role: Role
    content: str
    created_at: Millis
    status: MessageStatus
    model: str | None
    answered: bool | None
    confidence: float | None
    degraded: bool | None
    handover: HandoverReason | None
    cached: bool | None
    sources: tuple[CitedSource, ...]
    citations: tuple[Citation, ...]
    rating: str | None
    comment: str | None


def title_of(question: str) -> str:
    """The title of a thread that starts with ``question``: on one line, at most 80 characters."""
    line = " ".join(question.split())
    if len(line) <= _TITLE_LENGTH:
        return line
    cut = line[: _TITLE_LENGTH - 1]
    return (cut.rpartition(" ")[0] or cut) + "…"


def create_conversation(
    connection: Connection,
    workspace: WorkspaceId,
    conversation_id: str,
    *,
    question: str,
    now: Millis,
    user_id: str | None = None,
    visitor: Visitor | None = None,
    metadata: dict[str, Any] | None = None,
) -> None:
    """Open a thread, titled after its first ``question``. It has no messages yet."""
    connection.execute(
        _INSERT_CONVERSATION,
        {
            "id": conversation_id,
            "workspace_id": workspace,
            "title": title_of(question),
            "user_id": user_id,
            "visitor_id": None if visitor is None else visitor.id,
            "metadata": metadata,
            "created_at": now,
            "updated_at": now,
        },
    )


def require_visitor(
    connection: Connection, workspace: WorkspaceId, conversation_id: str, visitor: Visitor | None
) -> None:
    """Raises NotFound for a thread that is not the visitor's; None may use every thread."""
    if visitor is None:
        return
    owner = connection.execute(
        select(conversations.c.visitor_id).where(
            conversations.c.workspace_id == workspace, conversations.c.id == conversation_id
        )
    ).scalar()
    if owner != visitor.id:
        raise NotFound("There is no conversation with this id.", param="thread_id")


def append_message(
    connection: Connection,
    workspace: WorkspaceId,
    conversation_id: str,
    *,
    message_id: str,
    role: Role,
    content: str,
    now: Millis,
    reply_to: int | None = None,
    answer: Answer | None = None,
    status: MessageStatus = "complete",
) -> int:
    """Add a message to its thread; returns its position.

    Questions take the even positions and each answer the one after its question, wherever the
    thread has got to meanwhile: pass ``reply_to``, the question's position. So the turns of
    simultaneous requests stay whole and in the order in which they were asked.
    ``answer`` is what an assistant's message rests on. Raises NotFound when the conversation does
    not exist or no longer does.
    """
    if not touch(connection, workspace, conversation_id, now):
        raise NotFound("There is no conversation with this id.", param="thread_id")
    position = _next_question(connection, conversation_id) if reply_to is None else reply_to + 1
    insert_message(
        connection,
        workspace,
        conversation_id,
        message_id=message_id,
        position=position,
        role=role,
        content=content,
        now=now,
        answer=answer,
        status=status,
    )
    return position


def touch(
    connection: Connection, workspace: WorkspaceId, conversation_id: str, now: Millis
) -> bool:
    """Note that something is said in a thread now; False when there is none with that id."""
    touched = connection.execute(
        _TOUCH, {"of_workspace": workspace, "of_conversation": conversation_id, "now": now}
    )
    return touched.rowcount > 0


def insert_message(
    connection: Connection,
    workspace: WorkspaceId,
    conversation_id: str,
    *,
    message_id: str,
    position: int,
    role: Role,
    content: str,
    now: Millis,
    answer: Answer | None = None,
    status: MessageStatus = "complete",
) -> None:
    """As ``append_message``, at a position that is known, in a thread that is there and says
    already that it is said now."""
    connection.execute(
        _INSERT_MESSAGE,
        {
            "id": message_id,
            "workspace_id": workspace,
            "conversation_id": conversation_id,
            "position": position,
            "role": role,
            "content": content,
            "created_at": now,
            "status": status,
            **({} if answer is None else _answer_columns(answer)),
        },
    )


def _next_question(connection: Connection, conversation_id: str) -> int:
    last: int | None = connection.execute(
        _LAST_POSITION, {"of_conversation": conversation_id}
    ).scalar()
    return 0 if last is None else last - last % 2 + 2


def get_conversation(
    connection: Connection,
    workspace: WorkspaceId,
    conversation_id: str,
    visitor: Visitor | None = None,
) -> tuple[Conversation, list[Message]] | None:
    """A thread and all its messages, oldest first; None when there is none with that id, or it is
    not the ``visitor``'s, where there is one."""
    row = (
        connection.execute(
            select(conversations, IS_TEST.label("is_test")).where(
                *_of(workspace, visitor), conversations.c.id == conversation_id
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    rows = connection.execute(
        select(messages)
        .where(messages.c.conversation_id == conversation_id)
        .order_by(messages.c.position)
    ).mappings()
    found = [_message(each) for each in rows]
    return conversation_of(row, len(found)), found


def _of(workspace: WorkspaceId, visitor: Visitor | None) -> list[ColumnElement[bool]]:
    ours = [conversations.c.workspace_id == workspace]
    return ours if visitor is None else [*ours, conversations.c.visitor_id == visitor.id]


def history(
    connection: Connection, workspace: WorkspaceId, conversation_id: str, limit: int
) -> list[Message] | None:
    """The last ``limit`` messages, oldest first; None when there is no such conversation."""
    exists = connection.execute(
        select(conversations.c.id).where(
            conversations.c.workspace_id == workspace, conversations.c.id == conversation_id
        )
    ).first()
    if exists is None:
        return None
    rows = connection.execute(
        select(messages)
        .where(messages.c.conversation_id == conversation_id)
        .order_by(messages.c.position.desc())
        .limit(limit)
    ).mappings()
    return [_message(row) for row in rows][::-1]


def delete_conversation(
    connection: Connection, workspace: WorkspaceId, conversation_id: str
) -> bool:
    """Delete a thread with every word of it; False when there is none with that id.

    Its turns stay as counters that point to no one: without question, vector or message, under a
    random token that they share, so that they still count as one conversation. They stay in the
    clusters of questions that others asked too.
    """
    deleted = connection.execute(
        delete(conversations).where(
            conversations.c.workspace_id == workspace, conversations.c.id == conversation_id
        )
    )
    if deleted.rowcount == 0:
        return False
    connection.execute(  # kept responses hold the answers too
        delete(idempotency_keys).where(
            idempotency_keys.c.workspace_id == workspace,
            idempotency_keys.c.thread_id == conversation_id,
        )
    )
    _anonymise_turns(connection, workspace, conversation_id)
    return True


def conversations_of(
    connection: Connection, workspace: WorkspaceId, user_id: str, limit: int
) -> list[str]:
    """Some threads of a user, by the customer's own id of them."""
    rows = connection.execute(
        select(conversations.c.id)
        .where(conversations.c.workspace_id == workspace, conversations.c.user_id == user_id)
        .limit(limit)
    )
    return list(rows.scalars())


def _anonymise_turns(connection: Connection, workspace: WorkspaceId, conversation_id: str) -> None:
    of_it = (turns.c.workspace_id == workspace, turns.c.conversation_id == conversation_id)
    clustered = connection.execute(
        select(turns.c.cluster_id, turns.c.vector).where(
            *of_it, turns.c.cluster_id.is_not(None), turns.c.vector.is_not(None)
        )
    ).all()
    connection.execute(
        update(turns)
        .where(*of_it)
        .values(conversation_id=new_id(GONE), answer_id=None, standalone=None, vector=None)
    )
    for cluster_id, vector in clustered:
        _take_out(connection, workspace, cluster_id, np.frombuffer(vector, "<f2"))


def _take_out(
    connection: Connection, workspace: WorkspaceId, cluster_id: str, vector: NDArray[np.float16]
) -> None:
    """Take a question's vector out of its cluster's mean.

    An emptied cluster stays as a row of zeros, that no question is near to: whoever follows the
    revisions has to see the change.
    """
    ours = question_clusters.c.workspace_id == workspace
    row = connection.execute(
        select(question_clusters.c.mean, question_clusters.c.size).where(
            ours, question_clusters.c.id == cluster_id
        )
    ).one()
    mean = np.zeros(len(vector), "<f4")
    if row.size > 1:
        cluster = Cluster(cluster_id, np.frombuffer(row.mean, "<f4"), row.size)
        mean = cluster.left(vector.astype(np.float32)).mean.astype("<f4")
    else:
        connection.execute(
            update(turns)
            .where(turns.c.workspace_id == workspace, turns.c.cluster_id == cluster_id)
            .values(cluster_id=None)
        )
    newest = select(func.max(question_clusters.c.revision)).where(ours).scalar_subquery()
    connection.execute(
        update(question_clusters)
        .where(question_clusters.c.id == cluster_id)
        .values(mean=mean.tobytes(), size=row.size - 1, revision=newest + 1)
    )


def _answer_columns(answer: Answer) -> dict[str, object]:
    return {
        "model": answer.model,
        "answered": answer.answered,
        "confidence": answer.confidence,
        "degraded": answer.degraded,
        "handover": answer.handover,
        "cached": answer.cached,
        "sources": [asdict(source) for source in answer.sources],
        "citations": [asdict(citation) for citation in answer.citations],
        "prompt_tokens": answer.usage.prompt_tokens,
        "completion_tokens": answer.usage.completion_tokens,
    }


def conversation_of(row: RowMapping, message_count: int) -> Conversation:
    """The thread of a row of ``conversations`` with ``is_test`` beside."""
    return Conversation(
        id=row["id"],
        title=row["title"],
        message_count=message_count,
        user_id=row["user_id"],
        metadata=row["metadata"],
        escalated_at=row["escalated_at"],
        escalation_reason=row["escalation_reason"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        is_test=bool(row["is_test"]),
    )


def _message(row: RowMapping) -> Message:
    return Message(
        id=row["id"],
        role=row["role"],
        content=row["content"],
        created_at=row["created_at"],
        status=row["status"],
        model=row["model"],
        answered=row["answered"],
        confidence=row["confidence"],
        degraded=row["degraded"],
        handover=row["handover"],
        cached=row["cached"],
        sources=stored_sources(row["sources"]),
        citations=stored_citations(row["citations"]),
        rating=row["rating"],
        comment=row["comment"],
    )


def stored_sources(stored: Sequence[dict[str, Any]] | None) -> tuple[CitedSource, ...]:
    """A message's ``sources`` column as what it was made of."""
    return tuple(CitedSource(**source) for source in stored or ())


def cited_title(citation: Citation, sources: Sequence[CitedSource]) -> str:
    """What the page or file that a citation is from was called in the answer that has these
    ``sources``."""
    return sources[citation.source - 1].title if citation.source <= len(sources) else ""


def stored_citations(stored: Sequence[dict[str, Any]] | None) -> tuple[Citation, ...]:
    """A message's ``citations`` column as what it was made of."""
    return tuple(Citation(**(each | {"span": Span(**each["span"])})) for each in stored or ())

"""Past answers whose documents have changed, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from cevvo.domain.answers import Citation, CitedSource
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.conversations.evidence import GONE
from cevvo.features.conversations.gaps import NEWEST_ENTRY
from cevvo.features.conversations.repository import stored_citations, stored_sources
from cevvo.foundation.db.tables import (
    cited_documents,
    conversations,
    documents,
    index_log,
    messages,
    recheck_marks,
    stale_answers,
    turns,
)

Change = Literal["changed", "removed"]
Verdict = Literal["same", "different", "unanswered"]


@dataclass(frozen=True, slots=True)
class DocumentNow:
    """A document that changed or went. ``text`` is empty and the hash ``GONE`` for one that is
    gone; title and address are then those that the answer names."""

    id: str
    content_hash: str
    text: str
    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class RestingOn:
    """An answer that cites a document, as it was then."""

    message_id: str
    citations: tuple[Citation, ...]
    sources: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class StaleAnswer:
    """An answer that rests on words which are no longer there. ``documents`` say which; ``now`` is
    what the question was answered when it was asked again, None where it has not been yet."""

    message_id: str
    thread_id: str
    question: str
    asked_at: Millis
    last_message_at: Millis
    found_at: Millis
    documents: tuple[Mapping[str, Any], ...]
    answer: str
    confidence: float | None
    model: str | None
    sources: tuple[CitedSource, ...]
    citations: tuple[Citation, ...]
    verdict: Verdict | None
    now: Mapping[str, Any] | None


_seen_entry = (
    select(recheck_marks.c.seq)
    .where(recheck_marks.c.workspace_id == bindparam("workspace"))
    .scalar_subquery()
)
# Evidence used to be kept of answers, too, that only repeat one: they have no question of their own
# to ask again.
_answers_a_question = and_(
    turns.c.answer_id == stale_answers.c.message_id, turns.c.standalone.is_not(None)
)
_waits = exists().where(
    stale_answers.c.workspace_id == bindparam("workspace"),
    stale_answers.c.checked_at.is_(None),
    _answers_a_question,
)
_rests = exists().where(cited_documents.c.workspace_id == bindparam("workspace"))
# Asked whenever a job ends, and so put together once.
_IS_DUE = select(
    or_(_waits, and_(func.coalesce(_seen_entry, 0) != NEWEST_ENTRY, _rests)).label("is_due")
)


def is_due(connection: Connection, workspace: WorkspaceId) -> bool:
    """Whether content has come or gone since answers were last looked at, or some wait to be asked
    again."""
    return bool(connection.execute(_IS_DUE, {"workspace": workspace}).scalar())


def workspaces_with_answers(connection: Connection) -> list[WorkspaceId]:
    """Of all workspaces those with answers that rest on something."""
    rows = connection.execute(select(cited_documents.c.workspace_id).distinct())
    return [WorkspaceId(each) for each in rows.scalars()]


def seen_entry(connection: Connection, workspace: WorkspaceId) -> int:
    """The last entry of ``index_log`` that was looked at; 0 at first."""
    seen = connection.execute(
        select(recheck_marks.c.seq).where(recheck_marks.c.workspace_id == workspace)
    ).scalar()
    return int(seen or 0)


def mark_seen(connection: Connection, workspace: WorkspaceId, entry: int) -> None:
    """Everything up to ``entry`` was looked at."""
    ours = recheck_marks.c.workspace_id == workspace
    if connection.execute(update(recheck_marks).where(ours).values(seq=entry)).rowcount == 0:
        connection.execute(insert(recheck_marks).values(workspace_id=workspace, seq=entry))


def changed_documents(connection: Connection, workspace: WorkspaceId, since: int) -> list[str]:
    """Documents that answers rest on, and that came, changed or went after that entry of the log.

    All that answers rest on, where the log does not reach back so far.
    """
    oldest: int = connection.execute(
        select(func.coalesce(func.min(index_log.c.seq), 0))
    ).scalar_one()
    cited = select(cited_documents.c.document_id).where(cited_documents.c.workspace_id == workspace)
    if oldest <= since + 1:
        changed = select(index_log.c.document_id).where(
            index_log.c.workspace_id == workspace, index_log.c.seq > since
        )
        cited = cited.where(cited_documents.c.document_id.in_(changed))
    return list(connection.execute(cited.distinct()).scalars())


def document_now(connection: Connection, workspace: WorkspaceId, document_id: str) -> DocumentNow:
    """The document as it is, or that it is gone."""
    row = connection.execute(
        select(
            documents.c.content_hash, documents.c.text, documents.c.title, documents.c.url
        ).where(documents.c.workspace_id == workspace, documents.c.id == document_id)
    ).first()
    if row is None:
        return DocumentNow(document_id, GONE, "", "", None)
    return DocumentNow(document_id, row.content_hash, row.text, row.title, row.url)


def resting_on(
    connection: Connection, workspace: WorkspaceId, document: DocumentNow, limit: int
) -> list[RestingOn]:
    """The newest answers that cite another version of the document than the one of now, or were
    found to be stale: what they quote may be back."""
    found_stale = exists().where(stale_answers.c.message_id == messages.c.id)
    rows = connection.execute(
        select(messages.c.id, messages.c.citations, messages.c.sources)
        .join(cited_documents, cited_documents.c.message_id == messages.c.id)
        .where(
            cited_documents.c.workspace_id == workspace,
            cited_documents.c.document_id == document.id,
            (cited_documents.c.content_hash != document.content_hash)
            | (cited_documents.c.content_hash == GONE)
            | found_stale,
        )
        .order_by(messages.c.created_at.desc(), messages.c.id)
        .limit(limit)
    )
    return [RestingOn(row.id, stored_citations(row.citations), row.sources or ()) for row in rows]


def note_version(
    connection: Connection, workspace: WorkspaceId, message_id: str, document: DocumentNow
) -> None:
    """What the answer quotes stands in this version too: it rests on this one now."""
    connection.execute(
        update(cited_documents)
        .where(
            cited_documents.c.workspace_id == workspace,
            cited_documents.c.message_id == message_id,
            cited_documents.c.document_id == document.id,
        )
        .values(content_hash=document.content_hash)
    )


def invalidate(
    connection: Connection,
    workspace: WorkspaceId,
    message_id: str,
    gone: Mapping[str, Any],
    *,
    now: Millis,
) -> None:
    """An answer rests on words that are ``gone``: document_id, title, url, change, quotes."""
    known = _documents_of(connection, workspace, message_id)
    if known is None:
        connection.execute(
            insert(stale_answers).values(
                message_id=message_id, workspace_id=workspace, found_at=now, documents=[dict(gone)]
            )
        )
        return
    others = [each for each in known if each["document_id"] != gone["document_id"]]
    if len(others) < len(known) and dict(gone) in known:
        return
    connection.execute(
        update(stale_answers)
        .where(stale_answers.c.workspace_id == workspace, stale_answers.c.message_id == message_id)
        .values(documents=[*others, dict(gone)], found_at=now, checked_at=None)
    )


def revive(
    connection: Connection, workspace: WorkspaceId, message_id: str, document_id: str
) -> None:
    """What the answer quotes of this document is there (again)."""
    known = _documents_of(connection, workspace, message_id)
    if known is None:
        return
    left = [each for each in known if each["document_id"] != document_id]
    ours = and_(stale_answers.c.workspace_id == workspace, stale_answers.c.message_id == message_id)
    if left:
        connection.execute(update(stale_answers).where(ours).values(documents=left))
    else:
        connection.execute(delete(stale_answers).where(ours))


def _documents_of(
    connection: Connection, workspace: WorkspaceId, message_id: str
) -> list[dict[str, Any]] | None:
    found: list[dict[str, Any]] | None = connection.execute(
        select(stale_answers.c.documents).where(
            stale_answers.c.workspace_id == workspace, stale_answers.c.message_id == message_id
        )
    ).scalar()
    return found


_SHOWN = (
    select(
        stale_answers,
        messages.c.conversation_id,
        messages.c.content,
        messages.c.confidence,
        messages.c.model,
        messages.c.sources,
        messages.c.citations,
        turns.c.standalone,
        turns.c.asked_at,
        conversations.c.updated_at,
    )
    .select_from(stale_answers)
    .join(messages, messages.c.id == stale_answers.c.message_id)
    .join(turns, _answers_a_question)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
)


def waiting(connection: Connection, workspace: WorkspaceId, limit: int) -> list[StaleAnswer]:
    """The newest that have not been asked again."""
    rows = connection.execute(
        _SHOWN.where(
            stale_answers.c.workspace_id == workspace, stale_answers.c.checked_at.is_(None)
        )
        .order_by(turns.c.asked_at.desc(), stale_answers.c.message_id)
        .limit(limit)
    )
    return [_stale(row) for row in rows]


def judge(
    connection: Connection,
    workspace: WorkspaceId,
    message_id: str,
    *,
    verdict: Verdict,
    answer: Mapping[str, Any],
    now: Millis,
) -> None:
    """What its question was answered when it was asked again."""
    connection.execute(
        update(stale_answers)
        .where(stale_answers.c.workspace_id == workspace, stale_answers.c.message_id == message_id)
        .values(verdict=verdict, now=dict(answer), checked_at=now)
    )


def list_stale(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    verdict: Verdict | None,
    offset: int,
    limit: int,
) -> tuple[list[StaleAnswer], int]:
    """A page of them, those found last first, and how many there are."""
    wanted = [stale_answers.c.workspace_id == workspace]
    if verdict is not None:
        wanted.append(stale_answers.c.verdict == verdict)
    total: int = connection.execute(
        select(func.count())
        .select_from(stale_answers)
        .join(turns, _answers_a_question)
        .where(*wanted)
    ).scalar_one()
    rows = connection.execute(
        _SHOWN.where(*wanted)
        .order_by(
            stale_answers.c.found_at.desc(), turns.c.asked_at.desc(), stale_answers.c.message_id
        )
        .offset(offset)
        .limit(limit)
    )
    return [_stale(row) for row in rows], total


def _stale(row: Row[Any]) -> StaleAnswer:
    return StaleAnswer(
        message_id=row.message_id,
        thread_id=row.conversation_id,
        question=row.standalone,
        asked_at=row.asked_at,
        last_message_at=row.updated_at,
        found_at=row.found_at,
        documents=tuple(row.documents),
        answer=row.content,
        confidence=row.confidence,
        model=row.model,
        sources=stored_sources(row.sources),
        citations=stored_citations(row.citations),
        verdict=row.verdict,
        now=row.now,
    )

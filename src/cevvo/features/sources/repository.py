"""Sources, and the jobs that fill them; in the caller's transaction."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Connection,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal_column,
    null,
    select,
    tuple_,
    union_all,
    update,
)

from cevvo.domain.documents import SourceType
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.errors import NotFound
from cevvo.features.sources import documents
from cevvo.features.sources.status import SourceStatus, refresh_status
from cevvo.foundation.db.tables import crawl_pages, crawl_responses, jobs, sources
from cevvo.foundation.db.tables import documents as documents_table
from cevvo.foundation.jobs import queue
from cevvo.providers.search.base import SearchIndex

ContentKind = Literal["upload", "text"]
UPLOADS = "Uploads"
WRITTEN_ANSWERS = "Written answers"
"""Name of the file source that takes what is ingested without a source."""
_LEDGER_SLICE = 2000  # rows deleted in one transaction: some hundredths of a second
STORED_LATER = and_(
    jobs.c.workspace_id == bindparam("workspace"),
    jobs.c.source_id == bindparam("source"),
    jobs.c.created_at > bindparam("came"),
    jobs.c.documents_processed > literal_column("0"),  # as ix_jobs_stored has it
    jobs.c.payload["key"].as_string() == bindparam("document"),
)
"""Of jobs that came in after that time, and have stored that document or found it stored."""
_EARLIER_VERSIONS = union_all(  # the unfinished job, and in one row when the last was stored
    select(jobs.c.id, jobs.c.kind, jobs.c.payload, jobs.c.created_at).where(
        queue.LIVE_WITH_SUBJECT
    ),
    select(null(), null(), null(), func.max(jobs.c.created_at)).where(STORED_LATER),
)
_TYPE = select(sources.c.type).where(
    sources.c.workspace_id == bindparam("workspace"), sources.c.id == bindparam("source")
)


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it stands. ``document_count`` counts units with a citation anchor of their own.

    ``error`` says why it failed, when it has no content; ``sync_error`` why the last job failed,
    when older content is still served. ``job_id`` is the job that runs or waits, else the last one;
    ``progress`` (0..1) belongs to one that runs or waits.
    """

    id: str
    name: str
    type: SourceType
    url: str | None
    status: SourceStatus
    document_count: int
    auto_sync: bool
    sync_interval_hours: int
    crawl: Mapping[str, Any] | None
    last_synced_at: Millis | None
    next_sync_at: Millis | None
    created_at: Millis
    updated_at: Millis
    error: str | None
    sync_error: str | None
    progress: float | None
    job_id: str | None


def _not_found(source_id: str) -> NotFound:
    return NotFound(f"There is no source {source_id!r}. GET /sources lists those there are.")


# Put together once: that takes longer than running it, and who waits for a source asks often.
_UNITS = (
    select(func.coalesce(func.sum(documents_table.c.unit_count), 0))
    .where(
        documents_table.c.workspace_id == sources.c.workspace_id,
        documents_table.c.source_id == sources.c.id,
    )
    .scalar_subquery()
)
_NEWEST = (
    select(jobs.c.id)
    .where(jobs.c.workspace_id == sources.c.workspace_id, jobs.c.source_id == sources.c.id)
    .order_by(jobs.c.status.in_(queue.LIVE).desc(), jobs.c.created_at.desc())
    .limit(1)
    .correlate(sources)
    .scalar_subquery()
)
_JOB = jobs.alias()
_SOURCES = (
    select(
        sources,
        _UNITS.label("document_count"),
        _JOB.c.id.label("job_id"),
        _JOB.c.progress.label("job_progress"),
        _JOB.c.status.label("job_status"),
    )
    .select_from(sources.outerjoin(_JOB, _JOB.c.id == _NEWEST))
    .where(sources.c.workspace_id == bindparam("workspace"))
)
_SOURCE = _SOURCES.where(sources.c.id == bindparam("source"))


def _source(row: Any) -> Source:
    return Source(
        id=row.id,
        name=row.name,
        type=row.type,
        url=row.url,
        status=row.status,
        document_count=row.document_count,
        auto_sync=row.auto_sync,
        sync_interval_hours=row.sync_interval_hours,
        crawl=row.crawl,
        last_synced_at=row.last_synced_at,
        next_sync_at=row.next_sync_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        error=row.error,
        sync_error=row.sync_error,
        progress=row.job_progress if row.job_status in queue.LIVE else None,
        job_id=row.job_id,
    )


def get_source(connection: Connection, workspace: WorkspaceId, source_id: str) -> Source:
    """The source. Raises NotFound when this workspace has none of that id."""
    row = connection.execute(_SOURCE, {"workspace": workspace, "source": source_id}).first()
    if row is None:
        raise _not_found(source_id)
    return _source(row)


def type_of(connection: Connection, workspace: WorkspaceId, source_id: str) -> SourceType:
    """Of which type the source is. Raises NotFound when this workspace has none of that id."""
    type_: SourceType | None = connection.execute(
        _TYPE, {"workspace": workspace, "source": source_id}
    ).scalar()
    if type_ is None:
        raise _not_found(source_id)
    return type_


def list_sources(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    type: SourceType | None,
    offset: int,
    limit: int,
) -> tuple[list[Source], int]:
    """A page of sources, newest first, and how many there are."""
    matching = [sources.c.workspace_id == workspace]
    if type is not None:
        matching.append(sources.c.type == type)
    total = connection.execute(
        select(func.count()).select_from(sources).where(*matching)
    ).scalar_one()
    rows = connection.execute(
        _SOURCES.where(*matching)
        .order_by(sources.c.created_at.desc(), sources.c.id)
        .offset(offset)
        .limit(limit),
        {"workspace": workspace},
    )
    return [_source(row) for row in rows], total


def create_source(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    name: str,
    type: SourceType,
    now: Millis,
    url: str | None = None,
    auto_sync: bool = False,
    sync_interval_hours: int = 24,
    crawl: Mapping[str, Any] | None = None,
) -> str:
    """Add an empty source and return its id."""
    source_id = new_id("src")
    connection.execute(
        insert(sources).values(
            id=source_id,
            workspace_id=workspace,
            name=name,
            type=type,
            url=url,
            status="pending",
            auto_sync=auto_sync,
            sync_interval_hours=sync_interval_hours,
            crawl=None if crawl is None else dict(crawl),
            created_at=now,
            updated_at=now,
        )
    )
    return source_id


def update_source(
    connection: Connection,
    workspace: WorkspaceId,
    source_id: str,
    changes: Mapping[str, Any],
    *,
    now: Millis,
) -> None:
    """Set columns of a source that exists."""
    connection.execute(
        update(sources)
        .where(sources.c.workspace_id == workspace, sources.c.id == source_id)
        .values(**changes, updated_at=now)
    )


def uploads_source(connection: Connection, workspace: WorkspaceId, *, now: Millis) -> str:
    """The id of the workspace's "Uploads" source, made if there is none yet."""
    existing: str | None = connection.execute(
        select(sources.c.id)
        .where(sources.c.workspace_id == workspace)
        .where(sources.c.type == "file", sources.c.name == UPLOADS)
        .order_by(sources.c.created_at, sources.c.id)
        .limit(1)
    ).scalar()
    return existing or create_source(connection, workspace, name=UPLOADS, type="file", now=now)


def answers_source(connection: Connection, workspace: WorkspaceId, *, now: Millis) -> str:
    """The id of the workspace's source of texts written for gaps, made if there is none yet."""
    existing: str | None = connection.execute(
        select(sources.c.id)
        .where(sources.c.workspace_id == workspace)
        .where(sources.c.type == "text", sources.c.name == WRITTEN_ANSWERS)
        .order_by(sources.c.created_at, sources.c.id)
        .limit(1)
    ).scalar()
    return existing or create_source(
        connection, workspace, name=WRITTEN_ANSWERS, type="text", now=now
    )


def delete_slice(
    connection: Connection,
    workspace: WorkspaceId,
    index: SearchIndex,
    source_id: str,
    *,
    now: Millis,
) -> bool:
    """Delete some of what a source holds, and with the last of it the source itself.

    Returns True when the source is gone. Jobs that came in since the last slice are cancelled, so
    nothing can fill it up again.
    """
    queue.cancel_for_source(connection, workspace, source_id, now=now)
    if _delete_ledger_rows(connection, workspace, source_id):
        return False
    taken = documents.next_slice(connection, workspace, source_id)
    documents.delete_documents(connection, workspace, index, taken)
    if documents.has_documents(connection, workspace, source_id):
        return False
    queue.outlive_source(connection, workspace, source_id)
    connection.execute(
        delete(sources).where(sources.c.workspace_id == workspace, sources.c.id == source_id)
    )
    return True


def _delete_ledger_rows(connection: Connection, workspace: WorkspaceId, source_id: str) -> bool:
    """Delete some rows of the ledgers of a source's crawls; False when there were none."""
    of_source = select(jobs.c.id).where(
        jobs.c.workspace_id == workspace, jobs.c.source_id == source_id
    )
    for ledger in (crawl_responses, crawl_pages):
        some = (
            select(ledger.c.job_id, ledger.c.url)
            .where(ledger.c.workspace_id == workspace, ledger.c.job_id.in_(of_source))
            .limit(_LEDGER_SLICE)
        )
        these = tuple_(ledger.c.job_id, ledger.c.url).in_(some)
        gone = delete(ledger).where(ledger.c.workspace_id == workspace, these)
        if connection.execute(gone).rowcount:
            return True
    return False


def enqueue_crawl(
    connection: Connection,
    workspace: WorkspaceId,
    source_id: str,
    *,
    chance: float,
    automatic: bool = False,
    now: Millis,
) -> str:
    """Queue a crawl of a website source, unless one waits or runs; the job's id.

    The next automatic crawl is due an interval later, give or take a tenth: ``chance`` (0..1)
    spreads sources that were added together.
    """
    job_id = queue.enqueue(
        connection,
        workspace,
        kind="crawl",
        payload={"automatic": automatic},
        source_id=source_id,
        subject=f"crawl:{source_id}",
        priority=queue.LONG,
        now=now,
    )
    interval = cast(sources.c.sync_interval_hours, BigInteger) * 3_600_000
    connection.execute(
        update(sources)
        .where(sources.c.workspace_id == workspace, sources.c.id == source_id)
        .values(next_sync_at=now + interval * (900 + int(200 * chance)) // 1000)
    )
    refresh_status(connection, workspace, source_id)
    return job_id


def due_for_sync(connection: Connection, *, now: Millis) -> list[tuple[WorkspaceId, str]]:
    """Websites of every workspace whose automatic crawl is due and of which none waits or runs.

    A date further ahead than the interval allows was set before the clock was put back, or before
    the interval was made shorter: it counts for nothing.
    """
    of_source = (
        jobs.c.workspace_id == sources.c.workspace_id,
        jobs.c.source_id == sources.c.id,
    )
    interval = cast(sources.c.sync_interval_hours, BigInteger) * 3_600_000
    due = func.coalesce(sources.c.next_sync_at, 0)
    rows = connection.execute(
        select(sources.c.workspace_id, sources.c.id)
        .where(sources.c.type == "website", sources.c.auto_sync)
        .where(~exists().where(*of_source, jobs.c.status.in_(queue.LIVE)))
        .where((due <= now) | (due > now + interval * 11 // 10))
    )
    return [(WorkspaceId(workspace), source_id) for workspace, source_id in rows]


def enqueue_content(
    connection: Connection,
    workspace: WorkspaceId,
    source_id: str,
    *,
    kind: ContentKind,
    key: str,
    blob_hash: str,
    media_type: str,
    url: str | None,
    metadata: Mapping[str, str] | None = None,
    now: Millis,
) -> str:
    """Queue the indexing of stored bytes as the document ``key``; the job's id.

    The last version sent is to win. Only its unfinished job has the document as its subject: the
    same content again is that job; another is a new one, created later whatever the clock says, or
    has said when earlier versions were stored.
    """
    payload: dict[str, Any] = {
        "key": key,
        "blob": blob_hash,
        "media_type": media_type,
        "url": url,
        "metadata": None if metadata is None else dict(metadata),
    }
    subject = f"document:{source_id}:{hashlib.sha256(key.encode()).hexdigest()}"
    this = {"workspace": workspace, "source": source_id, "subject": subject, "document": key}
    earlier = connection.execute(_EARLIER_VERSIONS, this | {"came": now}).all()
    last = next((job for job in earlier if job.id is not None), None)
    if last is not None:
        if (last.kind, last.payload) == (kind, payload):
            return str(last.id)
        older = (jobs.c.workspace_id == workspace, jobs.c.id == last.id)
        connection.execute(update(jobs).where(*older).values(subject=None))
    now = Millis(max([now, *(job.created_at + 1 for job in earlier if job.created_at is not None)]))
    job_id = queue.enqueue(
        connection,
        workspace,
        kind=kind,
        payload=payload,
        source_id=source_id,
        subject=subject,
        now=now,
    )
    refresh_status(connection, workspace, source_id)
    return job_id

"""What ingestion jobs write, and what is read about them; in the caller's transaction."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, select

from cevvo.domain.documents import IndexedDocument
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis, rfc3339
from cevvo.errors import Conflict, InvalidRequest, NotFound
from cevvo.features.sources import documents
from cevvo.features.sources import repository as sources
from cevvo.features.sources.documents import Document, Origin
from cevvo.features.sources.status import refresh_status
from cevvo.foundation.db.tables import jobs
from cevvo.foundation.jobs import queue
from cevvo.foundation.jobs.queue import Job, Lease
from cevvo.providers.search.base import SearchIndex

_SUPERSEDED = "A newer version was stored meanwhile; it is kept."
_LATER = select(jobs.c.id).where(sources.STORED_LATER).limit(1)


def target_source(
    connection: Connection,
    workspace: WorkspaceId,
    source_id: str | None,
    *,
    accepts: tuple[str, ...],
    now: Millis,
) -> str:
    """The source to ingest into: the one named, or the workspace's "Uploads".

    Raises NotFound for an unknown one, InvalidRequest for one of a type not in ``accepts``.
    """
    if source_id is None:
        return sources.uploads_source(connection, workspace, now=now)
    check_source(connection, workspace, source_id, accepts=accepts)
    return source_id


def check_source(
    connection: Connection, workspace: WorkspaceId, source_id: str, *, accepts: tuple[str, ...]
) -> None:
    """Raises NotFound for an unknown source, InvalidRequest for one of another type."""
    try:
        type_ = sources.type_of(connection, workspace, source_id)
    except NotFound as error:
        raise NotFound(error.message, param="source_id") from error
    if type_ not in accepts:
        raise InvalidRequest(
            f"Source {source_id!r} is of type {type_!r}; this goes into a source of type "
            f"{' or '.join(map(repr, accepts))}. Name another, or leave source_id out.",
            param="source_id",
        )


def enqueue_url(
    connection: Connection,
    workspace: WorkspaceId,
    source_id: str,
    url: str,
    metadata: Mapping[str, str] | None,
    *,
    now: Millis,
) -> str:
    """Queue the fetching of one URL into a source; the job's id."""
    said = "" if metadata is None else f" {json.dumps(metadata, sort_keys=True)}"
    job_id = queue.enqueue(
        connection,
        workspace,
        kind="url",
        payload={"url": url, "metadata": metadata},
        source_id=source_id,
        subject=f"url:{source_id}:{url}{said}",
        now=now,
    )
    refresh_status(connection, workspace, source_id)
    return job_id


def get_job(connection: Connection, workspace: WorkspaceId, job_id: str) -> Job:
    """The job; raises NotFound."""
    job = queue.get(connection, workspace, job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id!r}.")
    return job


def cancel_job(connection: Connection, workspace: WorkspaceId, job_id: str, *, now: Millis) -> Job:
    """End a job; what it has taken in stays. The job as it then is.

    Raises NotFound; Conflict when it has already ended.
    """
    cancelled = queue.cancel(connection, workspace, job_id, now=now)
    if cancelled is None:
        raise Conflict(_how_it_ended(get_job(connection, workspace, job_id)))
    if cancelled.source_id is not None:
        refresh_status(connection, workspace, cancelled.source_id)
    return cancelled


def _how_it_ended(job: Job) -> str:
    at = "" if job.completed_at is None else f" at {rfc3339(job.completed_at)}"
    if job.status == "completed":
        return f"This job was completed{at}. Delete its documents to undo it."
    if job.status == "failed":
        return f"This job failed{at}: {job.error_message} There is nothing left to cancel."
    return f"This job was already cancelled{at}."


def origin_of(job: Job) -> Origin:
    """Where the content of an ``upload`` or ``text`` job came from."""
    return Origin(
        key=job.payload["key"],
        url=job.payload["url"],
        media_type=job.payload["media_type"],
        blob_hash=job.payload["blob"],
        metadata=job.payload.get("metadata"),
    )


def store_document(
    connection: Connection,
    lease: Lease,
    job: Job,
    index: SearchIndex,
    origin: Origin,
    document: IndexedDocument,
    *,
    now: Millis,
) -> None:
    """Store a job's one document and report the job done, unless a newer version came first.

    Raises LeaseLost.
    """
    queue.assert_lease(connection, lease)
    assert job.source_id is not None
    if _superseded(connection, job, origin.key):
        queue.warn(connection, lease, [_SUPERSEDED])
    else:
        documents.replace_document(
            connection, job.workspace, index, job.source_id, origin, document, now=now
        )
        documents.forget_reading(connection, job.workspace, job.source_id, origin.key)
    if document.warnings:
        queue.warn(connection, lease, document.warnings)
    _report_done(connection, lease, document.unit_count)


def keep_document(
    connection: Connection,
    lease: Lease,
    job: Job,
    origin: Origin,
    content_hash: str | None = None,
) -> bool:
    """Report a job done whose document need not be stored; False where it has to be.

    It need not when a newer version came first, and when what is stored was made from the same
    bytes or has ``content_hash``. Raises LeaseLost.
    """
    queue.assert_lease(connection, lease)
    assert job.source_id is not None
    stored = documents.find_document(connection, job.workspace, job.source_id, origin.key)
    if stored is None:
        return False
    if _superseded(connection, job, origin.key):
        queue.warn(connection, lease, [_SUPERSEDED])
    elif stored.content_hash != content_hash and not _same_bytes(stored, origin):
        return False
    else:
        # Written although it may be the same: an older version that is stored at this very moment
        # meets this write on Postgres, is done again, and finds that it came too late.
        documents.refresh_origin(connection, job.workspace, stored.id, origin)
    _report_done(connection, lease, stored.unit_count)
    return True


def _same_bytes(stored: Document, origin: Origin) -> bool:
    return origin.blob_hash is not None and (stored.blob_hash, stored.url) == (
        origin.blob_hash,
        origin.url,
    )


def _report_done(connection: Connection, lease: Lease, units: int) -> None:
    queue.report(connection, lease, processed=units, total=units, progress=1.0)


def _superseded(connection: Connection, job: Job, key: str) -> bool:
    """Whether a job that came in later has already stored this document, or found it stored."""
    this = {
        "workspace": job.workspace,
        "source": job.source_id,
        "came": job.created_at,
        "document": key,
    }
    return connection.execute(_LATER, this).first() is not None

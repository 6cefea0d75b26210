"""Taking files, pages and text in: checked, stored and queued before the answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection

from cevvo.domain.file_names import display_name
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.errors import InvalidRequest, PayloadTooLarge, RateLimited, UrlNotAllowed
from cevvo.features.ingestion import pages, repository
from cevvo.features.ingestion.pages import LedgerPage
from cevvo.features.sources import repository as sources
from cevvo.features.sources.service import TEXT_TYPE
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs import records
from cevvo.foundation.jobs.job import LIVE, Job, Status
from cevvo.providers.blobs.files import BlobStore
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.url import parse_url
from cevvo.providers.parsing.media_types import detect_media_type

JobKind = Literal["upload", "url", "text", "crawl"]
MAX_PAGES_SHOWN = 200
MAX_WAITING = 10_000
"""Unfinished jobs that a workspace may have before nothing more is taken in."""
_QUEUE_MOVES = 30  # seconds until there is likely room again
_FILES = ("file",)
_URLS = ("website", "file")
_TEXTS = ("text", "file")
Metadata = Mapping[str, str] | None
"""What the document is filtered by, in place of what it has; None keeps that."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job that was queued: for what, and into which source."""

    job_id: str
    name: str
    source_id: str


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it is shown: with the time that it will still take, and pages of its ledger."""

    job: Job
    seconds_left: int | None
    pages: tuple[LedgerPage, ...] = ()


class IngestionService:
    """Ways into a workspace's sources, and the jobs that go them.

    ``notify`` wakes the worker for a new job, ``recheck`` has it stop those that were ended.
    """

    def __init__(
        self,
        db: Database,
        blobs: BlobStore,
        rules: AddressRules,
        *,
        clock: Clock,
        notify: Callable[[], None],
        recheck: Callable[[], Awaitable[None]],
        max_upload_mb: int,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._db = db
        self._blobs = blobs
        self._rules = rules
        self._clock = clock
        self._notify = notify
        self._recheck = recheck
        self._max_upload_mb = max_upload_mb
        self._max_waiting = max_waiting

    @property
    def max_upload_bytes(self) -> int:
        """The largest file that can be uploaded."""
        return self._max_upload_mb * 2**20

    async def upload(
        self,
        workspace: WorkspaceId,
        content: bytes,
        file_name: str | None,
        source_id: str | None,
        *,
        metadata: Metadata = None,
    ) -> Accepted:
        """Queue a file. The same name again in a source is a new version of it.

        Raises InvalidRequest (empty, source of another type), NotFound (source), PayloadTooLarge,
        UnsupportedFileType, StorageFull, RateLimited when too many jobs wait.
        """
        if len(content) > self.max_upload_bytes:
            raise PayloadTooLarge(
                f"The file is larger than {self._max_upload_mb} MB, the most that this server "
                "takes. Split it, or ask the server's operator to raise CEVVO_MAX_UPLOAD_MB.",
                param="file",
            )
        name = display_name(file_name)
        try:
            media_type = await asyncio.to_thread(detect_media_type, content, name)
        except InvalidRequest as error:
            raise InvalidRequest(error.message, param="file") from error
        return await self._queue_content(
            workspace, "upload", name, content, media_type, None, source_id, _FILES, metadata
        )

    async def text(
        self,
        workspace: WorkspaceId,
        *,
        title: str,
        content: str,
        url: str | None,
        source_id: str | None,
        metadata: Metadata = None,
    ) -> Accepted:
        """Queue Markdown or plain text. The same title again in a source is a new version of it.

        ``url`` is only shown. Raises InvalidRequest and NotFound.
        """
        if not content.strip():
            raise InvalidRequest("`content` is empty: send the text to ingest.", param="content")
        if url is not None:
            try:
                parse_url(url)
            except UrlNotAllowed as error:
                raise InvalidRequest(error.message, param="url") from error
        return await self._queue_content(
            workspace, "text", title, content.encode(), TEXT_TYPE, url, source_id, _TEXTS, metadata
        )

    async def url(
        self,
        workspace: WorkspaceId,
        url: str,
        source_id: str | None,
        *,
        metadata: Metadata = None,
    ) -> Accepted:
        """Queue the fetching of exactly one page or file.

        Raises InvalidRequest (a URL that may not be fetched, a source of another type), NotFound.
        """
        try:
            self._rules.check_url(url)
        except UrlNotAllowed as error:
            raise InvalidRequest(error.message, param="url") from error

        def write(connection: Connection) -> Accepted:
            now = self._clock()
            self._require_room(connection, workspace)
            target = repository.target_source(
                connection, workspace, source_id, accepts=_URLS, now=now
            )
            job_id = repository.enqueue_url(connection, workspace, target, url, metadata, now=now)
            return Accepted(job_id, url, target)

        return await self._write_and_notify(write)

    async def status(self, workspace: WorkspaceId, job_id: str) -> JobView:
        """The job and, for a crawl, the first pages of its ledger; raises NotFound."""

        def read(connection: Connection) -> JobView:
            job = repository.get_job(connection, workspace, job_id)
            found = pages.pages_of_job(connection, workspace, job_id, MAX_PAGES_SHOWN)
            return self._view(job, tuple(found))

        return await self._db.read(read)

    async def list_jobs(
        self,
        workspace: WorkspaceId,
        *,
        status: Status | None,
        source_id: str | None,
        kind: JobKind | None,
        offset: int,
        limit: int,
    ) -> tuple[list[JobView], int]:
        """A page of ingestion jobs without their ledgers, newest first, and how many there are.

        Those that wait count as ``processing``.
        """
        kinds = get_args(JobKind) if kind is None else (kind,)
        statuses = None if status is None else LIVE if status in LIVE else (status,)
        found, total = await self._db.read(
            lambda c: records.list_jobs(
                c,
                workspace,
                statuses=statuses,
                source_id=source_id,
                kinds=kinds,
                offset=offset,
                limit=limit,
            )
        )
        return [self._view(job) for job in found], total

    async def list_pages(
        self, workspace: WorkspaceId, job_id: str, *, verdict: str | None, offset: int, limit: int
    ) -> tuple[list[LedgerPage], int]:
        """Some of the pages that a crawl judged, in order of discovery, and how many; NotFound."""

        def read(connection: Connection) -> tuple[list[LedgerPage], int]:
            repository.get_job(connection, workspace, job_id)
            return pages.list_pages(
                connection, workspace, job_id, verdict=verdict, offset=offset, limit=limit
            )

        return await self._db.read(read)

    async def cancel(self, workspace: WorkspaceId, job_id: str) -> JobView:
        """End a job at once; what it has taken in stays.

        Raises NotFound; Conflict when it has already ended.
        """
        job = await self._db.write(
            lambda c: repository.cancel_job(c, workspace, job_id, now=self._clock())
        )
        await self._recheck()
        return self._view(job)

    def _view(self, job: Job, found: tuple[LedgerPage, ...] = ()) -> JobView:
        return JobView(job, job.seconds_left(self._clock()), found)

    async def _queue_content(
        self,
        workspace: WorkspaceId,
        kind: sources.ContentKind,
        name: str,
        content: bytes,
        media_type: str,
        url: str | None,
        source_id: str | None,
        accepts: tuple[str, ...],
        metadata: Metadata,
    ) -> Accepted:
        if source_id is not None:  # before anything is stored for it
            await self._db.read(
                lambda c: repository.check_source(c, workspace, source_id, accepts=accepts)
            )
        blob_hash = await asyncio.to_thread(self._blobs.put, content)

        def write(connection: Connection) -> Accepted:
            now = self._clock()
            self._require_room(connection, workspace)
            target = repository.target_source(
                connection, workspace, source_id, accepts=accepts, now=now
            )
            job_id = sources.enqueue_content(
                connection,
                workspace,
                target,
                kind=kind,
                key=name,
                blob_hash=blob_hash,
                media_type=media_type,
                url=url,
                metadata=metadata,
                now=now,
            )
            return Accepted(job_id, name, target)

        return await self._write_and_notify(write)

    def _require_room(self, connection: Connection, workspace: WorkspaceId) -> None:
        most = self._max_waiting
        if records.count_unfinished(connection, workspace, most) >= most:
            raise RateLimited(
                f"This workspace has {most:,} unfinished jobs, as many as there may "
                "be. Wait until some have ended: GET /ingest/jobs.",
                retry_after=_QUEUE_MOVES,
            )

    async def _write_and_notify(self, write: Callable[[Connection], Accepted]) -> Accepted:
        accepted = await self._db.write(write)
        self._notify()
        return accepted

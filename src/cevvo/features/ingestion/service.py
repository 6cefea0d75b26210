"""Taking files, pages and text in: checked, stored and queued before the answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.errors import InvalidRequest, PayloadTooLarge, UrlNotAllowed
from cevvo.features.ingestion import ledger, repository
from cevvo.features.ingestion.ledger import LedgerPage
from cevvo.features.ingestion.names import display_name
from cevvo.features.sources import repository as sources
from cevvo.features.sources.service import TEXT_TYPE
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs.queue import Job
from cevvo.providers.blobs.files import BlobStore
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.url import parse_url
from cevvo.providers.parsing.media_types import detect_media_type

MAX_PAGES_SHOWN = 200
_FILES = ("file",)
_URLS = ("website", "file")
_TEXTS = ("text", "file")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job that was queued: for what, and into which source."""

    job_id: str
    name: str
    source_id: str


class IngestionService:
    """Ways into a workspace's sources. ``notify`` wakes the worker for a new job."""

    def __init__(
        self,
        db: Database,
        blobs: BlobStore,
        rules: AddressRules,
        *,
        clock: Clock,
        notify: Callable[[], None],
        max_upload_mb: int,
    ) -> None:
        self._db = db
        self._blobs = blobs
        self._rules = rules
        self._clock = clock
        self._notify = notify
        self._max_upload_mb = max_upload_mb

    @property
    def max_upload_bytes(self) -> int:
        """The largest file that can be uploaded."""
        return self._max_upload_mb * 2**20

    async def upload(
        self, workspace: WorkspaceId, content: bytes, file_name: str | None, source_id: str | None
    ) -> Accepted:
        """Queue a file. The same name again in a source is a new version of it.

        Raises InvalidRequest (empty, source of another type), NotFound (source), PayloadTooLarge,
        UnsupportedFileType, StorageFull.
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
            workspace, "upload", name, content, media_type, None, source_id, _FILES
        )

    async def text(
        self,
        workspace: WorkspaceId,
        *,
        title: str,
        content: str,
        url: str | None,
        source_id: str | None,
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
            workspace, "text", title, content.encode(), TEXT_TYPE, url, source_id, _TEXTS
        )

    async def url(self, workspace: WorkspaceId, url: str, source_id: str | None) -> Accepted:
        """Queue the fetching of exactly one page or file.

        Raises InvalidRequest (a URL that may not be fetched, a source of another type), NotFound.
        """
        try:
            self._rules.check_url(url)
        except UrlNotAllowed as error:
            raise InvalidRequest(error.message, param="url") from error

        def write(connection: Connection) -> Accepted:
            now = self._clock()
            target = repository.target_source(
                connection, workspace, source_id, accepts=_URLS, now=now
            )
            job_id = repository.enqueue_url(connection, workspace, target, url, now=now)
            return Accepted(job_id, url, target)

        return await self._write_and_notify(write)

    async def status(self, workspace: WorkspaceId, job_id: str) -> tuple[Job, list[LedgerPage]]:
        """The job and, for a crawl, the pages it visited; raises NotFound."""

        def read(connection: Connection) -> tuple[Job, list[LedgerPage]]:
            job = repository.get_job(connection, workspace, job_id)
            return job, ledger.pages_of_job(connection, workspace, job_id, MAX_PAGES_SHOWN)

        return await self._db.read(read)

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
    ) -> Accepted:
        if source_id is not None:  # before anything is stored for it
            await self._db.read(
                lambda c: repository.check_source(c, workspace, source_id, accepts=accepts)
            )
        blob_hash = await asyncio.to_thread(self._blobs.put, content)

        def write(connection: Connection) -> Accepted:
            now = self._clock()
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
                now=now,
            )
            return Accepted(job_id, name, target)

        return await self._write_and_notify(write)

    async def _write_and_notify(self, write: Callable[[Connection], Accepted]) -> Accepted:
        accepted = await self._db.write(write)
        self._notify()
        return accepted

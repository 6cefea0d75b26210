"""What can be done with sources."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection

from cevvo.domain.access import Actor
from cevvo.domain.documents import Chunk, SourceType
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.errors import InvalidRequest, NotFound, UrlNotAllowed
from cevvo.features.sources import documents, pages, repository
from cevvo.features.sources.citing import CitingQuestion, citing_questions
from cevvo.features.sources.documents import Document
from cevvo.features.sources.plans import CrawlOptionsCheck
from cevvo.features.sources.repository import Source
from cevvo.features.sources.status import refresh_status
from cevvo.foundation.audit_log import append
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs.queue import Job
from cevvo.foundation.webhooks import emit
from cevvo.providers.blobs.files import BlobStore
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.search.base import SearchIndex

TEXT_TYPE = "text/markdown"
"""How text that comes in by itself is read."""


def follow_job(connection: Connection, job: Job) -> None:
    """The worker's observer: a source's status follows its jobs, and a failure is told."""
    if job.source_id is None:
        return
    refresh_status(connection, job.workspace, job.source_id)
    if job.status == "failed" and job.completed_at is not None:
        failure = {"code": job.error_code, "message": job.error_message}
        about = {"source_id": job.source_id, "job_id": job.id, "kind": job.kind, "error": failure}
        emit(connection, job.workspace, "source.failed", now=job.completed_at, data=about)


class SourcesService:
    """Sources of a workspace and their documents.

    ``notify`` wakes the worker for a new job, ``recheck`` has it stop those that were cancelled.
    """

    def __init__(
        self,
        db: Database,
        index: SearchIndex,
        blobs: BlobStore,
        rules: AddressRules,
        options: CrawlOptionsCheck,
        *,
        clock: Clock,
        notify: Callable[[], None],
        recheck: Callable[[], Awaitable[None]],
    ) -> None:
        self._db = db
        self._index = index
        self._blobs = blobs
        self._rules = rules
        self._options = options
        self._clock = clock
        self._notify = notify
        self._recheck = recheck
        self._chance = Random()  # noqa: S311 - spreads crawls, guards nothing

    async def create(
        self,
        workspace: WorkspaceId,
        *,
        name: str,
        type: SourceType,
        url: str | None = None,
        auto_sync: bool = False,
        sync_interval_hours: int = 24,
        crawl: Mapping[str, Any] | None = None,
        content: str | None = None,
    ) -> Source:
        """Add a source; a website starts to be crawled, text with content to be indexed.

        Raises InvalidRequest for a URL that may not be fetched and for what its type does not take.
        """
        self._require_fitting(type, url=url, crawl=crawl, content=content)
        await self._options.check(crawl or {})
        blob = await self._stored(content)

        def write(connection: Connection) -> Source:
            now = self._clock()
            source_id = repository.create_source(
                connection,
                workspace,
                name=name,
                type=type,
                url=url,
                auto_sync=auto_sync,
                sync_interval_hours=sync_interval_hours,
                crawl=crawl,
                now=now,
            )
            if type == "website":
                self._enqueue_crawl(connection, workspace, source_id)
            if blob is not None:
                repository.enqueue_content(
                    connection,
                    workspace,
                    source_id,
                    kind="text",
                    key=name,
                    blob_hash=blob,
                    media_type=TEXT_TYPE,
                    url=None,
                    now=now,
                )
            return repository.get_source(connection, workspace, source_id)

        source = await self._db.write(write)
        self._notify()
        return source

    async def list_sources(
        self, workspace: WorkspaceId, *, type: SourceType | None, offset: int, limit: int
    ) -> tuple[list[Source], int]:
        """A page of sources, newest first, and how many there are."""
        return await self._db.read(
            lambda c: repository.list_sources(c, workspace, type=type, offset=offset, limit=limit)
        )

    async def get(self, workspace: WorkspaceId, source_id: str) -> Source:
        """The source; raises NotFound."""
        return await self._db.read(lambda c: repository.get_source(c, workspace, source_id))

    async def update(
        self,
        workspace: WorkspaceId,
        source_id: str,
        changes: Mapping[str, Any],
        *,
        type: SourceType | None = None,
        url: str | None = None,
    ) -> Source:
        """Merge ``changes`` (name, auto_sync, sync_interval_hours, crawl) into the source.

        Raises NotFound; InvalidRequest when ``type`` or ``url`` is another than the source's, and
        for crawl options that cannot be followed.
        """
        await self._options.check(changes.get("crawl") or {})

        def write(connection: Connection) -> Source:
            source = repository.get_source(connection, workspace, source_id)
            _require_same(source, type=type, url=url)
            merged = dict(changes)
            if "crawl" in merged:
                _require_website(source)
                merged["crawl"] = {**(source.crawl or {}), **merged["crawl"]}
            repository.update_source(connection, workspace, source_id, merged, now=self._clock())
            return repository.get_source(connection, workspace, source_id)

        return await self._db.write(write)

    async def delete(self, workspace: WorkspaceId, source_id: str, *, by: Actor) -> None:
        """Delete the source with everything in it; nothing of it is found afterwards.

        Raises NotFound. A big source goes in several transactions, so that others can write.
        """
        name = (await self.get(workspace, source_id)).name

        def write(connection: Connection) -> bool:
            now = self._clock()
            if not repository.delete_slice(connection, workspace, self._index, source_id, now=now):
                return False
            append(
                connection,
                workspace,
                by,
                "source.deleted",
                now=now,
                target_id=source_id,
                target_name=name,
            )
            return True

        gone = False
        while not gone:
            gone = await self._db.write(write)
            await self._recheck()

    async def sync(self, workspace: WorkspaceId, source_id: str) -> str:
        """Crawl a website source again, unless it is being crawled; the job's id.

        Raises NotFound; InvalidRequest for a source that is no website.
        """

        def write(connection: Connection) -> str:
            source = repository.get_source(connection, workspace, source_id)
            if source.type != "website":
                raise InvalidRequest(
                    f"Only a website can be synced; this source is of type {source.type!r}. "
                    "Ingest its files or texts again instead."
                )
            return self._enqueue_crawl(connection, workspace, source_id)

        job_id = await self._db.write(write)
        self._notify()
        return job_id

    async def sync_due(self) -> None:
        """Queue the crawls that are due, of every workspace: for the schedule."""

        def write(connection: Connection) -> None:
            for workspace, source_id in repository.due_for_sync(connection, now=self._clock()):
                self._enqueue_crawl(connection, workspace, source_id, automatic=True)

        if await self._db.read(lambda c: repository.due_for_sync(c, now=self._clock())):
            await self._db.write(write)
            self._notify()

    async def list_documents(
        self, workspace: WorkspaceId, source_id: str, *, offset: int, limit: int
    ) -> tuple[list[tuple[Document, list[str], dict[str, str]]], int]:
        """A page of the source's documents, newest first, each with the addresses that crawls know
        it by and its metadata, and how many there are; raises NotFound."""

        def read(
            connection: Connection,
        ) -> tuple[list[tuple[Document, list[str], dict[str, str]]], int]:
            repository.get_source(connection, workspace, source_id)
            found, total = documents.list_documents(
                connection, workspace, source_id, offset=offset, limit=limit
            )
            ids = [document.id for document in found]
            urls = pages.urls_of(connection, workspace, ids)
            said = documents.metadata_of(connection, workspace, ids)
            return [(each, urls.get(each.id, []), said.get(each.id, {})) for each in found], total

        return await self._db.read(read)

    async def document(
        self, workspace: WorkspaceId, source_id: str | None, document_id: str
    ) -> tuple[Document, list[str], dict[str, str], str, list[Chunk]]:
        """A document with the addresses that crawls know it by, its metadata, its text and its
        chunks; of whichever source without ``source_id``. Raises NotFound."""

        def read(
            connection: Connection,
        ) -> tuple[Document, list[str], dict[str, str], str, list[Chunk]]:
            document = _require_document(connection, workspace, source_id, document_id)
            urls = pages.urls_of(connection, workspace, [document_id]).get(document_id, [])
            text = documents.get_text(connection, workspace, document_id)
            said = documents.metadata_of(connection, workspace, [document_id]).get(document_id, {})
            found = documents.get_chunks(connection, workspace, document_id)
            return document, urls, said, text, found

        return await self._db.read(read)

    async def all_documents(
        self, workspace: WorkspaceId, *, offset: int, limit: int
    ) -> tuple[list[Document], int]:
        """A page of the workspace's documents, newest first, and how many there are."""
        return await self._db.read(
            lambda c: documents.list_documents(c, workspace, None, offset=offset, limit=limit)
        )

    async def read_document(self, workspace: WorkspaceId, document_id: str) -> tuple[Document, str]:
        """A document, of whichever source, and its text; raises NotFound."""

        def read(connection: Connection) -> tuple[Document, str]:
            document = _require_document(connection, workspace, None, document_id)
            return document, documents.get_text(connection, workspace, document_id)

        return await self._db.read(read)

    async def questions(
        self, workspace: WorkspaceId, source_id: str, limit: int
    ) -> list[CitingQuestion]:
        """The newest questions whose answers cite a document of the source; raises NotFound."""

        def read(connection: Connection) -> list[CitingQuestion]:
            repository.get_source(connection, workspace, source_id)
            return citing_questions(connection, workspace, source_id, limit)

        return await self._db.read(read)

    async def original(
        self, workspace: WorkspaceId, source_id: str, document_id: str
    ) -> tuple[Document, Path]:
        """A document and the file with the bytes that it was made from; raises NotFound."""
        document = await self._db.read(
            lambda c: _require_document(c, workspace, source_id, document_id)
        )
        try:
            if document.blob_hash is not None:
                return document, await asyncio.to_thread(self._blobs.find, document.blob_hash)
        except FileNotFoundError:
            pass
        raise NotFound(
            "The server keeps no original of this document, as of all that it fetched from the "
            f"web. GET /sources/{source_id}/documents/{document_id} has its text."
        )

    async def delete_document(
        self, workspace: WorkspaceId, source_id: str, document_id: str, *, by: Actor
    ) -> None:
        """Delete one document; raises NotFound. A later crawl takes the page in again."""

        def write(connection: Connection) -> None:
            title = _require_document(connection, workspace, source_id, document_id).title
            documents.delete_documents(connection, workspace, self._index, [document_id])
            refresh_status(connection, workspace, source_id)
            append(
                connection,
                workspace,
                by,
                "document.deleted",
                now=self._clock(),
                target_id=document_id,
                target_name=title,
                detail={"source_id": source_id},
            )

        await self._db.write(write)

    def _require_fitting(
        self,
        type: SourceType,
        *,
        url: str | None,
        crawl: Mapping[str, Any] | None,
        content: str | None,
    ) -> None:
        if type == "website":
            if url is None:
                raise InvalidRequest("A website needs the `url` to start from.", param="url")
            try:
                self._rules.check_url(url)
            except UrlNotAllowed as error:
                raise InvalidRequest(error.message, param="url") from error
        for name, value in (("url", url), ("crawl", crawl)):
            if type != "website" and value is not None:
                raise InvalidRequest(
                    f"`{name}` is for websites; this source is of type {type!r}.", param=name
                )
        if content is not None and type != "text":
            raise InvalidRequest(
                f"`content` is for text sources; this source is of type {type!r}.", param="content"
            )
        if content is not None and not content.strip():
            raise InvalidRequest("`content` is empty: send text or leave it out.", param="content")

    def _enqueue_crawl(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        source_id: str,
        *,
        automatic: bool = False,
    ) -> str:
        return repository.enqueue_crawl(
            connection,
            workspace,
            source_id,
            chance=self._chance.random(),
            automatic=automatic,
            now=self._clock(),
        )

    async def _stored(self, content: str | None) -> str | None:
        return (
            None if content is None else await asyncio.to_thread(self._blobs.put, content.encode())
        )


def _require_same(source: Source, *, type: SourceType | None, url: str | None) -> None:
    for name, given, value in (("type", type, source.type), ("url", url, source.url)):
        if given is not None and given != value:
            raise InvalidRequest(
                f"`{name}` cannot be changed. Create another source instead.", param=name
            )


def _require_website(source: Source) -> None:
    if source.type != "website":
        raise InvalidRequest(
            f"`crawl` is for websites; this source is of type {source.type!r}.", param="crawl"
        )


def _require_document(
    connection: Connection, workspace: WorkspaceId, source_id: str | None, document_id: str
) -> Document:
    if source_id is None:
        document = documents.get_any_document(connection, workspace, document_id)
        if document is None:
            raise NotFound(f"There is no document {document_id!r}.")
        return document
    repository.get_source(connection, workspace, source_id)
    document = documents.get_document(connection, workspace, source_id, document_id)
    if document is None:
        raise NotFound(f"There is no document {document_id!r} in this source.")
    return document

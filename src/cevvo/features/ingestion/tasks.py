"""The background jobs of ingestion: one handler for each kind of job."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from cevvo.domain.documents import ParsedDocument
from cevvo.domain.time import Clock
from cevvo.engine.crawling.crawler import CrawledPage, Crawler, CrawlLimits
from cevvo.engine.crawling.politeness import retry_after
from cevvo.engine.crawling.urls import normalize
from cevvo.engine.crawling.visit import as_declared, media_type_of
from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.errors import InvalidRequest, Permanent, Transient, UnsupportedFileType
from cevvo.features.ingestion import ledger as ledgers
from cevvo.features.ingestion import repository
from cevvo.features.ingestion.ledger import DatabaseLedger
from cevvo.features.sources import documents
from cevvo.features.sources import repository as sources
from cevvo.features.sources.documents import Document, Origin
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs import queue
from cevvo.foundation.jobs.queue import Job
from cevvo.foundation.jobs.worker import JobContext, JobHandler
from cevvo.providers.blobs.files import BlobStore
from cevvo.providers.fetching.base import Fetched, Fetcher
from cevvo.providers.parsing.base import MediaType
from cevvo.providers.parsing.media_types import detect_media_type
from cevvo.providers.search.base import SearchIndex

_PARSED = 0.1  # of a single document's progress
_DELETED_AT_ONCE = 20


class IngestionTasks:
    """Handlers for the jobs ``upload``, ``text``, ``url`` and ``crawl``.

    ``max_crawl_pages`` bounds every crawl, ``max_file_mb`` what is fetched for one URL.
    """

    def __init__(
        self,
        db: Database,
        index: SearchIndex,
        pipeline: IndexingPipeline,
        crawler: Crawler,
        fetcher: Fetcher,
        blobs: BlobStore,
        *,
        clock: Clock,
        max_crawl_pages: int,
        max_file_mb: int,
    ) -> None:
        self._db = db
        self._index = index
        self._pipeline = pipeline
        self._crawler = crawler
        self._fetcher = fetcher
        self._blobs = blobs
        self._clock = clock
        self._max_crawl_pages = max_crawl_pages
        self._max_file_bytes = max_file_mb * 2**20

    @property
    def handlers(self) -> Mapping[str, JobHandler]:
        """What a Worker takes."""
        return {
            "upload": self.index_content,
            "text": self.index_content,
            "url": self.index_url,
            "crawl": self.crawl,
        }

    async def index_content(self, job: Job, context: JobContext) -> None:
        """Index stored bytes; nothing is done when the document was made from the same ones."""
        origin = repository.origin_of(job)
        existing = await self._find(job, origin.key)
        if existing is not None and (existing.blob_hash, existing.url) == (
            origin.blob_hash,
            origin.url,
        ):
            await context.progress(existing.unit_count, existing.unit_count, 1.0)
            return
        try:
            content = await asyncio.to_thread(self._blobs.get, origin.blob_hash or "")
        except FileNotFoundError as error:
            raise Permanent(
                "The stored file is gone; send it again.", reason="unreadable"
            ) from error
        media_type: MediaType = job.payload["media_type"]
        parsed = await self._pipeline.parse(content, media_type, name=origin.key, url=origin.url)
        if job.kind == "text":
            parsed = replace(parsed, title=origin.key)
        await self._index_one(job, context, origin, parsed)

    async def index_url(self, job: Job, context: JobContext) -> None:
        """Fetch and index exactly one page or file."""
        response = await self._fetcher.fetch(job.payload["url"], max_bytes=self._max_file_bytes)
        _require_success(response)
        media_type = _media_type(response)
        parsed = await self._pipeline.parse(
            as_declared(response, media_type), media_type, name=response.url, url=response.url
        )
        origin = Origin(normalize(response.url) or response.url, response.url, media_type)
        await self._index_one(job, context, origin, parsed)

    async def crawl(self, job: Job, context: JobContext) -> None:
        """Crawl a website source; drop the documents whose pages are gone."""
        assert job.source_id is not None
        source_id = job.source_id
        source = await self._db.read(lambda c: sources.get_source(c, job.workspace, source_id))
        options = source.crawl or {}
        limits = CrawlLimits(
            max_pages=min(options.get("max_pages", self._max_crawl_pages), self._max_crawl_pages),
            max_depth=options.get("max_depth", CrawlLimits().max_depth),
        )
        ledger = DatabaseLedger(self._db, self._index, job, context.lease, self._clock)
        await ledger.load()

        async def take(page: CrawledPage) -> None:
            await self._take(job, ledger, page)

        await self._crawler.run(source.url or "", ledger, take, limits)
        await self._finish_crawl(job, context, ledger)

    async def _take(self, job: Job, ledger: DatabaseLedger, page: CrawledPage) -> None:
        if page.parsed is None:
            await ledger.reject(page, page.verdict, page.reason)
            return
        try:
            split = await self._pipeline.split(page.parsed)
        except Permanent as error:
            await ledger.reject(page, "refused", error.message)
            return
        first = ledger.duplicate(page, split.content_hash)
        if first is not None:
            await ledger.reject(page, "refused", f"duplicate of {first}")
            return
        existing = await self._find(job, page.url)
        if existing is not None and existing.content_hash == split.content_hash:
            await ledger.keep(page, existing)
        else:
            await ledger.take_in(page, await self._pipeline.embed(split))

    async def _finish_crawl(self, job: Job, context: JobContext, ledger: DatabaseLedger) -> None:
        counts = await ledger.counts()
        left = counts.discovered - counts.visited
        if ledger.failed:
            await context.warn(
                f"{ledger.failed} pages could not be had; what was known of them is kept."
            )
        if left:
            await context.warn(
                f"The crawl's limit was reached after {counts.visited} pages; {left} more are "
                "known. Raise max_pages or max_depth to take them in."
            )
        if ledger.units == 0:
            reason = await self._db.read(lambda c: ledgers.first_refusal(c, job.id))
            raise Permanent(
                f"The crawl found no page to take in ({reason or 'nothing was visited'}).",
                reason="no_content",
            )
        await self._drop_gone(job, context, saw_everything=not (left or ledger.failed))

    async def _drop_gone(self, job: Job, context: JobContext, *, saw_everything: bool) -> None:
        def drop(connection: Connection) -> bool:
            queue.assert_lease(connection, context.lease)
            gone = ledgers.gone_documents(
                connection, job, saw_everything=saw_everything, limit=_DELETED_AT_ONCE
            )
            documents.delete_documents(connection, job.workspace, self._index, gone)
            if not gone:
                ledgers.forget_earlier_ledgers(connection, job)
            return bool(gone)

        while await self._db.write(drop):
            pass

    async def _index_one(
        self, job: Job, context: JobContext, origin: Origin, parsed: ParsedDocument
    ) -> None:
        """Split, embed and store a document that is a job by itself."""
        split = await self._pipeline.split(parsed)
        units = split.unit_count
        await context.progress(0, units, _PARSED)
        existing = await self._find(job, origin.key)
        if existing is not None and existing.content_hash == split.content_hash:
            await self._db.write(
                lambda c: repository.keep_document(c, context.lease, job, existing, origin)
            )
            return

        async def embedded(done: int, total: int) -> None:
            await context.progress(0, units, _PARSED + (1 - _PARSED) * done / total)

        document = await self._pipeline.embed(split, progress=embedded)
        await self._db.write(
            lambda c: repository.store_document(
                c, context.lease, job, self._index, origin, document, now=self._clock()
            )
        )

    async def _find(self, job: Job, key: str) -> Document | None:
        assert job.source_id is not None
        source_id = job.source_id
        return await self._db.read(
            lambda c: documents.find_document(c, job.workspace, source_id, key)
        )


def _require_success(response: Fetched) -> None:
    status = response.status
    if status == 200:
        return
    if status == 429 or status >= 500:
        raise Transient(
            f"The page answers HTTP {status}.",
            reason="http_error",
            retry_after=retry_after(response),
        )
    if status in (404, 410):
        raise Permanent(f"The page does not exist (HTTP {status}).", reason="not_found")
    raise Permanent(f"The page answers HTTP {status}.", reason="http_error")


def _media_type(response: Fetched) -> MediaType:
    """Told by content; which kind of text it is, the server knows best."""
    try:
        found = detect_media_type(response.body, response.url)
    except UnsupportedFileType as error:
        raise Permanent(error.message, reason="unsupported_file_type") from error
    except InvalidRequest as error:
        raise Permanent("The page is empty.", reason="empty") from error
    declared = media_type_of(response)
    if declared is not None and declared.startswith("text/") and found.startswith("text/"):
        return declared
    return found

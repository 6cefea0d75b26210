"""The background jobs of ingestion: one handler for each kind of job."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from cevvo import __version__
from cevvo.domain.documents import ParsedDocument
from cevvo.domain.time import Clock
from cevvo.engine.crawling.crawler import CrawledPage, Crawler, CrawlPlan, Stop
from cevvo.engine.crawling.urls import Scope, normalize
from cevvo.engine.crawling.visit import as_declared, media_type_of
from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.errors import InvalidRequest, Permanent, Transient, UnsupportedFileType
from cevvo.features.ingestion import crawl_end, repository
from cevvo.features.ingestion.crawl_end import Absent
from cevvo.features.ingestion.ledger import DatabaseLedger
from cevvo.features.sources import documents, pages
from cevvo.features.sources import repository as sources
from cevvo.features.sources.documents import Document, Origin
from cevvo.features.sources.plans import plan_of
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs import queue
from cevvo.foundation.jobs.queue import Job
from cevvo.foundation.jobs.worker import JobContext, JobHandler
from cevvo.providers.blobs.files import BlobStore
from cevvo.providers.fetching.base import Fetched, Fetcher
from cevvo.providers.fetching.retry_after import retry_after
from cevvo.providers.parsing.base import MediaType
from cevvo.providers.parsing.media_types import detect_media_type
from cevvo.providers.search.base import SearchIndex

T = TypeVar("T")
_PARSED = 0.1  # of a single document's progress
_SETTLED_AT_ONCE = 20  # pages in one transaction, so that others can write between
_STOPS: dict[Stop, str] = {
    "max_pages": "The limit of pages (crawl.max_pages, CEVVO_MAX_CRAWL_PAGES) was reached",
    "max_bytes": "The limit of bytes of one crawl was reached",
    "max_seconds": "The time limit of one crawl was reached",
    "sitemap": "A sitemap could not be read in full; the crawl ended",
}


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
        if await self._keep(job, context, origin, existing):
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
        await self._index_one(job, context, origin, parsed, existing)

    async def index_url(self, job: Job, context: JobContext) -> None:
        """Fetch and index exactly one page or file."""
        response = await self._fetcher.fetch(job.payload["url"], max_bytes=self._max_file_bytes)
        _require_success(response)
        media_type = _media_type(response)
        parsed = await self._pipeline.parse(
            as_declared(response, media_type), media_type, name=response.url, url=response.url
        )
        origin = Origin(
            normalize(response.url) or response.url,
            response.url,
            media_type,
            metadata=job.payload.get("metadata"),
        )
        existing = await self._find(job, origin.key)
        await self._index_one(job, context, origin, parsed, existing)

    async def crawl(self, job: Job, context: JobContext) -> None:
        """Crawl a website source; drop the documents whose pages are gone."""
        assert job.source_id is not None
        source_id = job.source_id
        source = await self._db.read(lambda c: sources.get_source(c, job.workspace, source_id))
        plan = plan_of(source.crawl or {}, max_pages=self._max_crawl_pages)
        ledger = DatabaseLedger(
            self._db,
            self._index,
            job,
            context.lease,
            made_by=_way_of_reading(plan),
            interval=source.sync_interval_hours * 3_600_000,
            max_pages=plan.max_pages,
            clock=self._clock,
        )
        await ledger.load()

        async def take(page: CrawledPage) -> None:
            await self._take(job, ledger, page)

        try:
            stop = await self._crawler.run(source.url or "", ledger, take, plan)
        except Transient:
            await ledger.forgive()
            raise
        await self._warn(context, ledger, stop)
        if ledger.units:
            await self._settle(job, context, ledger, saw_everything=not (stop or ledger.failed))
        await self._report(job, context)
        if ledger.units == 0:
            reason = await self._db.read(lambda c: crawl_end.first_refusal(c, job))
            raise Permanent(
                f"The crawl found no page to take in ({reason or 'nothing was visited'}).",
                reason="no_content",
            )

    async def _take(self, job: Job, ledger: DatabaseLedger, page: CrawledPage) -> None:
        if page.verdict == "unchanged":
            if not await ledger.leave(page):
                deleted = "its document was deleted meanwhile: the next crawl reads it anew"
                await ledger.reject(replace(page, verdict="failed", reason=deleted))
            return
        if page.parsed is None:
            await ledger.reject(page)
            return
        try:
            split = await self._pipeline.split(page.parsed)
        except Permanent as error:
            await ledger.reject(
                replace(page, verdict="refused", reason=error.message, absence="missing")
            )
            return
        first = ledger.same_text(page.url, split.content_hash)
        if first is not None:
            copy = replace(
                page,
                verdict="duplicate",
                same_as=first,
                reason=f"duplicate of {first}",
                absence="missing",
            )
            await ledger.reject(copy, split.content_hash)
            return
        existing = await self._find(job, page.url)
        same = existing is not None and existing.content_hash == split.content_hash
        if not (same and await ledger.leave(page)):
            recall = partial(self._index.vectors, job.workspace)
            await ledger.take_in(page, await self._pipeline.embed(split, recall=recall))

    async def _warn(self, context: JobContext, ledger: DatabaseLedger, stop: Stop | None) -> None:
        counts = await ledger.counts()
        if ledger.failed:
            pages = "1 page" if ledger.failed == 1 else f"{ledger.failed} pages"
            them = "it" if ledger.failed == 1 else "them"
            await context.warn(f"{pages} could not be had; what was known of {them} is kept.")
        if stop is not None:
            left = counts.discovered - counts.visited
            await context.warn(
                f"{_STOPS[stop]} after {counts.visited} pages; {left} more are known."
            )

    async def _settle(
        self, job: Job, context: JobContext, ledger: DatabaseLedger, *, saw_everything: bool
    ) -> None:
        """Make one document of the pages with the same text, and drop what is gone."""

        async def write(step: Callable[[Connection], T]) -> T:
            def fenced(connection: Connection) -> T:
                queue.assert_lease(connection, context.lease)
                return step(connection)

            return await self._db.write(fenced)

        now = self._clock()
        merge = partial(
            crawl_end.merge_same_texts, job=job, index=self._index, limit=_SETTLED_AT_ONCE
        )
        while await write(merge):
            pass
        absent = await self._db.read(lambda c: crawl_end.absent_pages(c, job))
        if saw_everything:
            absent += await self._unlinked(job, context, ledger)
        for start in range(0, len(absent), _SETTLED_AT_ONCE):
            some = absent[start : start + _SETTLED_AT_ONCE]
            await write(
                partial(crawl_end.miss_pages, job=job, index=self._index, absent=some, now=now)
            )
        after: int | None = -1
        while after is not None:
            after = await write(
                partial(
                    crawl_end.join_duplicates, job=job, after=after, now=now, limit=_SETTLED_AT_ONCE
                )
            )
        units = await self._db.read(lambda c: crawl_end.units_found(c, job))
        await context.progress(units, units, 1.0)

    async def _unlinked(
        self, job: Job, context: JobContext, ledger: DatabaseLedger
    ) -> list[Absent]:
        """Pages that no page leads to any more. Those outside of where the start page leads now
        stay: it may lead to a login or to a choice of countries."""
        assert job.source_id is not None
        source_id, start = job.source_id, await ledger.start_page()
        unvisited = await self._db.read(
            lambda c: pages.unvisited_pages(c, job.workspace, source_id, job.id)
        )
        scope = Scope.around(start or "")
        unlinked = [url for url in unvisited if scope.admit(url) is not None]
        outside = len(unvisited) - len(unlinked)
        if outside:
            await context.warn(
                f"The start page leads to {start} now. {outside} known pages lie outside of what "
                "can be reached from there, and are kept as they are. If the site has moved for "
                "good, add it anew under its new address and delete this source."
            )
        return [Absent(url) for url in unlinked]

    async def _report(self, job: Job, context: JobContext) -> None:
        report = await self._db.read(lambda c: crawl_end.report_of(c, job))

        def put(connection: Connection) -> None:
            queue.assert_lease(connection, context.lease)
            crawl_end.put_report(connection, job, report)

        await self._db.write(put)
        for old in await self._db.read(lambda c: crawl_end.old_ledgers(c, job)):
            await self._db.write(
                partial(crawl_end.drop_ledger, workspace=job.workspace, job_id=old)
            )

    async def _index_one(
        self,
        job: Job,
        context: JobContext,
        origin: Origin,
        parsed: ParsedDocument,
        existing: Document | None,
    ) -> None:
        """Split, embed and store a document that is a job by itself."""
        split = await self._pipeline.split(parsed)
        units = split.unit_count
        if await self._keep(job, context, origin, existing, split.content_hash):
            return

        async def embedded(done: int, total: int) -> None:
            if done < total:  # else it is stored at once, and the job done
                await context.progress(0, units, _PARSED + (1 - _PARSED) * done / total)

        recall = partial(self._index.vectors, job.workspace)
        document = await self._pipeline.embed(split, recall=recall, progress=embedded)
        await self._db.write(
            lambda c: repository.store_document(
                c, context.lease, job, self._index, origin, document, now=self._clock()
            )
        )

    async def _keep(
        self,
        job: Job,
        context: JobContext,
        origin: Origin,
        existing: Document | None,
        content_hash: str | None = None,
    ) -> bool:
        """See ``keep_document``. Most documents are new: nothing is written to find that out."""
        if existing is None:
            return False
        return await self._db.write(
            lambda c: repository.keep_document(c, context.lease, job, origin, content_hash)
        )

    async def _find(self, job: Job, key: str) -> Document | None:
        assert job.source_id is not None
        source_id = job.source_id
        return await self._db.read(
            lambda c: documents.find_document(c, job.workspace, source_id, key)
        )


def _way_of_reading(plan: CrawlPlan) -> str:
    """Changes when pages must be read anew although they have not changed."""
    return f"{__version__} {'rendered' if plan.render else ''} {plan.selector or ''}".strip()


def _require_success(response: Fetched) -> None:
    status = response.status
    if status == 200:
        return
    if status == 429 or status >= 500:
        raise Transient(
            f"The page answers HTTP {status}.",
            reason="http_error",
            retry_after=retry_after(response.headers),
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

"""The ledger of a crawl in the database: its frontier, and what became of every page."""

import zlib
from asyncio import Lock, to_thread
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, insert, select, update

from cevvo.domain.documents import IndexedDocument
from cevvo.domain.time import Clock, Millis
from cevvo.engine.crawling.ledger import CrawledPage, FrontierPage, KnownPage, LedgerCounts
from cevvo.features.ingestion.responses import (
    drop_response,
    get_response,
    pages_with_response,
    put_response,
)
from cevvo.features.sources import documents, pages
from cevvo.features.sources.documents import Origin
from cevvo.features.sources.pages import SitePage
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import crawl_pages
from cevvo.foundation.jobs import queue
from cevvo.foundation.jobs.queue import Job, Lease
from cevvo.providers.fetching.base import Fetched
from cevvo.providers.search.base import SearchIndex

FOUND = ("added", "changed", "unchanged")
"""Verdicts on pages that are there with a document of their own."""
_INSERTED_AT_ONCE = 500
_FRESH_SHARE = 0.1
"""A page that has not changed for so long is taken to stay so for a tenth of that time more
(the heuristic of RFC 9111, section 4.2.2)."""
_FRESH_INTERVALS = 3
"""But it is asked for at the latest at every third automatic crawl."""


class DatabaseLedger:
    """The ledger of one crawl job, written under its lease.

    ``made_by`` names the way in which pages are read, ``interval`` is the time in milliseconds from
    one automatic crawl to the next, ``max_pages`` what the crawl visits at most. Only the holder of
    the lease writes, so the counts are read once and then kept here. One write comes after the
    other, and what it changed is counted when it is committed: it may be done again before that.
    """

    def __init__(
        self,
        db: Database,
        index: SearchIndex,
        job: Job,
        lease: Lease,
        *,
        made_by: str,
        interval: int,
        max_pages: int,
        clock: Clock,
    ) -> None:
        assert job.source_id is not None
        self._db = db
        self._index = index
        self._workspace = job.workspace
        self._source_id = job.source_id
        self._lease = lease
        self._made_by = made_by
        self._longest_fresh = _FRESH_INTERVALS * interval if job.payload.get("automatic") else 0
        self._max_pages = max_pages
        self._clock = clock
        self._discovered = 0
        self._visited = 0
        self._asked = 0
        self._units = job.documents_processed
        self._kept: set[str] = set()
        self._by_text: dict[str, str] = {}
        self._writing = Lock()
        self.failed = 0

    async def load(self) -> None:
        """Take up the state of an interrupted run. Call first."""

        def read(connection: Connection) -> None:
            counts = connection.execute(
                select(
                    func.count(),
                    func.count(crawl_pages.c.verdict),
                    func.count(crawl_pages.c.http_status),
                    func.count(case((crawl_pages.c.verdict == "failed", 1))),
                ).where(*self._of_job)
            )
            self._discovered, self._visited, self._asked, self.failed = counts.one()
            self._kept = pages_with_response(connection, self._workspace, self._lease.job_id)
            found = select(crawl_pages.c.content_hash, crawl_pages.c.url).where(
                *self._of_job, crawl_pages.c.verdict.in_(FOUND)
            )
            self._by_text = {row.content_hash: row.url for row in connection.execute(found)}

        await self._db.read(read)

    # -- what the crawler asks -------------------------------------------------------------------

    async def start_page(self) -> str | None:
        """The address that was discovered first; None while the ledger is empty."""
        query = select(crawl_pages.c.url).where(*self._of_job, crawl_pages.c.position == 0)
        return await self._db.read(lambda c: c.execute(query).scalar())

    async def discover(self, urls: Sequence[str], depth: int) -> None:
        """Let unknown addresses join the frontier. Raises LeaseLost."""
        for start in range(0, len(urls), _INSERTED_AT_ONCE):
            some = list(dict.fromkeys(urls[start : start + _INSERTED_AT_ONCE]))
            async with self._writing:
                self._discovered += await self._db.write(
                    partial(self._discover, urls=some, depth=depth)
                )

    async def next_unvisited(self, limit: int) -> list[FrontierPage]:
        """The first addresses without a verdict, in order of discovery."""
        rows = await self._db.read(
            lambda c: c.execute(
                select(crawl_pages.c.url, crawl_pages.c.depth)
                .where(*self._of_job, crawl_pages.c.verdict.is_(None))
                .order_by(crawl_pages.c.position)
                .limit(limit)
            ).all()
        )
        return [FrontierPage(url, depth) for url, depth in rows]

    async def counts(self) -> LedgerCounts:
        """How far the crawl is."""
        return LedgerCounts(self._discovered, self._visited, self._asked)

    async def known(self, url: str) -> KnownPage | None:
        """What the last crawl knew of a page that it took in and read in the same way."""
        page = await self._page(url)
        if page is None or not page.is_own or page.made_by != self._made_by:
            return None
        unchanged_for = page.checked_at - page.changed_at
        fresh_for = min(_FRESH_SHARE * unchanged_for, self._longest_fresh)
        return KnownPage(
            page.etag,
            page.last_modified,
            page.body_hash,
            page.links,
            is_fresh=page.missing == 0 and self._clock() - page.checked_at < fresh_for,
        )

    async def taken(self, url: str) -> bool:
        """Whether this crawl has taken a page's text in, or found it as it was."""
        query = select(crawl_pages.c.url).where(
            *self._of_job,
            crawl_pages.c.url == url,
            crawl_pages.c.verdict.in_((*FOUND, "duplicate")),
        )
        return await self._db.read(lambda c: c.execute(query).first() is not None)

    async def keep(self, url: str, response: Fetched) -> None:
        """Keep a response until its page's verdict. Raises LeaseLost."""
        packed = await to_thread(zlib.compress, response.body, 1)

        def write(connection: Connection) -> None:
            queue.assert_lease(connection, self._lease)
            put_response(connection, self._workspace, self._lease.job_id, url, response, packed)

        async with self._writing:
            await self._db.write(write)
            self._kept.add(url)

    async def kept(self, url: str) -> Fetched | None:
        """The response that was kept for a page, None if there is none."""
        if url not in self._kept:
            return None
        response = await self._db.read(
            lambda c: get_response(c, self._workspace, self._lease.job_id, url)
        )
        if response is None:
            return None
        return replace(response, body=await to_thread(zlib.decompress, response.body))

    # -- verdicts --------------------------------------------------------------------------------

    @property
    def units(self) -> int:
        """Units of the documents that the crawl has found so far."""
        return self._units

    def same_text(self, url: str, content_hash: str) -> str | None:
        """Another page that this crawl has found, with this very text; None if there is none."""
        first = self._by_text.get(content_hash)
        return None if first == url else first

    async def take_in(self, page: CrawledPage, document: IndexedDocument) -> None:
        """Store a page's document and its verdict, both or neither. Raises LeaseLost."""

        def store(connection: Connection) -> _Outcome:
            now = self._clock()
            document_id, change = documents.replace_document(
                connection,
                self._workspace,
                self._index,
                self._source_id,
                _origin(page),
                document,
                now=now,
            )
            self._remember(connection, page, document_id, changed_at=now)
            return _Outcome(
                change,
                {
                    "document_id": document_id,
                    "characters": len(document.text),
                    "content_hash": document.content_hash,
                    "passages_embedded": len(document.chunks) - document.reused,
                    "passages_reused": document.reused,
                },
                units=document.unit_count,
                text=document.content_hash,
            )

        await self._settle(page, store)

    async def leave(self, page: CrawledPage) -> bool:
        """Note that a page is as it was; False if its document was deleted. Raises LeaseLost."""

        def store(connection: Connection) -> _Outcome | None:
            document = documents.find_document(
                connection, self._workspace, self._source_id, page.url
            )
            if document is None:
                return None
            known = pages.find_page(connection, self._workspace, self._source_id, page.url)
            if page.verdict == "ok":  # read, and the same text came out
                origin = _origin(page)
                documents.refresh_origin(connection, self._workspace, document.id, origin)
                changed_at = known.changed_at if known else document.updated_at
                self._remember(connection, page, document.id, changed_at=changed_at)
            elif known is not None:
                asked = page.http_status is not None
                seen = replace(
                    known,
                    etag=page.etag or known.etag,
                    last_modified=page.last_modified or known.last_modified,
                    body_hash=page.body_hash or known.body_hash,
                    checked_at=self._clock() if asked else known.checked_at,
                    missing=0,
                )
                pages.remember_page(connection, self._workspace, self._source_id, seen)
            return _Outcome(
                "unchanged",
                {"document_id": document.id, "content_hash": document.content_hash},
                units=document.unit_count,
                text=document.content_hash,
            )

        return await self._settle(page, store)

    async def reject(self, page: CrawledPage, content_hash: str | None = None) -> None:
        """Note that a page was refused, is a duplicate, or failed. What was taken of it before
        stays, until the whole crawl has been seen. Raises LeaseLost.
        """

        await self._settle(page, lambda _: _Outcome(page.verdict, {"content_hash": content_hash}))

    async def forgive(self) -> None:
        """Let pages that could not be had wait for another visit, as if they had not been asked
        for, if the job will be tried again. Raises LeaseLost.
        """
        failed = (*self._of_job, crawl_pages.c.verdict == "failed")
        unasked = {"verdict": None, "reason": None, "http_status": None}

        def write(connection: Connection) -> None:
            queue.assert_lease(connection, self._lease)
            if queue.may_be_tried_again(connection, self._lease):
                connection.execute(update(crawl_pages).where(*failed).values(unasked))

        async with self._writing:
            await self._db.write(write)

    async def _page(self, url: str) -> SitePage | None:
        return await self._db.read(
            lambda c: pages.find_page(c, self._workspace, self._source_id, url)
        )

    @property
    def _of_job(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return (
            crawl_pages.c.workspace_id == self._workspace,
            crawl_pages.c.job_id == self._lease.job_id,
        )

    def _remember(
        self, connection: Connection, page: CrawledPage, document_id: str, *, changed_at: Millis
    ) -> None:
        seen = SitePage(
            url=page.url,
            document_id=document_id,
            is_own=True,
            etag=page.etag,
            last_modified=page.last_modified,
            body_hash=page.body_hash,
            made_by=self._made_by,
            links=page.links,
            checked_at=self._clock(),
            changed_at=changed_at,
            missing=0,
        )
        pages.remember_page(connection, self._workspace, self._source_id, seen)

    def _discover(self, connection: Connection, *, urls: list[str], depth: int) -> int:
        """How many were new."""
        queue.assert_lease(connection, self._lease)
        known = set(
            connection.execute(
                select(crawl_pages.c.url).where(*self._of_job, crawl_pages.c.url.in_(urls))
            ).scalars()
        )
        rows = [
            {
                "job_id": self._lease.job_id,
                "workspace_id": self._workspace,
                "url": url,
                "position": position,
                "depth": depth,
            }
            for position, url in enumerate((u for u in urls if u not in known), self._discovered)
        ]
        if rows:
            connection.execute(insert(crawl_pages), rows)
        return len(rows)

    async def _settle(
        self, page: CrawledPage, store: Callable[[Connection], "_Outcome | None"]
    ) -> bool:
        """What ``store`` writes about a page, and its verdict, both or neither; False if ``store``
        says that there is none."""

        def write(connection: Connection) -> _Outcome | None:
            queue.assert_lease(connection, self._lease)
            outcome = store(connection)
            if outcome is not None:
                self._record(connection, page, outcome)
            return outcome

        async with self._writing:
            outcome = await self._db.write(write)
            if outcome is None:
                return False
            self._kept.discard(page.url)
            self._visited += 1
            self._asked += page.http_status is not None
            self._units += outcome.units
            self.failed += outcome.verdict == "failed"
            if outcome.text is not None:
                self._by_text.setdefault(outcome.text, page.url)
            return True

    def _record(self, connection: Connection, page: CrawledPage, outcome: "_Outcome") -> None:
        connection.execute(
            update(crawl_pages)
            .where(*self._of_job, crawl_pages.c.url == page.url)
            .values(
                verdict=outcome.verdict,
                reason=page.reason,
                http_status=page.http_status,
                elapsed_ms=page.elapsed_ms,
                bytes=page.size,
                same_as=page.same_as,
                absence=page.absence,
                visited_at=self._clock(),
                **outcome.columns,
            )
        )
        if page.url in self._kept:
            drop_response(connection, self._workspace, self._lease.job_id, page.url)
        visited, units = self._visited + 1, self._units + outcome.units
        expected = max(min(self._discovered, self._max_pages), visited)
        queue.report(
            connection,
            self._lease,
            processed=units,
            total=units + expected - visited,
            progress=visited / expected,
        )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a page: its ``verdict`` and more ``columns`` of its row. ``units`` of the
    document that was found, and the hash of its ``text``; of none where no document was."""

    verdict: str
    columns: Mapping[str, Any]
    units: int = 0
    text: str | None = None


def _origin(page: CrawledPage) -> Origin:
    return Origin(page.url, page.final_url, page.media_type or "text/html")

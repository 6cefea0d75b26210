"""The ledger of a crawl in the database: its frontier, and what became of every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, Select, case, delete, func, insert, select, update

from cevvo.domain.documents import IndexedDocument
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.engine.crawling.ledger import CrawledPage, FrontierPage, LedgerCounts
from cevvo.features.sources import documents
from cevvo.features.sources.documents import Origin
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import crawl_pages, jobs
from cevvo.foundation.db.tables import documents as documents_table
from cevvo.foundation.jobs import queue
from cevvo.foundation.jobs.queue import Job, Lease
from cevvo.providers.search.base import SearchIndex

_INSERTED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A visited page; ``verdict`` is added, changed, unchanged, refused or failed."""

    url: str
    depth: int
    verdict: str
    reason: str | None
    http_status: int | None
    characters: int | None
    elapsed_ms: int | None
    document_id: str | None


class DatabaseLedger:
    """The ledger of one crawl job, written under its lease.

    Only the holder of the lease writes, so the counts are read once and then kept here. They are
    changed inside the transactions, which run one after the other.
    """

    def __init__(self, db: Database, index: SearchIndex, job: Job, lease: Lease, clock: Clock):
        assert job.source_id is not None
        self._db = db
        self._index = index
        self._workspace = job.workspace
        self._source_id = job.source_id
        self._lease = lease
        self._clock = clock
        self._discovered = 0
        self._visited = 0
        self._units = job.documents_processed
        self._taken_before: dict[str, str] = {}
        self.failed = 0

    async def load(self) -> None:
        """Take up the state of an interrupted run. Call first."""

        def read(connection: Connection) -> None:
            of_job = crawl_pages.c.job_id == self._lease.job_id
            counts = connection.execute(
                select(
                    func.count(),
                    func.count(crawl_pages.c.verdict),
                    func.count(case((crawl_pages.c.verdict == "failed", 1))),
                ).where(of_job)
            )
            self._discovered, self._visited, self.failed = counts.one()
            taken = connection.execute(
                select(documents_table.c.content_hash, documents_table.c.key)
                .join(crawl_pages, crawl_pages.c.document_id == documents_table.c.id)
                .where(of_job)
            )
            self._taken_before = {row.content_hash: row.key for row in taken}

        await self._db.read(read)

    def duplicate(self, page: CrawledPage, content_hash: str) -> str | None:
        """The page with the same content that an interrupted run took in; None if there is none.

        Within one run the crawler itself tells duplicates.
        """
        first = self._taken_before.get(content_hash)
        return None if first == page.url else first

    async def discover(self, urls: Sequence[str], depth: int) -> None:
        """Let unknown addresses join the frontier. Raises LeaseLost."""
        for start in range(0, len(urls), _INSERTED_AT_ONCE):
            some = list(dict.fromkeys(urls[start : start + _INSERTED_AT_ONCE]))
            await self._db.write(partial(self._discover, urls=some, depth=depth))

    async def next_unvisited(self, limit: int) -> list[FrontierPage]:
        """The first addresses without a verdict, in order of discovery."""
        rows = await self._db.read(
            lambda c: c.execute(
                select(crawl_pages.c.url, crawl_pages.c.depth)
                .where(crawl_pages.c.job_id == self._lease.job_id, crawl_pages.c.verdict.is_(None))
                .order_by(crawl_pages.c.position)
                .limit(limit)
            ).all()
        )
        return [FrontierPage(url, depth) for url, depth in rows]

    async def counts(self) -> LedgerCounts:
        """How far the crawl is."""
        return LedgerCounts(self._discovered, self._visited)

    @property
    def units(self) -> int:
        """Units of the documents that the crawl has found so far."""
        return self._units

    async def take_in(self, page: CrawledPage, document: IndexedDocument) -> None:
        """Store a page's document and its verdict, both or neither. Raises LeaseLost."""

        def write(connection: Connection) -> None:
            queue.assert_lease(connection, self._lease)
            document_id, change = documents.replace_document(
                connection,
                self._workspace,
                self._index,
                self._source_id,
                _origin(page),
                document,
                now=self._clock(),
            )
            self._units += document.unit_count
            self._record(connection, page, change, None, document_id, len(document.text))

        await self._db.write(write)

    async def keep(self, page: CrawledPage, document: documents.Document) -> None:
        """Note that a page is as it was. Raises LeaseLost."""

        def write(connection: Connection) -> None:
            queue.assert_lease(connection, self._lease)
            documents.refresh_origin(connection, self._workspace, document.id, _origin(page))
            self._units += document.unit_count
            self._record(connection, page, "unchanged", None, document.id, None)

        await self._db.write(write)

    async def reject(self, page: CrawledPage, verdict: str, reason: str | None) -> None:
        """Note that a page was refused, or failed: then its document stays. Raises LeaseLost."""

        def write(connection: Connection) -> None:
            queue.assert_lease(connection, self._lease)
            kept = None
            if verdict == "failed":
                self.failed += 1
                kept = documents.find_document(
                    connection, self._workspace, self._source_id, page.url
                )
            self._record(connection, page, verdict, reason, kept.id if kept else None, None)

        await self._db.write(write)

    def _discover(self, connection: Connection, *, urls: list[str], depth: int) -> None:
        queue.assert_lease(connection, self._lease)
        known = set(
            connection.execute(
                select(crawl_pages.c.url).where(
                    crawl_pages.c.job_id == self._lease.job_id, crawl_pages.c.url.in_(urls)
                )
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
            self._discovered += len(rows)

    def _record(
        self,
        connection: Connection,
        page: CrawledPage,
        verdict: str,
        reason: str | None,
        document_id: str | None,
        characters: int | None,
    ) -> None:
        connection.execute(
            update(crawl_pages)
            .where(crawl_pages.c.job_id == self._lease.job_id, crawl_pages.c.url == page.url)
            .values(
                verdict=verdict,
                reason=reason,
                http_status=page.http_status,
                characters=characters,
                elapsed_ms=page.elapsed_ms,
                document_id=document_id,
            )
        )
        self._visited += 1
        queue.report(
            connection,
            self._lease,
            processed=self._units,
            total=self._units + self._discovered - self._visited,
            progress=self._visited / max(self._discovered, 1),
        )


def _origin(page: CrawledPage) -> Origin:
    return Origin(page.url, page.final_url, page.media_type or "text/html")


def first_refusal(connection: Connection, job_id: str) -> str | None:
    """Why the first page that was not taken was not taken."""
    query = (
        select(crawl_pages.c.reason)
        .where(crawl_pages.c.job_id == job_id, crawl_pages.c.reason.is_not(None))
        .order_by(crawl_pages.c.position)
    )
    reason: str | None = connection.execute(query.limit(1)).scalar()
    return reason


def pages_of_job(
    connection: Connection, workspace: WorkspaceId, job_id: str, limit: int
) -> list[LedgerPage]:
    """Visited pages: refused and failed ones first, each kind in order of discovery."""
    taken = crawl_pages.c.document_id.is_not(None)
    rows = connection.execute(
        select(*(crawl_pages.c[name] for name in LedgerPage.__dataclass_fields__))
        .where(crawl_pages.c.workspace_id == workspace, crawl_pages.c.job_id == job_id)
        .where(crawl_pages.c.verdict.is_not(None))
        .order_by(taken, crawl_pages.c.position)
        .limit(limit)
    )
    return [LedgerPage(*row) for row in rows]


def gone_documents(
    connection: Connection, job: Job, *, saw_everything: bool, limit: int
) -> list[str]:
    """Documents that an earlier crawl of the source brought in and this one did not find.

    What came in another way (one URL by itself) stays. Unless the crawl ``saw_everything``, only
    those whose page it visited and refused are gone.
    """
    found_here = select(crawl_pages.c.document_id).where(
        crawl_pages.c.job_id == job.id, crawl_pages.c.document_id.is_not(None)
    )
    found_before = select(crawl_pages.c.document_id).where(
        crawl_pages.c.job_id.in_(_earlier(job)), crawl_pages.c.document_id.is_not(None)
    )
    query = select(documents_table.c.id).where(
        documents_table.c.workspace_id == job.workspace,
        documents_table.c.source_id == job.source_id,
        documents_table.c.id.not_in(found_here),
        documents_table.c.id.in_(found_before),
    )
    if not saw_everything:
        refused = select(crawl_pages.c.url).where(
            crawl_pages.c.job_id == job.id, crawl_pages.c.verdict == "refused"
        )
        query = query.where(documents_table.c.key.in_(refused))
    return list(connection.execute(query.limit(limit)).scalars())


def _earlier(job: Job) -> Select[tuple[str]]:
    return select(jobs.c.id).where(jobs.c.source_id == job.source_id, jobs.c.id != job.id)


def forget_earlier_ledgers(connection: Connection, job: Job) -> None:
    """Drop what earlier crawls of the source noted, but for documents that this one left alone."""
    this = crawl_pages.alias()
    found_here = select(this.c.document_id).where(
        this.c.job_id == job.id, this.c.document_id.is_not(None)
    )
    connection.execute(
        delete(crawl_pages).where(
            crawl_pages.c.job_id.in_(_earlier(job)),
            crawl_pages.c.document_id.is_(None) | crawl_pages.c.document_id.in_(found_here),
        )
    )

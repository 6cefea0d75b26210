"""What is left to do once a crawl has visited what it could; in the caller's transaction.

Only here is anything taken away: a crawl that is killed, cancelled or fails on its way leaves what
earlier ones found. Each step works in slices, so that others can write between them.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.ingestion.ledger import FOUND
from cevvo.features.sources import documents, pages
from cevvo.features.sources.pages import SitePage
from cevvo.foundation.db.tables import crawl_pages, crawl_responses, jobs
from cevvo.foundation.db.tables import documents as document_rows
from cevvo.foundation.jobs.job import Job
from cevvo.providers.search.base import SearchIndex

LEDGERS_KEPT = 3
"""Crawls of a source whose ledgers are kept, this one included."""
_UNLINKED = "no page of the site leads to it any more"
_URL = re.compile(r"https?://\S+")
_REASONS = 20


def _of(job: Job) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return crawl_pages.c.workspace_id == job.workspace, crawl_pages.c.job_id == job.id


def first_refusal(connection: Connection, job: Job) -> str | None:
    """Why the first page that was not taken was not taken."""
    query = (
        select(crawl_pages.c.reason)
        .where(*_of(job), crawl_pages.c.reason.is_not(None))
        .order_by(crawl_pages.c.position)
    )
    reason: str | None = connection.execute(query.limit(1)).scalar()
    return reason


def merge_same_texts(connection: Connection, job: Job, index: SearchIndex, *, limit: int) -> bool:
    """Of pages found with the same text, let the one that has been known longest keep its
    document, and the others be further addresses of it; False when that is all.

    While a crawl goes on, a page is compared only with those that it has found by then.
    """
    found = (
        select(document_rows.c.content_hash)
        .join(crawl_pages, crawl_pages.c.document_id == document_rows.c.id)
        .where(*_of(job), crawl_pages.c.verdict.in_(FOUND))
        .group_by(document_rows.c.content_hash)
        .having(func.count() > 1)
        .limit(limit)
    )
    texts = list(connection.execute(found).scalars())
    for text in texts:
        same = connection.execute(
            select(document_rows.c.id, document_rows.c.key)
            .join(crawl_pages, crawl_pages.c.document_id == document_rows.c.id)
            .where(*_of(job), crawl_pages.c.verdict.in_(FOUND))
            .where(document_rows.c.content_hash == text)
            .order_by(document_rows.c.created_at, crawl_pages.c.position)
        ).all()
        first, others = same[0], same[1:]
        documents.delete_documents(connection, job.workspace, index, [row.id for row in others])
        for row in others:
            _set(
                connection,
                job,
                row.key,
                verdict="duplicate",
                same_as=first.key,
                reason=f"duplicate of {first.key}",
                content_hash=text,
                document_id=None,
            )
    return bool(texts)


def join_duplicates(
    connection: Connection, job: Job, *, after: int, now: Millis, limit: int
) -> int | None:
    """Let pages with the same text as another be further addresses of its document.

    Goes on ``after`` a position in the ledger; returns the last it came to, None at the end.
    """
    assert job.source_id is not None
    rows = connection.execute(
        select(crawl_pages)
        .where(*_of(job), crawl_pages.c.verdict == "duplicate", crawl_pages.c.position > after)
        .order_by(crawl_pages.c.position)
        .limit(limit)
    ).all()
    for row in rows:
        document = documents.find_document(connection, job.workspace, job.source_id, row.same_as)
        known = pages.find_page(connection, job.workspace, job.source_id, row.url)
        if document is None or document.content_hash != row.content_hash:
            continue
        if known is not None and known.is_own:
            continue  # its own document goes first, once two crawls agree
        changed_at = known.changed_at if known else now
        alias = SitePage(
            row.url, document.id, False, None, None, None, "", (), now, changed_at, missing=0
        )
        pages.remember_page(connection, job.workspace, job.source_id, alias)
        _set(connection, job, row.url, document_id=document.id)
    return rows[-1].position if rows else None


@dataclass(frozen=True, slots=True)
class Absent:
    """A page that an earlier crawl may have taken in and this one did not find there.

    ``withdrawn``: its owner does not want it taken. ``is_duplicate``: its address shows the text of
    another page.
    """

    url: str
    withdrawn: bool = False
    is_duplicate: bool = False


def absent_pages(connection: Connection, job: Job) -> list[Absent]:
    """Those that the ledger says so of, and that were not counted as absent before."""
    rows = connection.execute(
        select(crawl_pages.c.url, crawl_pages.c.absence, crawl_pages.c.verdict).where(
            *_of(job), crawl_pages.c.absence.in_(("missing", "withdrawn"))
        )
    )
    return [Absent(row.url, row.absence == "withdrawn", row.verdict == "duplicate") for row in rows]


def miss_pages(
    connection: Connection, job: Job, index: SearchIndex, absent: Sequence[Absent], *, now: Millis
) -> None:
    """Count these pages as absent: a document goes at once if its owner withdrew it or this crawl
    found its text at another address, and else when a second crawl misses it."""
    assert job.source_id is not None
    for each in absent:
        page = pages.find_page(connection, job.workspace, job.source_id, each.url)
        values: dict[str, Any] = {"absence": "unknown"}
        if page is not None and (page.is_own or not each.is_duplicate):
            at_once = each.withdrawn or (page.is_own and _stands_elsewhere(connection, job, page))
            missed = pages.miss_page(
                connection, job.workspace, index, job.source_id, each.url, at_once=at_once
            )
            if not each.is_duplicate:
                values["verdict"] = missed
        if not _set(connection, job, each.url, **values):
            _add(connection, job, each.url, reason=_UNLINKED, visited_at=now, **values)


def _stands_elsewhere(connection: Connection, job: Job, page: SitePage) -> bool:
    """Whether this crawl found the text of the page's document at another address."""
    text = select(document_rows.c.content_hash).where(
        document_rows.c.workspace_id == job.workspace, document_rows.c.id == page.document_id
    )
    query = (
        select(document_rows.c.id)
        .join(crawl_pages, crawl_pages.c.document_id == document_rows.c.id)
        .where(*_of(job), crawl_pages.c.verdict.in_(FOUND))
        .where(document_rows.c.content_hash == text.scalar_subquery())
        .where(document_rows.c.id != page.document_id)
    )
    return connection.execute(query.limit(1)).first() is not None


def _set(connection: Connection, job: Job, url: str, **values: Any) -> bool:
    changed = connection.execute(
        update(crawl_pages).where(*_of(job), crawl_pages.c.url == url).values(**values)
    )
    return changed.rowcount > 0


def _add(connection: Connection, job: Job, url: str, **values: Any) -> None:
    position = select(func.coalesce(func.max(crawl_pages.c.position) + 1, 0)).where(*_of(job))
    connection.execute(
        insert(crawl_pages).values(
            job_id=job.id,
            url=url,
            workspace_id=job.workspace,
            position=position.scalar_subquery(),
            depth=0,
            **values,
        )
    )


def units_found(connection: Connection, job: Job) -> int:
    """Units of the documents that the crawl found."""
    query = (
        select(func.coalesce(func.sum(document_rows.c.unit_count), 0))
        .join(crawl_pages, crawl_pages.c.document_id == document_rows.c.id)
        .where(*_of(job), crawl_pages.c.verdict.in_(FOUND))
    )
    units: int = connection.execute(query).scalar_one()
    return units


def report_of(connection: Connection, job: Job) -> dict[str, Any]:
    """What a crawl found, summed over its ledger: pages by verdict, requests (answers for pages:
    robots.txt, sitemaps and repetitions are not counted), bytes of these answers, passages
    embedded and reused, and why pages were not taken."""
    rows = connection.execute(
        select(crawl_pages.c.verdict, func.count())
        .where(*_of(job), crawl_pages.c.verdict.is_not(None))
        .group_by(crawl_pages.c.verdict)
    )
    verdicts: dict[str, int] = {row[0]: row[1] for row in rows}
    sums = connection.execute(
        select(
            func.count(crawl_pages.c.bytes),
            func.coalesce(func.sum(crawl_pages.c.bytes), 0),
            func.coalesce(func.sum(crawl_pages.c.passages_embedded), 0),
            func.coalesce(func.sum(crawl_pages.c.passages_reused), 0),
        ).where(*_of(job))
    ).one()
    reasons: Counter[str] = Counter()
    rows = connection.execute(
        select(crawl_pages.c.reason, func.count())
        .where(*_of(job), crawl_pages.c.verdict.not_in(FOUND))
        .where(crawl_pages.c.reason.is_not(None))
        .group_by(crawl_pages.c.reason)
    )
    for reason, count in rows:
        reasons[_URL.sub("…", reason)] += count
    names = ("added", "changed", "unchanged", "removed", "missing", "duplicate", "refused")
    return {
        **{name: verdicts.get(name, 0) for name in (*names, "failed")},
        **dict(
            zip(
                ("requests", "bytes", "passages_embedded", "passages_reused"),
                sums,
                strict=True,
            )
        ),
        "reasons": [
            {"reason": reason, "count": count} for reason, count in reasons.most_common(_REASONS)
        ],
    }


def put_report(connection: Connection, job: Job, report: dict[str, Any]) -> None:
    """Keep the report with the job, and drop responses that crawls of the source left behind."""
    connection.execute(
        update(jobs)
        .where(jobs.c.workspace_id == job.workspace, jobs.c.id == job.id)
        .values(report=report)
    )
    of_source = select(jobs.c.id).where(
        jobs.c.workspace_id == job.workspace, jobs.c.source_id == job.source_id
    )
    connection.execute(
        delete(crawl_responses).where(
            crawl_responses.c.workspace_id == job.workspace,
            crawl_responses.c.job_id.in_(of_source),
        )
    )


def old_ledgers(connection: Connection, job: Job) -> list[str]:
    """Crawls of the source, before the last few, of which there is a ledger."""
    crawls = (
        select(jobs.c.id)
        .where(
            jobs.c.workspace_id == job.workspace,
            jobs.c.source_id == job.source_id,
            jobs.c.kind == job.kind,
        )
        .where(exists().where(crawl_pages.c.job_id == jobs.c.id))
        .order_by(jobs.c.created_at.desc(), jobs.c.id)
        .offset(LEDGERS_KEPT)
        .limit(1000)
    )
    return list(connection.execute(crawls).scalars())


def drop_ledger(connection: Connection, workspace: WorkspaceId, job_id: str) -> None:
    """Forget what became of the pages of a crawl."""
    connection.execute(
        delete(crawl_pages).where(
            crawl_pages.c.workspace_id == workspace, crawl_pages.c.job_id == job_id
        )
    )

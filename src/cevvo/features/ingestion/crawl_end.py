"""What is left to do once a crawl has visited what it could; in the caller's transaction."""

import re
from collections import Counter
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.sources import documents, pages
from cevvo.features.sources.pages import SitePage
from cevvo.foundation.db.tables import crawl_pages, crawl_responses, jobs
from cevvo.foundation.jobs.queue import Job
from cevvo.providers.search.base import SearchIndex

LEDGERS_KEPT = 3
"""Crawls of a source whose ledgers are kept, this one included."""
_UNLINKED = "no page of the site leads to it any more"
_URL = re.compile(r"https?://\S+")
_REASONS = 20


def first_refusal(connection: Connection, workspace: WorkspaceId, job_id: str) -> str | None:
    """Why the first page that was not taken was not taken."""
    query = (
        select(crawl_pages.c.reason)
        .where(crawl_pages.c.workspace_id == workspace, crawl_pages.c.job_id == job_id)
        .where(crawl_pages.c.reason.is_not(None))
        .order_by(crawl_pages.c.position)
    )
    reason: str | None = connection.execute(query.limit(1)).scalar()
    return reason


def join_duplicates(connection: Connection, job: Job, *, now: Millis) -> None:
    """Let each page with the same text as another be a further address of its document."""
    assert job.source_id is not None
    rows = connection.execute(
        select(crawl_pages.c.url, crawl_pages.c.same_as).where(
            crawl_pages.c.workspace_id == job.workspace,
            crawl_pages.c.job_id == job.id,
            crawl_pages.c.verdict == "duplicate",
        )
    ).all()
    for url, same_as in rows:
        document = documents.find_document(connection, job.workspace, job.source_id, same_as)
        known = pages.find_page(connection, job.workspace, job.source_id, url)
        if document is None or (known is not None and known.is_own):
            continue  # its own document goes first, once two crawls agree
        changed_at = known.changed_at if known else now
        alias = SitePage(
            url, document.id, False, None, None, None, "", (), now, changed_at, missing=0
        )
        pages.remember_page(connection, job.workspace, job.source_id, alias)
        connection.execute(
            update(crawl_pages)
            .where(crawl_pages.c.job_id == job.id, crawl_pages.c.url == url)
            .values(document_id=document.id)
        )


def miss_unvisited(
    connection: Connection, job: Job, index: SearchIndex, *, now: Millis, limit: int
) -> bool:
    """Note pages that this crawl, which saw everything, did not come by; False when that is all.

    Their rows in the ledger say what became of them.
    """
    assert job.source_id is not None
    urls = pages.unvisited_pages(connection, job.workspace, job.source_id, job.id, limit)
    for url in urls:
        verdict = pages.miss_page(connection, job.workspace, index, job.source_id, url)
        row = {
            "verdict": verdict,
            "reason": _UNLINKED,
            "visited_at": now,
        }
        this = (crawl_pages.c.job_id == job.id, crawl_pages.c.url == url)
        if connection.execute(update(crawl_pages).where(*this).values(row)).rowcount == 0:
            position = select(func.coalesce(func.max(crawl_pages.c.position) + 1, 0)).where(
                crawl_pages.c.job_id == job.id
            )
            connection.execute(
                insert(crawl_pages).values(
                    job_id=job.id,
                    url=url,
                    workspace_id=job.workspace,
                    position=position.scalar_subquery(),
                    depth=0,
                    **row,
                )
            )
    return bool(urls)


def report_of(connection: Connection, workspace: WorkspaceId, job_id: str) -> dict[str, Any]:
    """What a crawl found, summed over its ledger: pages by verdict, requests (pages asked for),
    bytes of responses, passages embedded and reused, and why pages were not taken."""
    of_job = (crawl_pages.c.workspace_id == workspace, crawl_pages.c.job_id == job_id)
    rows = connection.execute(
        select(crawl_pages.c.verdict, func.count())
        .where(*of_job, crawl_pages.c.verdict.is_not(None))
        .group_by(crawl_pages.c.verdict)
    )
    verdicts: dict[str, int] = {row[0]: row[1] for row in rows}
    sums = connection.execute(
        select(
            func.count(crawl_pages.c.http_status),
            func.coalesce(func.sum(crawl_pages.c.bytes), 0),
            func.coalesce(func.sum(crawl_pages.c.passages_embedded), 0),
            func.coalesce(func.sum(crawl_pages.c.passages_reused), 0),
        ).where(*of_job)
    ).one()
    reasons: Counter[str] = Counter()
    rows = connection.execute(
        select(crawl_pages.c.reason, func.count())
        .where(*of_job, crawl_pages.c.verdict.not_in(("added", "changed", "unchanged")))
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


def close_ledger(connection: Connection, job: Job, report: dict[str, Any]) -> None:
    """Put the report into the job's row; drop what is no longer needed of this crawl and of those
    before it."""
    connection.execute(update(jobs).where(jobs.c.id == job.id).values(report=report))
    of_source = select(jobs.c.id).where(
        jobs.c.workspace_id == job.workspace, jobs.c.source_id == job.source_id
    )
    connection.execute(delete(crawl_responses).where(crawl_responses.c.job_id.in_(of_source)))
    connection.execute(
        delete(crawl_pages).where(crawl_pages.c.job_id.in_(_crawls_before_the_last_few(job)))
    )


def _crawls_before_the_last_few(job: Job) -> Select[tuple[str]]:
    return (
        select(jobs.c.id)
        .where(
            jobs.c.workspace_id == job.workspace,
            jobs.c.source_id == job.source_id,
            jobs.c.kind == job.kind,
        )
        .order_by(jobs.c.created_at.desc(), jobs.c.id)
        .offset(LEDGERS_KEPT)
        .limit(1000)
    )

"""The ledger of a crawl as it is read: what became of every page."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import crawl_pages

_TAKEN = ("added", "changed", "unchanged")


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A page that was judged.

    ``verdict`` is added, changed, unchanged, duplicate (``same_as`` another), refused, failed,
    missing (not found this time, its document is kept) or removed (missing again, its document is
    gone). ``bytes`` is the length of the response, unpacked; ``content_hash`` that of its document.
    """

    url: str
    depth: int
    verdict: str
    reason: str | None
    same_as: str | None
    http_status: int | None
    characters: int | None
    bytes: int | None
    content_hash: str | None
    elapsed_ms: int | None
    visited_at: Millis | None
    document_id: str | None


_COLUMNS = tuple(crawl_pages.c[name] for name in LedgerPage.__dataclass_fields__)


def pages_of_job(
    connection: Connection, workspace: WorkspaceId, job_id: str, limit: int
) -> list[LedgerPage]:
    """The first pages: those that were not taken in before the others, in order of discovery."""
    rows = connection.execute(
        select(*_COLUMNS)
        .where(*_judged(workspace, job_id))
        .order_by(crawl_pages.c.verdict.in_(_TAKEN), crawl_pages.c.position, crawl_pages.c.url)
        .limit(limit)
    )
    return [LedgerPage(*row) for row in rows]


def list_pages(
    connection: Connection,
    workspace: WorkspaceId,
    job_id: str,
    *,
    verdict: str | None,
    offset: int,
    limit: int,
) -> tuple[list[LedgerPage], int]:
    """Some of the pages with that verdict (None: any), in order of discovery, and how many."""
    fitting = _judged(workspace, job_id)
    if verdict is not None:
        fitting.append(crawl_pages.c.verdict == verdict)
    total = connection.execute(
        select(func.count()).select_from(crawl_pages).where(*fitting)
    ).scalar_one()
    rows = connection.execute(
        select(*_COLUMNS)
        .where(*fitting)
        .order_by(crawl_pages.c.position, crawl_pages.c.url)
        .offset(offset)
        .limit(limit)
    )
    return [LedgerPage(*row) for row in rows], total


def _judged(workspace: WorkspaceId, job_id: str) -> list[ColumnElement[bool]]:
    return [
        crawl_pages.c.workspace_id == workspace,
        crawl_pages.c.job_id == job_id,
        crawl_pages.c.verdict.is_not(None),
    ]

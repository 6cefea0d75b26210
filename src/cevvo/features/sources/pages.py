"""What is known of a website's pages from one crawl to the next; in the caller's transaction.

Each page that a crawl took in has a row that points to its document. Pages with the same text
share one document, which is known under the address of the first; the others are its further
addresses.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.sources.documents import delete_documents
from cevvo.foundation.db.tables import crawl_pages, documents, site_pages
from cevvo.providers.search.base import SearchIndex

PASSES = 2
"""So many crawls in a row must miss a page before its document goes."""


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page and the document with its text. ``is_own``: the document is known by this address.

    ``etag`` and ``last_modified`` as the server sent them, ``body_hash`` the SHA-256 (hex) of its
    response, ``made_by`` the way in which it was read, ``links`` where it led. ``missing`` counts
    the crawls in a row that did not find it.
    """

    url: str
    document_id: str
    is_own: bool
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    made_by: str
    links: tuple[str, ...]
    checked_at: Millis
    changed_at: Millis
    missing: int


def find_page(
    connection: Connection, workspace: WorkspaceId, source_id: str, url: str
) -> SitePage | None:
    """The page, None if no crawl has taken it in."""
    row = connection.execute(
        select(site_pages, documents.c.key)
        .join(documents, documents.c.id == site_pages.c.document_id)
        .where(*_this(workspace, source_id, url))
    ).first()
    if row is None:
        return None
    return SitePage(
        url=row.url,
        document_id=row.document_id,
        is_own=row.key == row.url,
        etag=row.etag,
        last_modified=row.last_modified,
        body_hash=row.body_hash,
        made_by=row.made_by,
        links=_unpacked(row.links),
        checked_at=row.checked_at,
        changed_at=row.changed_at,
        missing=row.missing,
    )


def remember_page(
    connection: Connection, workspace: WorkspaceId, source_id: str, page: SitePage
) -> None:
    """Note what a crawl found. ``page.is_own`` is not stored: it follows from the document."""
    values = {
        "document_id": page.document_id,
        "etag": page.etag,
        "last_modified": page.last_modified,
        "body_hash": page.body_hash,
        "made_by": page.made_by,
        "links": zlib.compress("\n".join(page.links).encode("utf-8", "replace"), 1),
        "checked_at": page.checked_at,
        "changed_at": page.changed_at,
        "missing": page.missing,
    }
    this = _this(workspace, source_id, page.url)
    if connection.execute(update(site_pages).where(*this).values(**values)).rowcount == 0:
        connection.execute(
            insert(site_pages).values(
                workspace_id=workspace, source_id=source_id, url=page.url, **values
            )
        )


def miss_page(
    connection: Connection,
    workspace: WorkspaceId,
    index: SearchIndex,
    source_id: str,
    url: str,
    *,
    at_once: bool = False,
) -> Literal["missing", "removed"] | None:
    """Note that a crawl did not find a page, or found nothing to take in there.

    The second time in a row, or ``at_once``, its document is deleted. None: it had none.
    """
    page = find_page(connection, workspace, source_id, url)
    if page is None:
        return None
    this = _this(workspace, source_id, url)
    if not at_once and page.missing + 1 < PASSES:
        connection.execute(update(site_pages).where(*this).values(missing=page.missing + 1))
        return "missing"
    if page.is_own:
        delete_documents(connection, workspace, index, [page.document_id])
    connection.execute(delete(site_pages).where(*this))
    return "removed"


def unvisited_pages(
    connection: Connection, workspace: WorkspaceId, source_id: str, job_id: str
) -> list[str]:
    """Pages of the source that a crawl has not come by."""
    visited = select(crawl_pages.c.url).where(
        crawl_pages.c.workspace_id == workspace,
        crawl_pages.c.job_id == job_id,
        crawl_pages.c.verdict.is_not(None),
    )
    query = select(site_pages.c.url).where(
        site_pages.c.workspace_id == workspace,
        site_pages.c.source_id == source_id,
        site_pages.c.url.not_in(visited),
    )
    return list(connection.execute(query).scalars())


def urls_of(
    connection: Connection, workspace: WorkspaceId, document_ids: Sequence[str]
) -> dict[str, list[str]]:
    """For each document that crawls brought in, all its addresses, in alphabetical order."""
    rows = connection.execute(
        select(site_pages.c.document_id, site_pages.c.url)
        .where(site_pages.c.workspace_id == workspace, site_pages.c.document_id.in_(document_ids))
        .order_by(site_pages.c.url)
    )
    found: dict[str, list[str]] = {}
    for document_id, url in rows:
        found.setdefault(document_id, []).append(url)
    return found


def _this(workspace: WorkspaceId, source_id: str, url: str) -> tuple[ColumnElement[bool], ...]:
    return (
        site_pages.c.workspace_id == workspace,
        site_pages.c.source_id == source_id,
        site_pages.c.url == url,
    )


def _unpacked(links: bytes) -> tuple[str, ...]:
    text = zlib.decompress(links).decode() if links else ""
    return tuple(text.split("\n")) if text else ()

"""Sources and their documents."""

from cevvo_sdk._async.page import AsyncPager
from cevvo_sdk._async.transport import AsyncTransport
from cevvo_sdk._call import Call, given, path
from cevvo_sdk.types import (
    CitingQuestions,
    CrawlOptions,
    Deleted,
    JobAccepted,
    Preview,
    Source,
    SourceDocument,
    SourceDocumentDetail,
    SourceType,
)


class AsyncSources:
    """What answers are made from."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        type: SourceType | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPager[Source]:
        """All sources, newest first."""
        query = {"type": type, "page": page, "per_page": per_page}
        return AsyncPager.of(self._transport, Call("GET", "/sources", query=query), Source)

    async def create(
        self,
        *,
        name: str,
        type: SourceType,
        url: str | None = None,
        content: str | None = None,
        auto_sync: bool | None = None,
        sync_interval_hours: int | None = None,
        crawl: CrawlOptions | None = None,
    ) -> Source:
        """Make a source.

        A website needs ``url`` and starts to be crawled at once; follow ``job_id`` with
        ``ingest.wait``. A text source may bring its ``content``.
        """
        body = given(
            name=name,
            type=type,
            url=url,
            content=content,
            auto_sync=auto_sync,
            sync_interval_hours=sync_interval_hours,
            crawl=crawl,
        )
        return await self._transport.fetch(Call("POST", "/sources", json=body), Source)

    async def preview(
        self, *, url: str, crawl: CrawlOptions | None = None, max_pages: int | None = None
    ) -> Preview:
        """What a crawl would take of a website, and why not the rest. Nothing is stored.

        ``max_pages``: pages to look at, 1..50 (10).
        """
        body = given(url=url, crawl=crawl, max_pages=max_pages)
        return await self._transport.fetch(Call("POST", "/sources/preview", json=body), Preview)

    async def get(self, id: str) -> Source:
        """One source."""
        return await self._transport.fetch(Call("GET", path("sources", id)), Source)

    async def update(
        self,
        id: str,
        *,
        name: str | None = None,
        auto_sync: bool | None = None,
        sync_interval_hours: int | None = None,
        crawl: CrawlOptions | None = None,
    ) -> Source:
        """Change what is given and leave the rest; ``crawl`` is merged, too."""
        body = given(
            name=name, auto_sync=auto_sync, sync_interval_hours=sync_interval_hours, crawl=crawl
        )
        return await self._transport.fetch(Call("PUT", path("sources", id), json=body), Source)

    async def delete(self, id: str) -> Deleted:
        """Delete it; on return nothing of it can be retrieved any more."""
        return await self._transport.fetch(Call("DELETE", path("sources", id)), Deleted)

    async def sync(self, id: str) -> JobAccepted:
        """Fetch a website's pages again."""
        return await self._transport.fetch(Call("POST", path("sources", id, "sync")), JobAccepted)

    def documents(
        self, id: str, *, page: int | None = None, per_page: int | None = None
    ) -> AsyncPager[SourceDocument]:
        """The documents of a source."""
        query = {"page": page, "per_page": per_page}
        call = Call("GET", path("sources", id, "documents"), query=query)
        return AsyncPager.of(self._transport, call, SourceDocument)

    async def document(self, id: str, document_id: str) -> SourceDocumentDetail:
        """One document with its text and chunks."""
        call = Call("GET", path("sources", id, "documents", document_id))
        return await self._transport.fetch(call, SourceDocumentDetail)

    async def find_document(self, document_id: str) -> SourceDocumentDetail:
        """A document of whichever source, as a citation names it."""
        return await self._transport.fetch(
            Call("GET", path("documents", document_id)), SourceDocumentDetail
        )

    async def questions(self, id: str, *, limit: int | None = None) -> CitingQuestions:
        """The newest questions whose answers cite the source; ``limit`` 1..50 (10)."""
        call = Call("GET", path("sources", id, "questions"), query={"limit": limit})
        return await self._transport.fetch(call, CitingQuestions)

    async def original(self, id: str, document_id: str) -> bytes:
        """The file that a document was made from.

        Raises:
            NotFoundError: it came from the web.
        """
        where = path("sources", id, "documents", document_id, "original")
        response = await self._transport.send(Call("GET", where, accept="*/*"))
        return response.content

    async def delete_document(self, id: str, document_id: str) -> Deleted:
        """Delete a document; a page of a website comes back with the next crawl."""
        call = Call("DELETE", path("sources", id, "documents", document_id))
        return await self._transport.fetch(call, Deleted)

"""Lists that come in pages."""

from collections.abc import AsyncIterator, Generator
from dataclasses import replace
from typing import Any, Generic, TypeVar

from cevvo_sdk._async.transport import AsyncTransport
from cevvo_sdk._call import Call
from cevvo_sdk.types import PageMeta
from cevvo_sdk.types.model import Model

M = TypeVar("M", bound=Model)


class Content(Model):
    """A page as it comes."""

    data: list[dict[str, Any]]
    meta: PageMeta


class AsyncPage(Generic[M]):
    """One page of a list. Iterating it goes on over all the pages after it."""

    def __init__(
        self, transport: AsyncTransport, call: Call, kind: type[M], content: Content
    ) -> None:
        self._again = transport, call, kind
        self.data = [kind(item) for item in content.data]
        self.meta = content.meta
        self.request_id = content.request_id
        self.http_response = content.http_response

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this one."""
        return bool(self.data) and self.meta.page * self.meta.per_page < self.meta.total

    async def next(self) -> "AsyncPage[M] | None":
        """The page after this one, None at the end."""
        if not self.has_next:
            return None
        transport, call, kind = self._again
        call = replace(call, query={**call.query, "page": self.meta.page + 1})
        return AsyncPage(transport, call, kind, await transport.fetch(call, Content))

    async def __aiter__(self) -> AsyncIterator[M]:
        page: AsyncPage[M] | None = self
        while page is not None:
            for item in page.data:
                yield item
            page = await page.next()


class AsyncPager(Generic[M]):
    """A list: await it for one page, or iterate it for every item of every page."""

    def __init__(self, transport: AsyncTransport, call: Call, kind: type[M]) -> None:
        self._of = transport, call, kind

    @classmethod
    def of(cls, transport: AsyncTransport, call: Call, kind: type[M]) -> "AsyncPager[M]":
        """The list that the call gives."""
        return cls(transport, call, kind)

    def __await__(self) -> Generator[Any, None, AsyncPage[M]]:
        return self._first().__await__()

    async def __aiter__(self) -> AsyncIterator[M]:
        async for item in await self._first():
            yield item

    async def _first(self) -> AsyncPage[M]:
        transport, call, kind = self._of
        return AsyncPage(transport, call, kind, await transport.fetch(call, Content))

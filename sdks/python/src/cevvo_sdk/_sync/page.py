"""Lists that come in pages. (Written by hand: here a list call gives its first page at once.)"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Generic, TypeVar

from cevvo_sdk._call import Call
from cevvo_sdk.types import PageMeta
from cevvo_sdk.types.model import Model
from cevvo_sdk._sync.transport import Transport

M = TypeVar("M", bound=Model)


class Content(Model):
    """A page as it comes."""

    data: list[dict[str, Any]]
    meta: PageMeta


class Page(Generic[M]):
    """One page of a list. Iterating it goes on over all the pages after it."""

    def __init__(self, transport: Transport, call: Call, kind: type[M]) -> None:
        content = transport.fetch(call, Content)
        self._again = transport, call, kind
        self.data = [kind(item) for item in content.data]
        self.meta = content.meta
        self.request_id = content.request_id
        self.http_response = content.http_response

    @classmethod
    def of(cls, transport: Transport, call: Call, kind: type[M]) -> "Page[M]":
        """The page that the call gives."""
        return cls(transport, call, kind)

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this one."""
        return bool(self.data) and self.meta.page * self.meta.per_page < self.meta.total

    def next(self) -> "Page[M] | None":
        """The page after this one, None at the end."""
        if not self.has_next:
            return None
        transport, call, kind = self._again
        call = replace(call, query={**call.query, "page": self.meta.page + 1})
        return Page(transport, call, kind)

    def __iter__(self) -> Iterator[M]:
        page: Page[M] | None = self
        while page is not None:
            yield from page.data
            page = page.next()

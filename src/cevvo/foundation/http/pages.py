"""Pages of a list: ``?page=2&per_page=50`` in, ``{"data": […], "meta": {…}}`` out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from cevvo.foundation.http.numbers import Between

T = TypeVar("T")
_LARGEST_OFFSET = 2**63 - 1  # what a database takes; nothing is stored that far out


@dataclass(frozen=True, slots=True)
class PageParams:
    """Which page was asked for. Endpoints take it as ``PageQuery``."""

    page: int = 1
    per_page: int = 20

    @property
    def offset(self) -> int:
        """How many items come before this page."""
        return min((self.page - 1) * self.per_page, _LARGEST_OFFSET)


async def _page_params(
    page: Annotated[int, Query(ge=1, description="Page number, from 1.")] = 1,
    per_page: Annotated[
        int, Between(1, 100), Query(description="Items on a page, at most 100.")
    ] = 20,
) -> PageParams:
    return PageParams(page, per_page)


PageQuery = Annotated[PageParams, Depends(_page_params)]


class PageMeta(BaseModel):
    """Where a page stands in its list."""

    page: int = Field(description="The page number that was asked for.", examples=[1])
    per_page: int = Field(description="Items on a page.", examples=[20])
    total: int = Field(description="Items on all pages together.", examples=[42])


class Page(BaseModel, Generic[T]):
    """One page of a list. Past the end ``data`` is empty and ``total`` still true."""

    data: list[T]
    meta: PageMeta


def page_of(data: Sequence[T], total: int, params: PageParams) -> Page[T]:
    """The page that ``params`` asked for, out of ``total`` items."""
    meta = PageMeta(page=params.page, per_page=params.per_page, total=total)
    return Page(data=list(data), meta=meta)

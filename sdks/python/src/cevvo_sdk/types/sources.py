"""Sources and their documents."""

from typing import Literal, TypedDict

from cevvo_sdk.types.model import Model

SourceType = Literal["website", "file", "text"]
SourceStatus = Literal["pending", "syncing", "synced", "failed", "paused"]


class CrawlOptions(TypedDict, total=False):
    """What a crawl takes and how far it goes; what is left out follows the server's limits.

    ``include`` and ``exclude`` are paths such as ``/guide`` (that page and all below it), patterns
    with ``*``, or whole addresses; what is excluded is left out whatever includes it.
    ``css_selector``: what is read of each page. ``render_js``: read pages after their JavaScript
    has run; not every server can.
    """

    include: list[str] | None
    exclude: list[str] | None
    max_pages: int | None
    max_depth: int | None
    css_selector: str | None
    render_js: bool | None


class Source(Model):
    """What answers are made from.

    ``document_count``: units with a citation anchor of their own: web pages, PDF pages, sections.
    ``error``: why it failed and has nothing to serve. ``sync_error``: why the last sync failed,
    while the content from before keeps being served. ``progress``: 0..1 of the running job.
    ``job_id``: the job that runs or waits, else the last one.
    """

    id: str
    name: str
    type: SourceType
    url: str | None
    status: SourceStatus
    document_count: int
    auto_sync: bool
    sync_interval_hours: int
    crawl: CrawlOptions | None
    last_synced_at: str | None
    next_sync_at: str | None
    created_at: str
    updated_at: str
    error: str | None
    sync_error: str | None
    progress: float | None
    job_id: str | None


class ErrorDetail(Model):
    """What went wrong in the background."""

    code: str
    message: str


class PreviewPage(Model):
    """What a crawl would make of a page; ``reason``: why it would not be taken."""

    url: str
    taken: bool
    reason: str | None
    http_status: int | None
    depth: int
    title: str | None
    language: str | None
    characters: int | None
    excerpt: str | None
    elapsed_ms: int


class Preview(Model):
    """The first pages of a crawl; nothing of it is stored.

    ``discovered``: addresses found so far. ``complete``: these are all pages of the site.
    ``error``: why the site cannot be crawled.
    """

    pages: list[PreviewPage]
    discovered: int
    complete: bool
    error: ErrorDetail | None


class SourceDocument(Model):
    """A document as it is stored and searched.

    ``urls``: all addresses at which crawls found this text. ``language``: ISO 639-1.
    ``unit_count``: what it adds to the source's ``document_count``.
    """

    id: str
    source_id: str
    title: str
    url: str | None
    urls: list[str]
    media_type: str
    language: str | None
    unit_count: int
    created_at: str
    updated_at: str
    metadata: dict[str, str]


class Chunk(Model):
    """A stretch of a document that is found as one: characters ``start`` to ``end`` of its text."""

    ordinal: int
    start: int
    end: int
    heading_path: list[str]
    anchor: str | None
    page: int | None


class SourceDocumentDetail(SourceDocument):
    """A document with its text as it was read, and the chunks that search works on."""

    text: str
    chunks: list[Chunk]


class Deleted(Model):
    """It is gone."""

    deleted: Literal[True]


class CitingQuestion(Model):
    """A question whose answer, ``message_id``, cites the source."""

    question: str
    thread_id: str
    message_id: str
    asked_at: str


class CitingQuestions(Model):
    """Newest first."""

    data: list[CitingQuestion]

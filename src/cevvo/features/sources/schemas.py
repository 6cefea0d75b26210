"""Sources and documents on the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cevvo.domain.documents import Chunk, SourceType
from cevvo.domain.time import rfc3339, rfc3339_or_none
from cevvo.engine.crawling.ledger import CrawledPage
from cevvo.engine.crawling.selection import MAX_RULES
from cevvo.features.sources.citing import CitingQuestion
from cevvo.features.sources.documents import Document
from cevvo.features.sources.preview import MAX_PAGES as MAX_PREVIEWED
from cevvo.features.sources.preview import Preview
from cevvo.features.sources.repository import Source
from cevvo.features.sources.status import SourceStatus

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048)]
_EXCERPT = 600
Hours = Annotated[int, Field(ge=1, le=8760)]


Rules = Annotated[list[str], Field(max_length=MAX_RULES)]


class CrawlOptions(BaseModel):
    """What a crawl takes and how far it goes; what is left out follows the server's limits."""

    model_config = ConfigDict(strict=True)

    include: Rules | None = Field(
        None,
        description="Only pages that match one of these rules are taken in: a path such as "
        "`/guide` (that page and all below it), a pattern with `*`, or a whole address. "
        "An empty list includes everything.",
        examples=[["/guide", "/api/*"]],
    )
    exclude: Rules | None = Field(
        None,
        description="Pages that match one of these rules are left out, whatever includes them.",
        examples=[["/guide/archive", "*/print/*"]],
    )

    max_pages: int | None = Field(
        None, ge=1, le=1_000_000, description="Pages that a crawl visits at most.", examples=[500]
    )
    max_depth: int | None = Field(
        None, ge=0, le=100, description="Links between the start page and a page.", examples=[5]
    )
    css_selector: str | None = Field(
        None,
        max_length=500,
        description="CSS selector of what is read of each page; without it, or empty, the main "
        "part is found.",
        examples=["article.content"],
    )
    render_js: bool | None = Field(
        None,
        description="Read pages as a browser shows them, after their JavaScript has run. Needs "
        "Chromium or Chrome on the server's machine.",
        examples=[False],
    )


class SourceCreate(BaseModel):
    """A new knowledge base source."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "Product Docs",
                    "type": "website",
                    "url": "https://docs.example.com",
                    "auto_sync": True,
                }
            ]
        },
    )

    name: Name = Field(description="Display name.", examples=["Product Docs"])
    type: SourceType = Field(description="What fills it: a crawl, files, or text.")
    url: Url | None = Field(
        None,
        description="Where the crawl starts; required for a website, not taken for other types.",
        examples=["https://docs.example.com"],
    )
    auto_sync: bool = Field(False, description="Crawl again on a schedule.")
    sync_interval_hours: Hours = Field(24, description="Hours between two automatic crawls.")
    crawl: CrawlOptions | None = Field(
        None, description="What the crawl of a website takes, and its limits."
    )
    content: str | None = Field(
        None,
        max_length=5_000_000,
        description="Markdown or plain text that fills a text source at once.",
    )


class SourceUpdate(BaseModel):
    """Changes to a source. What is left out, or null, stays as it is."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={"examples": [{"name": "Updated Docs", "auto_sync": False}]},
    )

    name: Name | None = Field(None, description="Display name.")
    auto_sync: bool | None = Field(None, description="Crawl again on a schedule.")
    sync_interval_hours: Hours | None = Field(
        None, description="Hours between two automatic crawls."
    )
    crawl: CrawlOptions | None = Field(
        None, description="Options of the crawl, merged; they hold from the next one on."
    )
    type: SourceType | None = Field(None, description="Cannot be changed.")
    url: str | None = Field(None, description="Cannot be changed.")


class SourceOut(BaseModel):
    """A knowledge base source."""

    id: str = Field(examples=["src_abc123"])
    name: str = Field(examples=["Product Documentation"])
    type: SourceType = Field(examples=["website"])
    url: str | None = Field(
        description="Where the crawl starts.", examples=["https://docs.example.com"]
    )
    status: SourceStatus = Field(
        description="pending: nothing in it yet. syncing: a job works on it. synced: it can be "
        "asked. failed: nothing in it, and `error` says why.",
        examples=["synced"],
    )
    document_count: int = Field(
        description="Units that citations point to: web pages, PDF pages, sections.",
        examples=[156],
    )
    auto_sync: bool = Field(examples=[True])
    sync_interval_hours: int = Field(examples=[24])
    crawl: CrawlOptions | None
    last_synced_at: str | None = Field(examples=["2026-03-10T12:00:00Z"])
    next_sync_at: str | None = Field(
        description="When it is crawled again by itself; null without auto_sync.", examples=[None]
    )
    created_at: str = Field(examples=["2026-02-15T10:00:00Z"])
    updated_at: str = Field(examples=["2026-02-15T10:00:00Z"])
    error: str | None = Field(description="Why it failed, when it has no content.", examples=[None])
    sync_error: str | None = Field(
        description="Why the last job failed, when older content is still served.",
        examples=["The start page answers HTTP 503."],
    )
    progress: float | None = Field(
        description="0..1 of the running job, null when none runs.", examples=[None]
    )
    job_id: str | None = Field(
        description="The job that runs or waits, else the last one: see GET /ingest/status/{id}.",
        examples=["job_ing_001"],
    )

    @classmethod
    def of(cls, source: Source) -> "SourceOut":
        """The source as shown."""
        return cls(
            id=source.id,
            name=source.name,
            type=source.type,
            url=source.url,
            status=source.status,
            document_count=source.document_count,
            auto_sync=source.auto_sync,
            sync_interval_hours=source.sync_interval_hours,
            crawl=None if source.crawl is None else CrawlOptions(**source.crawl),
            last_synced_at=rfc3339_or_none(source.last_synced_at),
            next_sync_at=rfc3339_or_none(source.next_sync_at) if source.auto_sync else None,
            created_at=rfc3339(source.created_at),
            updated_at=rfc3339(source.updated_at),
            error=source.error,
            sync_error=source.sync_error,
            progress=source.progress,
            job_id=source.job_id,
        )


class PreviewRequest(BaseModel):
    """A website to look at before it becomes a source."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [{"url": "https://docs.example.com", "crawl": {"exclude": ["/blog"]}}]
        },
    )

    url: Url = Field(description="Where the crawl would start.")
    crawl: CrawlOptions | None = Field(None, description="The options that the source would have.")
    max_pages: int = Field(
        10, ge=1, le=MAX_PREVIEWED, description="Pages that are visited at most."
    )


class PreviewPage(BaseModel):
    """What a crawl would make of a page."""

    url: str = Field(examples=["https://docs.example.com/getting-started"])
    taken: bool = Field(description="Whether it would be taken in.", examples=[True])
    reason: str | None = Field(description="Why it would not.", examples=[None])
    http_status: int | None = Field(examples=[200])
    depth: int = Field(description="Links between the start page and this one.", examples=[1])
    title: str | None = Field(examples=["Getting started"])
    language: str | None = Field(description="ISO 639-1 code.", examples=["en"])
    characters: int | None = Field(description="Length of its text.", examples=[5120])
    excerpt: str | None = Field(
        description="How its text begins, as it would be stored.",
        examples=["# Getting started\n\nTo get started, first create a source."],
    )
    elapsed_ms: int = Field(description="Fetching and parsing, in milliseconds.", examples=[85])

    @classmethod
    def of(cls, page: CrawledPage) -> "PreviewPage":
        """The page as shown."""
        text = None
        if page.parsed is not None:
            text = "\n\n".join(block.text for block in page.parsed.blocks)
        return cls(
            url=page.url,
            taken=page.parsed is not None,
            reason=page.reason,
            http_status=page.http_status,
            depth=page.depth,
            title=page.parsed.title if page.parsed else None,
            language=page.parsed.language if page.parsed else None,
            characters=None if text is None else len(text),
            excerpt=None if text is None else text[:_EXCERPT],
            elapsed_ms=page.elapsed_ms,
        )


class PreviewError(BaseModel):
    """Why the site cannot be crawled."""

    code: str = Field(examples=["robots_forbidden"])
    message: str = Field(examples=["The site's robots.txt forbids https://docs.example.com/."])


class PreviewOut(BaseModel):
    """The first pages of a crawl. Nothing of it is stored."""

    pages: list[PreviewPage] = Field(description="In the order of their visits.")
    discovered: int = Field(
        description="Addresses found so far, those in `pages` included.", examples=[156]
    )
    complete: bool = Field(description="Whether these are all pages of the site.", examples=[False])
    error: PreviewError | None

    @classmethod
    def of(cls, preview: Preview) -> "PreviewOut":
        """The preview as shown."""
        error = preview.error
        return cls(
            pages=[PreviewPage.of(page) for page in preview.pages],
            discovered=preview.discovered,
            complete=preview.complete,
            error=PreviewError(code=error.reason, message=error.message) if error else None,
        )


class SyncStarted(BaseModel):
    """The job that crawls the source: one that was already under way, or a new one."""

    job_id: str = Field(examples=["job_ing_001"])
    status: Literal["processing"] = "processing"
    source_id: str = Field(examples=["src_abc123"])


class DocumentOut(BaseModel):
    """A document of a source: a web page, a file, or a text."""

    id: str = Field(examples=["doc_abc123"])
    source_id: str = Field(examples=["src_abc123"])
    title: str = Field(examples=["Getting Started Guide"])
    url: str | None = Field(examples=["https://docs.example.com/getting-started"])
    urls: list[str] = Field(
        description="All addresses at which crawls found this text.",
        examples=[["https://docs.example.com/getting-started"]],
    )
    media_type: str = Field(examples=["text/html"])
    language: str | None = Field(
        description="ISO 639-1 code, as the document or its text tells.", examples=["en"]
    )
    unit_count: int = Field(
        description="What it adds to the source's document_count.", examples=[1]
    )
    created_at: str = Field(examples=["2026-02-15T10:00:00Z"])
    updated_at: str = Field(
        description="When its content last changed.", examples=["2026-02-15T10:00:00Z"]
    )
    metadata: dict[str, str] = Field(
        description="What was said of it when it was sent.", examples=[{"product": "pro"}]
    )

    @classmethod
    def of(cls, document: Document, urls: list[str], metadata: dict[str, str]) -> "DocumentOut":
        """The document as shown; ``urls`` are those that crawls know."""
        return cls(**_fields(document, urls, metadata))


class ChunkOut(BaseModel):
    """A stretch of the document that is found as one: characters `start` to `end` of `text`."""

    ordinal: int = Field(description="From 0, in reading order.", examples=[0])
    start: int = Field(examples=[0])
    end: int = Field(examples=[640])
    heading_path: list[str] = Field(examples=[["Getting started", "Your first source"]])
    anchor: str | None = Field(
        description="Fragment that opens this place on a web page.", examples=["your-first-source"]
    )
    page: int | None = Field(description="Page of a PDF, from 1.", examples=[None])


class DocumentDetail(DocumentOut):
    """A document with its text as it was read, and the chunks that search works on."""

    text: str = Field(examples=["# Getting started\n\nTo get started, first create a source."])
    chunks: list[ChunkOut]

    @classmethod
    def with_text(
        cls,
        document: Document,
        urls: list[str],
        metadata: dict[str, str],
        text: str,
        chunks: list[Chunk],
    ) -> "DocumentDetail":
        """The document as shown, with what is in it."""
        shown = [
            ChunkOut(
                ordinal=chunk.ordinal,
                start=chunk.span.start,
                end=chunk.span.end,
                heading_path=list(chunk.heading_path),
                anchor=chunk.anchor,
                page=chunk.page,
            )
            for chunk in chunks
        ]
        return cls(text=text, chunks=shown, **_fields(document, urls, metadata))


class CitingQuestionOut(BaseModel):
    """A question whose answer cites the source."""

    question: str = Field(examples=["How do I get started?"])
    thread_id: str = Field(description="The conversation.", examples=["thr_xyz789"])
    message_id: str = Field(description="The answer.", examples=["msg_abc123"])
    asked_at: str = Field(examples=["2026-03-14T11:00:00Z"])


class CitingQuestions(BaseModel):
    """The newest questions whose answers cite the source."""

    data: list[CitingQuestionOut]

    @classmethod
    def of(cls, questions: list[CitingQuestion]) -> "CitingQuestions":
        """The wire form."""
        return cls(
            data=[
                CitingQuestionOut(
                    question=each.question,
                    thread_id=each.conversation_id,
                    message_id=each.message_id,
                    asked_at=rfc3339(each.asked_at),
                )
                for each in questions
            ]
        )


def _fields(document: Document, urls: list[str], metadata: dict[str, str]) -> dict[str, object]:
    return {
        "id": document.id,
        "source_id": document.source_id,
        "title": document.title,
        "url": document.url,
        "urls": urls or ([document.url] if document.url else []),
        "media_type": document.media_type,
        "language": document.language,
        "unit_count": document.unit_count,
        "created_at": rfc3339(document.created_at),
        "updated_at": rfc3339(document.updated_at),
        "metadata": metadata,
    }

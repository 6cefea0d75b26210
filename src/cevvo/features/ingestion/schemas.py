"""Ingestion on the wire."""

from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cevvo.domain.time import rfc3339, rfc3339_or_none
from cevvo.features.ingestion.pages import LedgerPage
from cevvo.features.ingestion.service import JobView
from cevvo.foundation.http.ids import Id
from cevvo.foundation.http.metadata import Metadata
from cevvo.foundation.jobs.job import Job

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
JobStatus = Literal["processing", "completed", "failed", "cancelled"]
Verdict = Literal[
    "added", "changed", "unchanged", "duplicate", "refused", "failed", "missing", "removed"
]


METADATA = (
    "What questions can be narrowed to, up to 20 texts by name; they take the place of those that "
    "the document has. Null keeps them."
)
_METADATA = Field(None, description=METADATA, examples=[{"product": "pro", "version": "2"}])


class IngestUrl(BaseModel):
    """One page or file to fetch; its links are not followed."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [{"url": "https://example.com/guide", "source_id": "src_abc123"}]
        },
    )

    url: Url = Field(description="The address to fetch; http or https.")
    source_id: Id | None = Field(
        None, description="A website or file source; without it the Uploads source."
    )
    metadata: Metadata | None = _METADATA


class IngestText(BaseModel):
    """A text to ingest."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "title": "Do you support SSO?",
                    "content": "Yes: SAML and OpenID Connect, on every plan.",
                    "source_id": "src_abc123",
                }
            ]
        },
    )

    title: Title = Field(
        description="The same title again in a source is a new version of the text."
    )
    content: str = Field(max_length=5_000_000, description="Markdown or plain text.")
    url: Url | None = Field(None, description="Where answers that cite this text should point to.")
    source_id: Id | None = Field(
        None, description="A text or file source; without it the Uploads source."
    )
    metadata: Metadata | None = _METADATA


class UploadAccepted(BaseModel):
    """The file is stored and will be indexed."""

    job_id: str = Field(examples=["job_ing_001"])
    status: Literal["processing"] = "processing"
    file_name: str = Field(examples=["document.pdf"])
    source_id: str = Field(examples=["src_abc123"])


class UrlAccepted(BaseModel):
    """The URL will be fetched and indexed."""

    job_id: str = Field(examples=["job_ing_002"])
    status: Literal["processing"] = "processing"
    url: str = Field(examples=["https://example.com/guide"])
    source_id: str = Field(examples=["src_abc123"])


class TextAccepted(BaseModel):
    """The text is stored and will be indexed."""

    job_id: str = Field(examples=["job_ing_003"])
    status: Literal["processing"] = "processing"
    title: str = Field(examples=["Do you support SSO?"])
    source_id: str = Field(examples=["src_abc123"])


class JobError(BaseModel):
    """Why a job failed, or its last attempt."""

    code: str = Field(examples=["unreachable"])
    message: str = Field(examples=["The start page answers HTTP 503."])


class JobPage(BaseModel):
    """What became of one page of a crawl."""

    url: str = Field(examples=["https://docs.example.com/getting-started"])
    depth: int = Field(description="Links between the start page and this one.", examples=[1])
    verdict: str = Field(
        description="added, changed, unchanged, duplicate (of `same_as`), refused, failed, missing "
        "(not found this time; its document is kept) or removed.",
        examples=["added"],
    )
    reason: str | None = Field(description="Why it was refused or failed.", examples=[None])
    same_as: str | None = Field(
        description="Of a duplicate: the page that has the same text.", examples=[None]
    )
    http_status: int | None = Field(examples=[200])
    characters: int | None = Field(
        description="Length of the text, where it is new.", examples=[5120]
    )
    bytes: int | None = Field(
        description="Length of the response, unpacked; null where none came or it said that "
        "nothing had changed.",
        examples=[20480],
    )
    content_hash: str | None = Field(
        description="Of title, text and the places in it that answers link to.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    elapsed_ms: int | None = Field(
        description="Fetching and parsing, in milliseconds.", examples=[85]
    )
    visited_at: str | None = Field(examples=["2026-03-14T10:00:07Z"])
    document_id: str | None = Field(examples=["doc_abc123"])

    @classmethod
    def of(cls, page: LedgerPage) -> "JobPage":
        """The page as shown."""
        return cls(**asdict(page) | {"visited_at": rfc3339_or_none(page.visited_at)})


class ReportReason(BaseModel):
    """Why pages were refused, or failed, and how many."""

    reason: str = Field(examples=["noindex"])
    count: int = Field(examples=[3])


class CrawlReport(BaseModel):
    """What a crawl came to: pages by verdict, what it cost, and why pages were not taken in."""

    added: int = Field(examples=[4])
    changed: int = Field(examples=[7])
    unchanged: int = Field(examples=[140])
    removed: int = Field(examples=[1])
    missing: int = Field(description="Not found this time; kept until the next.", examples=[2])
    duplicate: int = Field(examples=[5])
    refused: int = Field(examples=[3])
    failed: int = Field(examples=[0])
    requests: int = Field(description="Sent to the site.", examples=[154])
    bytes: int = Field(description="Received from it, unpacked.", examples=[1843200])
    passages_embedded: int = Field(description="Read by the embedding model.", examples=[61])
    passages_reused: int = Field(description="Known from before.", examples=[1204])
    reasons: list[ReportReason] = Field(description="The most frequent first.")


class JobOut(BaseModel):
    """An ingestion job."""

    job_id: str = Field(examples=["job_ing_001"])
    kind: str = Field(description="upload, url, text or crawl.", examples=["upload"])
    status: JobStatus = Field(description="`processing` until it ends.", examples=["completed"])
    queued: bool = Field(
        description="Waits for its turn, for the first time or again.", examples=[False]
    )
    source_id: str | None = Field(
        description="Null once the source was deleted.", examples=["src_abc123"]
    )
    name: str | None = Field(
        description="What is taken in: the file's name, the text's title or the page's address. "
        "Null of a crawl, and once the source was deleted.",
        examples=["handbook.pdf"],
    )
    documents_processed: int = Field(
        description="Units done: web pages, PDF pages, sections.", examples=[24]
    )
    documents_total: int | None = Field(
        description="Units known so far; null before that.", examples=[24]
    )
    progress: float = Field(description="0..1 of the work.", examples=[1.0])
    seconds_left: int | None = Field(
        description="Estimate, from the progress since it was begun or since it turned out to be "
        "more work than was known; null until that can be told.",
        examples=[None],
    )
    attempts: int = Field(
        description="Times it was begun since it last got any further.", examples=[1]
    )
    max_attempts: int = Field(
        description="It fails after so many of them without getting further.", examples=[3]
    )
    next_attempt_at: str | None = Field(
        description="When it is tried again; null unless it failed and waits for that.",
        examples=[None],
    )
    created_at: str = Field(examples=["2026-03-14T09:59:58Z"])
    started_at: str | None = Field(examples=["2026-03-14T10:00:00Z"])
    completed_at: str | None = Field(
        description="When it ended, however it did.", examples=["2026-03-14T10:02:15Z"]
    )
    warnings: list[str] = Field(description="What was left out or looked wrong.", examples=[[]])
    error: JobError | None = Field(
        description="Why it failed or, until it is completed, why its last attempt failed."
    )
    report: CrawlReport | None = Field(description="Of a crawl that has ended.")
    pages: list[JobPage] = Field(
        description="Of a crawl: at most 200 visited pages, refused and failed ones first, then in "
        "order of discovery. GET /ingest/jobs/{id}/pages has them all; a list of jobs has none."
    )

    @classmethod
    def of(cls, view: JobView) -> "JobOut":
        """The job as shown."""
        job = view.job
        waits = job.status == "queued"
        return cls(
            job_id=job.id,
            kind=job.kind,
            status="processing" if job.status == "queued" else job.status,
            queued=waits,
            source_id=job.source_id,
            name=job.payload.get("key") or job.payload.get("url"),
            documents_processed=job.documents_processed,
            documents_total=job.documents_total,
            progress=job.progress,
            seconds_left=view.seconds_left,
            attempts=job.attempts,
            max_attempts=job.max_attempts,
            next_attempt_at=rfc3339_or_none(job.next_attempt_at),
            created_at=rfc3339(job.created_at),
            started_at=rfc3339_or_none(job.started_at),
            completed_at=rfc3339_or_none(job.completed_at),
            warnings=list(job.warnings),
            error=_error(job),
            report=None if job.report is None else CrawlReport.model_validate(job.report),
            pages=[JobPage.of(page) for page in view.pages],
        )


class JobsEvent(BaseModel):
    """An event of the stream of jobs: the unfinished ones first, later those that changed."""

    type: Literal["jobs"] = "jobs"
    jobs: list[JobOut]


def _error(job: Job) -> JobError | None:
    if job.status == "cancelled" or (job.status != "failed" and job.error_code is None):
        return None
    return JobError(code=job.error_code or "internal", message=job.error_message or "")

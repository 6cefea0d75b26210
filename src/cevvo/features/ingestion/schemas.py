"""Ingestion on the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cevvo.domain.time import Millis, rfc3339
from cevvo.features.ingestion.ledger import LedgerPage
from cevvo.foundation.http.ids import Id
from cevvo.foundation.jobs.queue import Job

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
JobStatus = Literal["processing", "completed", "failed", "cancelled"]


def _shown(at: Millis | None) -> str | None:
    return None if at is None else rfc3339(at)


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
    """Why a job failed."""

    code: str = Field(examples=["unreachable"])
    message: str = Field(examples=["The start page answers HTTP 503."])


class JobPage(BaseModel):
    """What became of one page of a crawl."""

    url: str = Field(examples=["https://docs.example.com/getting-started"])
    depth: int = Field(description="Links between the start page and this one.", examples=[1])
    verdict: str = Field(
        description="added, changed, unchanged, refused or failed.", examples=["added"]
    )
    reason: str | None = Field(description="Why it was refused or failed.", examples=[None])
    http_status: int | None = Field(examples=[200])
    characters: int | None = Field(
        description="Length of the text, where it is new.", examples=[5120]
    )
    elapsed_ms: int | None = Field(
        description="Fetching and parsing, in milliseconds.", examples=[85]
    )
    document_id: str | None = Field(examples=["doc_abc123"])


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
    documents_processed: int = Field(
        description="Units done: web pages, PDF pages, sections.", examples=[24]
    )
    documents_total: int | None = Field(
        description="Units known so far; null before that.", examples=[24]
    )
    progress: float = Field(description="0..1 of the work.", examples=[1.0])
    created_at: str = Field(examples=["2026-03-14T09:59:58Z"])
    started_at: str | None = Field(examples=["2026-03-14T10:00:00Z"])
    completed_at: str | None = Field(
        description="When it ended, however it did.", examples=["2026-03-14T10:02:15Z"]
    )
    warnings: list[str] = Field(description="What was left out or looked wrong.", examples=[[]])
    error: JobError | None
    pages: list[JobPage] = Field(
        description="Of a crawl: at most 200 visited pages, refused and failed ones first, then in "
        "order of discovery. Kept until the source's next crawl has ended."
    )

    @classmethod
    def of(cls, job: Job, pages: list[LedgerPage]) -> "JobOut":
        """The job as shown."""
        waits = job.status == "queued"
        error = None
        if job.status == "failed":
            error = JobError(code=job.error_code or "internal", message=job.error_message or "")
        return cls(
            job_id=job.id,
            kind=job.kind,
            status="processing" if job.status == "queued" else job.status,
            queued=waits,
            source_id=job.source_id,
            documents_processed=job.documents_processed,
            documents_total=job.documents_total,
            progress=job.progress,
            created_at=rfc3339(job.created_at),
            started_at=_shown(job.started_at),
            completed_at=_shown(job.completed_at),
            warnings=list(job.warnings),
            error=error,
            pages=[
                JobPage(
                    url=page.url,
                    depth=page.depth,
                    verdict=page.verdict,
                    reason=page.reason,
                    http_status=page.http_status,
                    characters=page.characters,
                    elapsed_ms=page.elapsed_ms,
                    document_id=page.document_id,
                )
                for page in pages
            ],
        )

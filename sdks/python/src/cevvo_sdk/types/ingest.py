"""Jobs that take documents in."""

from typing import Literal

from cevvo_sdk.types.model import Model
from cevvo_sdk.types.sources import ErrorDetail

JobStatus = Literal["processing", "completed", "failed", "cancelled"]
JobKind = Literal["upload", "url", "text", "crawl"]
Verdict = Literal[
    "added", "changed", "unchanged", "duplicate", "refused", "failed", "missing", "removed"
]


class JobAccepted(Model):
    """Where to follow the work. What was sent is named: a file, an address or a title."""

    job_id: str
    status: Literal["processing"]
    source_id: str
    file_name: str | None
    url: str | None
    title: str | None


class JobPage(Model):
    """What became of one page of a crawl.

    ``depth``: links between the start page and this one. ``reason``: why it was not taken in.
    ``same_as``: of a duplicate, the page that has the same text. ``missing``: not found this
    time, its document is kept until the next. ``bytes``: length of the response, unpacked.
    """

    url: str
    depth: int
    verdict: Verdict
    reason: str | None
    same_as: str | None
    http_status: int | None
    characters: int | None
    bytes: int | None
    content_hash: str | None
    elapsed_ms: int | None
    visited_at: str | None
    document_id: str | None


class ReportReason(Model):
    """How many pages were not taken in for a reason."""

    reason: str
    count: int


class CrawlReport(Model):
    """What a crawl came to: pages by verdict, what it cost, why pages were not taken in."""

    added: int
    changed: int
    unchanged: int
    removed: int
    missing: int
    duplicate: int
    refused: int
    failed: int
    requests: int
    bytes: int
    passages_embedded: int
    passages_reused: int
    reasons: list[ReportReason]


class Job(Model):
    """A piece of background work.

    ``queued``: waits for its turn, for the first time or again. ``name``: of the file, the text's
    title or the page's address; None of a crawl. ``progress``: 0..1.
    ``seconds_left``: an estimate. ``attempts``: times it was begun since it last got any further;
    it fails after ``max_attempts``. ``error``: why it failed or, until it is completed, why its
    last attempt failed. ``pages``: of a crawl, at most 200, the ones not taken in first; in a list
    of jobs none.
    """

    job_id: str
    kind: JobKind
    status: JobStatus
    queued: bool
    source_id: str | None
    name: str | None
    documents_processed: int
    documents_total: int | None
    progress: float
    seconds_left: int | None
    attempts: int
    max_attempts: int
    next_attempt_at: str | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    warnings: list[str]
    error: ErrorDetail | None
    report: CrawlReport | None
    pages: list[JobPage]


class JobsEvent(Model):
    """The unfinished jobs, in the first event of a stream; later those that changed."""

    type: Literal["jobs"]
    jobs: list[Job]

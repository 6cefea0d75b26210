"""``/ingest``: files, single URLs and texts in; the jobs that take them in."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile
from starlette.responses import Response, StreamingResponse

from cevvo.domain.access import Principal
from cevvo.domain.file_names import name_in_form
from cevvo.errors import InvalidRequest
from cevvo.features.ingestion.feed import JobFeed
from cevvo.features.ingestion.schemas import (
    METADATA,
    IngestText,
    IngestUrl,
    JobOut,
    JobPage,
    JobsEvent,
    JobStatus,
    TextAccepted,
    UploadAccepted,
    UrlAccepted,
    Verdict,
)
from cevvo.features.ingestion.service import IngestionService, JobKind, JobView
from cevvo.foundation.access.guard import require
from cevvo.foundation.http.metadata import metadata_of_form
from cevvo.foundation.http.pages import Page, PageQuery, page_of
from cevvo.foundation.http.sse import DONE, event, stream_response

router = APIRouter(prefix="/ingest", tags=["Ingestion"])


async def _service(request: Request) -> IngestionService:
    return cast(IngestionService, request.app.state.ingestion)


async def _feed(request: Request) -> JobFeed:
    return cast(JobFeed, request.app.state.job_feed)


Ingestion = Annotated[IngestionService, Depends(_service)]
Feed = Annotated[JobFeed, Depends(_feed)]
Writer = Annotated[Principal, Depends(require("ingest"))]
JobId = Annotated[str, Path(description="The ingestion job ID.", examples=["job_ing_001"])]

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`jobs` events; the first comes at once, even when no job is unfinished. A "
        'failure after that is `{"type": "error", "error": {…}}` and then `[DONE]`.',
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'data: {"type": "jobs", "jobs": []}\n\n'
                'data: {"type": "jobs", "jobs": [{"job_id": "job_ing_001", …}]}\n\n',
            }
        },
    }
}


async def _one_of_each(request: Request) -> None:
    """Raises InvalidRequest for a form with two files: none of them is dropped unseen."""
    form = await request.form()  # as it was read within the limits of the route
    for name, right in (
        ("file", "one file"),
        ("source_id", "one source"),
        ("metadata", "one JSON object"),
    ):
        given = len(form.getlist(name))
        if given > 1:
            raise InvalidRequest(
                f"`{name}` came {given} times: send {right} per request.", param=name
            )


@router.post(
    "/upload",
    dependencies=[Depends(_one_of_each)],
    # What it may hold in memory: the first megabyte of each file, and all of its fields. Metadata
    # has up to 20 x (64 + 256) characters, of which JSON makes up to 12 bytes each.
    form_limits={"max_files": 2, "max_fields": 8, "max_part_size": 128 * 1024},
    status_code=202,
    summary="Upload a file",
)
async def upload_file(
    principal: Writer,
    service: Ingestion,
    file: Annotated[UploadFile, File(description="PDF, DOCX, TXT, MD or HTML.")],
    source_id: Annotated[
        str | None, Form(description="A file source; without it the Uploads source.")
    ] = None,
    metadata: Annotated[
        str | None,
        Form(description=f"A JSON object. {METADATA}", examples=['{"product": "pro"}']),
    ] = None,
) -> UploadAccepted:
    """Store a document and index it in the background. The same name again is a new version."""
    said = metadata_of_form(metadata)
    content = await file.read(service.max_upload_bytes + 1)
    name = name_in_form(file.filename)
    accepted = await service.upload(
        principal.workspace, content, name, source_id or None, metadata=said
    )
    return UploadAccepted(
        job_id=accepted.job_id, file_name=accepted.name, source_id=accepted.source_id
    )


@router.post("/url", status_code=202, summary="Ingest one URL")
async def ingest_url(principal: Writer, service: Ingestion, body: IngestUrl) -> UrlAccepted:
    """Fetch exactly one page or file and index it in the background."""
    accepted = await service.url(
        principal.workspace, body.url, body.source_id, metadata=body.metadata
    )
    return UrlAccepted(job_id=accepted.job_id, url=accepted.name, source_id=accepted.source_id)


@router.post("/text", status_code=202, summary="Ingest a text")
async def ingest_text(principal: Writer, service: Ingestion, body: IngestText) -> TextAccepted:
    """Store a text and index it in the background. The same title again is a new version."""
    accepted = await service.text(
        principal.workspace,
        title=body.title,
        content=body.content,
        url=body.url,
        source_id=body.source_id,
        metadata=body.metadata,
    )
    return TextAccepted(job_id=accepted.job_id, title=accepted.name, source_id=accepted.source_id)


@router.get("/status/{job_id}", summary="Get a job's status")
async def get_status(principal: Writer, service: Ingestion, job_id: JobId) -> JobOut:
    """Check the status of an ingestion job."""
    return JobOut.of(await service.status(principal.workspace, job_id))


@router.get("/jobs", summary="List jobs")
async def list_jobs(
    principal: Writer,
    service: Ingestion,
    page: PageQuery,
    status: Annotated[JobStatus | None, Query(description="Only jobs of this status.")] = None,
    source_id: Annotated[str | None, Query(description="Only jobs of this source.")] = None,
    kind: Annotated[JobKind | None, Query(description="Only jobs of this kind.")] = None,
) -> Page[JobOut]:
    """List ingestion jobs, newest first, without the pages of crawls. Old ones are dropped."""
    found, total = await service.list_jobs(
        principal.workspace,
        status=status,
        source_id=source_id,
        kind=kind,
        offset=page.offset,
        limit=page.per_page,
    )
    return page_of([JobOut.of(view) for view in found], total, page)


@router.get(
    "/jobs/stream",
    summary="Stream jobs as they change",
    responses=_STREAM,
    response_class=StreamingResponse,  # for the description only: no JSON is answered
)
async def stream_jobs(principal: Writer, feed: Feed, request: Request) -> Response:
    """Receive the unfinished jobs and then, as Server-Sent Events, each that changes: it begins,
    gets further, waits to be tried again, ends. At most two events a second, of the 100 jobs that
    run or are next. The stream goes on until you leave or the server stops: then call again.
    """
    return stream_response(_encoded(feed.follow(principal.workspace), principal, request))


async def _encoded(
    followed: AsyncGenerator[list[JobView]], principal: Principal, request: Request
) -> AsyncGenerator[bytes]:
    async with aclosing(followed):
        async for jobs in followed:
            if principal.session and await request.state.still_allowed() != principal:
                break  # their role changed: what they may do now, the next request will tell
            yield event(JobsEvent(jobs=[JobOut.of(job) for job in jobs]).model_dump())
    yield DONE


@router.get("/jobs/{job_id}/pages", summary="List the pages of a crawl")
async def list_pages(
    principal: Writer,
    service: Ingestion,
    job_id: JobId,
    page: PageQuery,
    verdict: Annotated[Verdict | None, Query(description="Only pages with this verdict.")] = None,
) -> Page[JobPage]:
    """List what became of each page that a crawl visited, in order of discovery."""
    found, total = await service.list_pages(
        principal.workspace, job_id, verdict=verdict, offset=page.offset, limit=page.per_page
    )
    return page_of([JobPage.of(each) for each in found], total, page)


@router.post("/jobs/{job_id}/cancel", summary="Cancel a job")
async def cancel_job(principal: Writer, service: Ingestion, job_id: JobId) -> JobOut:
    """Stop a job at once, or keep it from starting. What it has taken in stays."""
    return JobOut.of(await service.cancel(principal.workspace, job_id))

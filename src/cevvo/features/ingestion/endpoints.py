"""``/ingest``: files, single URLs and texts in; how their jobs are doing."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, File, Form, Path, Request, UploadFile

from cevvo.domain.access import Principal
from cevvo.features.ingestion.schemas import (
    IngestText,
    IngestUrl,
    JobOut,
    TextAccepted,
    UploadAccepted,
    UrlAccepted,
)
from cevvo.features.ingestion.service import IngestionService
from cevvo.foundation.access.guard import require

router = APIRouter(prefix="/ingest", tags=["Ingestion"])


def _service(request: Request) -> IngestionService:
    return cast(IngestionService, request.app.state.ingestion)


Ingestion = Annotated[IngestionService, Depends(_service)]
Writer = Annotated[Principal, Depends(require("ingest"))]


@router.post("/upload", status_code=202, summary="Upload a file")
async def upload_file(
    principal: Writer,
    service: Ingestion,
    file: Annotated[UploadFile, File(description="PDF, DOCX, TXT, MD or HTML.")],
    source_id: Annotated[
        str | None, Form(description="A file source; without it the Uploads source.")
    ] = None,
) -> UploadAccepted:
    """Store a document and index it in the background. The same name again is a new version."""
    content = await file.read(service.max_upload_bytes + 1)
    accepted = await service.upload(principal.workspace, content, file.filename, source_id or None)
    return UploadAccepted(
        job_id=accepted.job_id, file_name=accepted.name, source_id=accepted.source_id
    )


@router.post("/url", status_code=202, summary="Ingest one URL")
async def ingest_url(principal: Writer, service: Ingestion, body: IngestUrl) -> UrlAccepted:
    """Fetch exactly one page or file and index it in the background."""
    accepted = await service.url(principal.workspace, body.url, body.source_id)
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
    )
    return TextAccepted(job_id=accepted.job_id, title=accepted.name, source_id=accepted.source_id)


@router.get("/status/{job_id}", summary="Get a job's status")
async def get_status(
    principal: Writer,
    service: Ingestion,
    job_id: Annotated[str, Path(description="The ingestion job ID.", examples=["job_ing_001"])],
) -> JobOut:
    """Check the status of an ingestion job."""
    return JobOut.of(*await service.status(principal.workspace, job_id))

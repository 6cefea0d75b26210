"""``/sources`` and ``/documents``: knowledge base sources and what is in them."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import FileResponse

from cevvo.domain.access import Actor, Principal
from cevvo.domain.documents import SourceType
from cevvo.features.sources.preview import PreviewService
from cevvo.features.sources.schemas import (
    CitingQuestions,
    DocumentDetail,
    DocumentOut,
    PreviewOut,
    PreviewRequest,
    SourceCreate,
    SourceOut,
    SourceUpdate,
    SyncStarted,
)
from cevvo.features.sources.service import SourcesService
from cevvo.foundation.access.guard import acting, require
from cevvo.foundation.http.attachments import ATTACHMENT, attachment_headers
from cevvo.foundation.http.deleted import Deleted
from cevvo.foundation.http.numbers import Between
from cevvo.foundation.http.pages import Page, PageQuery, page_of

router = APIRouter(tags=["Sources"])


async def _service(request: Request) -> SourcesService:
    return cast(SourcesService, request.app.state.sources)


async def _previews(request: Request) -> PreviewService:
    return cast(PreviewService, request.app.state.previews)


Previews = Annotated[PreviewService, Depends(_previews)]
Sources = Annotated[SourcesService, Depends(_service)]
Reader = Annotated[Principal, Depends(require("read"))]
Writer = Annotated[Principal, Depends(require("ingest"))]
By = Annotated[Actor, Depends(acting)]
SourceId = Annotated[str, Path(description="The source ID.", examples=["src_abc123"])]
DocumentId = Annotated[str, Path(description="The document ID.", examples=["doc_abc123"])]
Limit = Annotated[int, Between(1, 50), Query(description="At most so many questions.")]
TypeFilter = Annotated[SourceType | None, Query(description="Only sources of this type.")]


@router.get("/sources", summary="List sources")
async def list_sources(
    principal: Reader,
    service: Sources,
    page: PageQuery,
    type: TypeFilter = None,
) -> Page[SourceOut]:
    """List all knowledge base sources, newest first."""
    found, total = await service.list_sources(
        principal.workspace, type=type, offset=page.offset, limit=page.per_page
    )
    return page_of([SourceOut.of(source) for source in found], total, page)


@router.post("/sources", status_code=201, summary="Create a source")
async def create_source(principal: Writer, service: Sources, body: SourceCreate) -> SourceOut:
    """Create a knowledge base source. A website starts to be crawled at once."""
    source = await service.create(
        principal.workspace,
        name=body.name,
        type=body.type,
        url=body.url,
        auto_sync=body.auto_sync,
        sync_interval_hours=body.sync_interval_hours,
        crawl=None if body.crawl is None else body.crawl.model_dump(exclude_none=True),
        content=body.content,
    )
    return SourceOut.of(source)


@router.post("/sources/preview", summary="Preview a crawl")
async def preview_crawl(principal: Writer, service: Previews, body: PreviewRequest) -> PreviewOut:
    """Show what a crawl would take of a website, and why not the rest. Nothing is stored."""
    options = {} if body.crawl is None else body.crawl.model_dump(exclude_none=True)
    return PreviewOut.of(await service.preview(body.url, options, body.max_pages))


@router.get("/sources/{source_id}", summary="Get a source")
async def get_source(principal: Reader, service: Sources, source_id: SourceId) -> SourceOut:
    """Get one source with its status."""
    return SourceOut.of(await service.get(principal.workspace, source_id))


@router.put("/sources/{source_id}", summary="Update a source")
async def update_source(
    principal: Writer, service: Sources, source_id: SourceId, body: SourceUpdate
) -> SourceOut:
    """Update an existing source. What is left out stays as it is."""
    changes = body.model_dump(exclude_none=True, exclude={"type", "url"})
    source = await service.update(
        principal.workspace, source_id, changes, type=body.type, url=body.url
    )
    return SourceOut.of(source)


@router.delete("/sources/{source_id}", summary="Delete a source")
async def delete_source(
    principal: Writer, by: By, service: Sources, source_id: SourceId
) -> Deleted:
    """Delete a source and all its documents. Jobs that work on it are cancelled."""
    await service.delete(principal.workspace, source_id, by=by)
    return Deleted()


@router.post("/sources/{source_id}/sync", summary="Sync a website")
async def sync_source(principal: Writer, service: Sources, source_id: SourceId) -> SyncStarted:
    """Crawl a website again. While a crawl of it is under way, that one is returned."""
    job_id = await service.sync(principal.workspace, source_id)
    return SyncStarted(job_id=job_id, source_id=source_id)


@router.get("/sources/{source_id}/questions", summary="List the questions that cite a source")
async def list_citing_questions(
    principal: Reader, service: Sources, source_id: SourceId, limit: Limit = 10
) -> CitingQuestions:
    """The newest questions whose answers cite the source, out of the last 1000 answers."""
    return CitingQuestions.of(await service.questions(principal.workspace, source_id, limit))


@router.get("/documents/{document_id}", summary="Find a document")
async def find_document(
    principal: Reader, service: Sources, document_id: DocumentId
) -> DocumentDetail:
    """Get a document, of whichever source: citations name no more than its id."""
    found = await service.document(principal.workspace, None, document_id)
    return DocumentDetail.with_text(*found)


@router.get("/sources/{source_id}/documents", summary="List a source's documents")
async def list_documents(
    principal: Reader,
    service: Sources,
    source_id: SourceId,
    page: PageQuery,
) -> Page[DocumentOut]:
    """List the documents of a source, newest first, without their text."""
    found, total = await service.list_documents(
        principal.workspace, source_id, offset=page.offset, limit=page.per_page
    )
    return page_of([DocumentOut.of(*each) for each in found], total, page)


@router.get("/sources/{source_id}/documents/{document_id}", summary="Get a document")
async def get_document(
    principal: Reader, service: Sources, source_id: SourceId, document_id: DocumentId
) -> DocumentDetail:
    """Get a document with its text as it was read and its chunks."""
    found = await service.document(principal.workspace, source_id, document_id)
    return DocumentDetail.with_text(*found)


@router.get(
    "/sources/{source_id}/documents/{document_id}/original",
    summary="Download a document's original",
    response_class=FileResponse,
    responses={200: ATTACHMENT},
)
async def get_original(
    principal: Reader, service: Sources, source_id: SourceId, document_id: DocumentId
) -> FileResponse:
    """Download the file or text that a document was made from, byte for byte."""
    document, path = await service.original(principal.workspace, source_id, document_id)
    return FileResponse(path, headers=attachment_headers(document.key, document.media_type))


@router.delete("/sources/{source_id}/documents/{document_id}", summary="Delete a document")
async def delete_document(
    principal: Writer, by: By, service: Sources, source_id: SourceId, document_id: DocumentId
) -> Deleted:
    """Delete one document. A page of a website comes back with the next crawl."""
    await service.delete_document(principal.workspace, source_id, document_id, by=by)
    return Deleted()

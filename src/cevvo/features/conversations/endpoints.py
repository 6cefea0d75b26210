"""``/conversations``: the threads that were held, and their deletion."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse

from cevvo.domain.access import Actor, Principal
from cevvo.domain.periods import PeriodName
from cevvo.features.conversations.filters import ConversationFilter, Resolution
from cevvo.features.conversations.schemas import (
    ConversationDetail,
    ConversationsMeta,
    ConversationSummary,
    ConversationSummaryPage,
    DeletedConversations,
    ExportedConversation,
)
from cevvo.features.conversations.service import ConversationsService
from cevvo.foundation.access.guard import OfVisitor, acting, require
from cevvo.foundation.http.attachments import attachment_headers
from cevvo.foundation.http.deleted import Deleted
from cevvo.foundation.http.pages import PageQuery
from cevvo.foundation.http.times import Time, millis

router = APIRouter(prefix="/conversations", tags=["Conversations"])


async def _service(request: Request) -> ConversationsService:
    return cast(ConversationsService, request.app.state.conversations)


Service = Annotated[ConversationsService, Depends(_service)]
Reader = Annotated[Principal, Depends(require("read", visitors=True))]
ConversationId = Annotated[
    str, Path(description="The conversation thread's id.", examples=["thr_xyz789"])
]


async def _filter(
    since: Annotated[
        Time | None, Query(description="Something was asked from this time on (RFC 3339).")
    ] = None,
    until: Annotated[
        Time | None, Query(description="Something was asked before this time (RFC 3339).")
    ] = None,
    resolution: Annotated[
        Resolution | None,
        Query(description="How the last question ended: `confirmed` is part of `resolved`."),
    ] = None,
    question: Annotated[
        str | None,
        Query(max_length=64, description="Asked this: the `id` of a top question or gap."),
    ] = None,
    rating: Annotated[
        Literal["positive", "negative"] | None, Query(description="An answer was rated so.")
    ] = None,
    model: Annotated[
        str | None, Query(max_length=200, description="This model gave an answer.")
    ] = None,
    answered: Annotated[
        bool | None, Query(description="A question was answered, or was not.")
    ] = None,
    gap: Annotated[
        bool | None,
        Query(description="A question counts in a coverage gap, as asked in vain, or does not."),
    ] = None,
    low_confidence: Annotated[
        bool | None, Query(description="An answer's confidence was below 0.5, or was not.")
    ] = None,
    escalated: Annotated[bool | None, Query(description="A person was asked for.")] = None,
    q: Annotated[
        str | None,
        Query(min_length=1, max_length=200, description="Words of a message, as they stand there."),
    ] = None,
    test: Annotated[
        bool | None,
        Query(description="Only conversations that are a test (`true`) or that are none."),
    ] = None,
) -> ConversationFilter:
    return ConversationFilter(
        since=None if since is None else millis(since),
        until=None if until is None else millis(until),
        resolution=resolution,
        question=question,
        rating=rating,
        model=model,
        answered=answered,
        gap=gap,
        low_confidence=low_confidence,
        escalated=escalated,
        # As Postgres keeps it. For SQLite the words would end there.
        words=None if q is None else q.replace("\0", "\ufffd"),
        test=test,
    )


Filter = Annotated[ConversationFilter, Depends(_filter)]
PeriodParam = Annotated[
    PeriodName | None,
    Query(description="A rolling window that ends now, in place of `since` and `until`."),
]


@router.get("", summary="List conversations")
async def list_conversations(
    service: Service,
    principal: Reader,
    visitor: OfVisitor,
    params: PageQuery,
    wanted: Filter,
    period: PeriodParam = None,
) -> ConversationSummaryPage:
    """List all conversations, the one with the latest message first.

    All that is said of an answer (`question`, `rating`, `model` …) has to hold for one and the
    same answer.
    """
    found = await service.page(
        principal.workspace,
        wanted,
        period=period,
        visitor=visitor,
        offset=params.offset,
        limit=params.per_page,
    )
    meta = ConversationsMeta(
        page=params.page,
        per_page=params.per_page,
        total=found.total,
        searched=found.searched,
    )
    summaries = [ConversationSummary.of(each) for each in found.conversations]
    return ConversationSummaryPage(data=summaries, meta=meta)


@router.get(
    "/export",
    summary="Export conversations",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
)
async def export_conversations(
    service: Service,
    principal: Annotated[Principal, Depends(require("read"))],
    by: Annotated[Actor, Depends(acting)],
    wanted: Filter,
    period: PeriodParam = None,
) -> StreamingResponse:
    """All of them with their messages, one JSON object a line (JSON Lines); filters as in the list.

    The audit log keeps that it was done.
    """
    found = await service.export(principal.workspace, wanted, period=period, by=by)

    async def lines() -> AsyncIterator[bytes]:
        async for conversation, messages in found:
            exported = ExportedConversation.of_all(conversation, messages)
            yield exported.model_dump_json().encode() + b"\n"

    headers = attachment_headers("conversations.jsonl", "application/x-ndjson")
    return StreamingResponse(lines(), headers=headers)


@router.get("/{conversation_id}", summary="Get a conversation")
async def get_conversation(
    service: Service,
    principal: Reader,
    visitor: OfVisitor,
    conversation_id: ConversationId,
) -> ConversationDetail:
    """Get a conversation with all its messages, oldest first."""
    conversation, messages = await service.get(
        principal.workspace, conversation_id, visitor=visitor
    )
    return ConversationDetail.with_messages(conversation, messages)


@router.delete("", summary="Delete a user's conversations")
async def delete_conversations(
    service: Service,
    principal: Annotated[Principal, Depends(require("admin"))],
    by: Annotated[Actor, Depends(acting)],
    user_id: Annotated[
        str, Query(min_length=1, max_length=200, description="Your own id of the person.")
    ],
) -> DeletedConversations:
    """Delete every conversation of a user, and every word of them."""
    count = await service.delete_of_user(principal.workspace, user_id, by=by)
    return DeletedConversations(count=count)


@router.delete("/{conversation_id}", summary="Delete a conversation")
async def delete_conversation(
    service: Service,
    principal: Annotated[Principal, Depends(require("admin"))],
    by: Annotated[Actor, Depends(acting)],
    conversation_id: ConversationId,
) -> Deleted:
    """Delete a conversation and every word of it.

    Analytics keep counters that no longer point to anyone.
    """
    await service.delete(principal.workspace, conversation_id, by=by)
    return Deleted()

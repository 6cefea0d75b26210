"""``/conversations``: the threads that were held, and their deletion."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request

from cevvo.domain.access import Actor, Principal, Visitor
from cevvo.features.conversations.schemas import (
    ConversationDetail,
    ConversationSummary,
    DeletedConversations,
)
from cevvo.features.conversations.service import ConversationsService
from cevvo.foundation.access.guard import acting, require, visitor_of
from cevvo.foundation.http.deleted import Deleted
from cevvo.foundation.http.pages import Page, PageParams, page_of

router = APIRouter(prefix="/conversations", tags=["Conversations"])


def _service(request: Request) -> ConversationsService:
    return cast(ConversationsService, request.app.state.conversations)


Service = Annotated[ConversationsService, Depends(_service)]
Reader = Annotated[Principal, Depends(require("read", visitors=True))]
OfVisitor = Annotated[Visitor | None, Depends(visitor_of)]
ConversationId = Annotated[
    str, Path(description="The conversation thread's id.", examples=["thr_xyz789"])
]


@router.get("", summary="List conversations")
async def list_conversations(
    service: Service,
    principal: Reader,
    visitor: OfVisitor,
    params: Annotated[PageParams, Depends()],
    test: Annotated[
        bool | None,
        Query(description="Only conversations that are a test (`true`) or that are none."),
    ] = None,
) -> Page[ConversationSummary]:
    """List all conversations, the one with the latest message first."""
    found, total = await service.page(
        principal.workspace,
        visitor=visitor,
        offset=params.offset,
        limit=params.per_page,
        test=test,
    )
    return page_of([ConversationSummary.of(each) for each in found], total, params)


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

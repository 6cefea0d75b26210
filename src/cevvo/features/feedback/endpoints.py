"""``/feedback`` and ``/conversations/{id}/escalate``: whether an answer helped."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request, Response

from cevvo.domain.access import Principal
from cevvo.features.conversations.schemas import EscalationObject
from cevvo.features.feedback.schemas import (
    EscalationRequest,
    FeedbackObject,
    FeedbackRequest,
    escalated,
)
from cevvo.features.feedback.service import FeedbackService
from cevvo.foundation.access.guard import OfVisitor, require

router = APIRouter(tags=["Feedback"])


async def _service(request: Request) -> FeedbackService:
    return cast(FeedbackService, request.app.state.feedback)


Service = Annotated[FeedbackService, Depends(_service)]
Caller = Annotated[Principal, Depends(require("chat"))]
ThreadId = Annotated[str, Path(description="The conversation.", examples=["thr_xyz789"])]


@router.post("/feedback", summary="Rate an answer")
async def rate(
    request: Request,
    body: FeedbackRequest,
    principal: Caller,
    visitor: OfVisitor,
    service: Service,
    response: Response,
) -> FeedbackObject:
    """Rate an answer. Rating it again replaces the rating and the comment."""
    thread_id = await service.rate(
        principal.workspace, body.message_id, body.rating, body.comment, visitor=visitor
    )
    request.state.thread_id = response.headers["X-Thread-Id"] = thread_id
    return FeedbackObject(message_id=body.message_id, rating=body.rating, comment=body.comment)


@router.post("/conversations/{conversation_id}/escalate", summary="Ask for a person")
async def escalate(
    request: Request,
    conversation_id: ThreadId,
    body: EscalationRequest,
    principal: Caller,
    visitor: OfVisitor,
    service: Service,
    response: Response,
) -> EscalationObject:
    """Note that this conversation needs a person. It then counts as not resolved."""
    escalation = await service.escalate(
        principal.workspace, conversation_id, body.reason, visitor=visitor
    )
    # An id that exists fits in a header.
    request.state.thread_id = response.headers["X-Thread-Id"] = escalation.thread_id
    return escalated(escalation)

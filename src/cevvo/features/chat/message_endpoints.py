"""``/messages``: why a reply is what it is, and what it would be now."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request

from cevvo.domain.access import Principal
from cevvo.features.chat.message_schemas import MessageReplay, MessageTrace
from cevvo.features.chat.replaying import MessagesService
from cevvo.foundation.access.guard import require

router = APIRouter(prefix="/messages", tags=["Messages"])


async def _service(request: Request) -> MessagesService:
    return cast(MessagesService, request.app.state.messages)


Service = Annotated[MessagesService, Depends(_service)]
Caller = Annotated[Principal, Depends(require("read"))]
MessageId = Annotated[str, Path(description="The reply's id.", examples=["msg_abc123"])]


@router.get("/{message_id}/trace", summary="Why this answer")
async def get_trace(service: Service, principal: Caller, message_id: MessageId) -> MessageTrace:
    """What was searched for, what was found and how it was ranked, what decided, how long each
    step took."""
    return MessageTrace.of(await service.trace(principal.workspace, message_id))


@router.post("/{message_id}/replay", summary="Ask again and compare")
async def replay_message(
    request: Request, service: Service, principal: Caller, message_id: MessageId
) -> MessageReplay:
    """Ask the same question again, as it would be answered now, and compare. Nothing is stored;
    tokens of a language model count against the budgets of the caller."""
    replayed = await service.replay(principal, message_id)
    request.state.thread_id = replayed.then.thread_id
    return MessageReplay.of(replayed)

"""``/chat`` and ``/chat/stream``: the same reply, whole or as it comes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from cevvo.domain.access import Principal
from cevvo.domain.answers import TextDelta
from cevvo.features.chat.schemas import (
    ChatRequest,
    ChatResponse,
    SourcesEvent,
    TextEvent,
    reply_fields,
)
from cevvo.features.chat.service import ChatService
from cevvo.features.chat.turns import ReplyEvent
from cevvo.foundation.access.guard import require
from cevvo.foundation.http.sse import DONE, event, stream_response

router = APIRouter(prefix="/chat", tags=["Chat"])


async def _service(request: Request) -> ChatService:
    return cast(ChatService, request.app.state.chat)


Service = Annotated[ChatService, Depends(_service)]
Caller = Annotated[Principal, Depends(require("chat"))]

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`text` events, one `sources` event, `[DONE]`. A failure after the first "
        'event is `{"type": "error", "error": {…}}` and then `[DONE]`.',
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'data: {"type": "text", "text": "To get "}\n\n'
                'data: {"type": "text", "text": "started …"}\n\n'
                'data: {"type": "sources", "sources": []}\n\n'
                "data: [DONE]\n\n",
            }
        },
        "headers": {
            "X-Thread-Id": {"schema": {"type": "string"}, "description": "The conversation."},
            "X-Message-Id": {"schema": {"type": "string"}, "description": "The reply's message."},
        },
    }
}


@router.post("", summary="Send a message")
async def chat(
    body: ChatRequest, principal: Caller, service: Service, request: Request, response: Response
) -> ChatResponse:
    """Send a message and get an answer from the knowledge base, with its sources."""
    turn = await service.open(principal, body.to_ask())
    request.state.thread_id = response.headers["X-Thread-Id"] = turn.thread_id
    response.headers["X-Message-Id"] = turn.message_id
    reply = await service.whole_reply(turn)
    return ChatResponse(answer=reply.answer.text, **reply_fields(reply, body.include))


@router.post(
    "/stream",
    summary="Send a message, stream the answer",
    responses=_STREAM,
    response_class=StreamingResponse,  # for the description only: no JSON is answered
)
async def chat_stream(
    body: ChatRequest, principal: Caller, service: Service, request: Request
) -> Response:
    """Send a message and receive the answer as Server-Sent Events while it is being made."""
    turn = await service.open(principal, body.to_ask())
    request.state.thread_id = turn.thread_id
    return stream_response(
        _encoded(service.reply(turn), body),
        {"X-Thread-Id": turn.thread_id, "X-Message-Id": turn.message_id},
        still_true=partial(service.still_true, turn),
    )


async def _encoded(
    reply: AsyncGenerator[ReplyEvent, None], body: ChatRequest
) -> AsyncGenerator[bytes, None]:
    async with aclosing(reply):
        async for item in reply:
            if isinstance(item, TextDelta):
                yield event(TextEvent(text=item.text).model_dump())
            else:
                yield event(SourcesEvent(**reply_fields(item, body.include)).model_dump())
    yield DONE

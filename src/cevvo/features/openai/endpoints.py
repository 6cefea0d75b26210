"""``/v1``: what an OpenAI client calls once its base URL and key are Cevvo's."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from cevvo.domain.access import Principal
from cevvo.domain.answers import TextDelta
from cevvo.features.chat.schemas import UsageObject
from cevvo.features.chat.service import ChatService
from cevvo.features.chat.turns import Reply, Turn
from cevvo.features.openai.schemas import (
    Basis,
    Choice,
    Completion,
    CompletionMessage,
    CompletionRequest,
    EmbeddingList,
    EmbeddingObject,
    EmbeddingsRequest,
    EmbeddingsUsage,
    ModelList,
    ModelObject,
    UsageTotals,
)
from cevvo.features.openai.service import OpenAiService
from cevvo.foundation.access.guard import require
from cevvo.foundation.http.sse import DONE, event, stream_response

router = APIRouter(tags=["OpenAI-compatible"])


async def _chat(request: Request) -> ChatService:
    return cast(ChatService, request.app.state.chat)


async def _openai(request: Request) -> OpenAiService:
    return cast(OpenAiService, request.app.state.openai)


Chat = Annotated[ChatService, Depends(_chat)]
Service = Annotated[OpenAiService, Depends(_openai)]

_COMPLETION: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; with `stream: true` chunks of it as Server-Sent Events, the "
        "last one with `finish_reason` and `cevvo`, then `[DONE]`.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'data: {"id": "chatcmpl-msg_abc123", "object": "chat.completion.chunk",'
                ' "created": 1773500000, "model": "auto", "choices": [{"index": 0, "delta":'
                ' {"content": "To get "}, "finish_reason": null}]}\n\ndata: [DONE]\n\n',
            }
        },
    }
}


@router.post(
    "/chat/completions",
    summary="Answer a conversation",
    response_model=Completion,
    responses=_COMPLETION,
)
async def create_completion(
    request: Request,
    body: CompletionRequest,
    principal: Annotated[Principal, Depends(require("chat"))],
    service: Chat,
) -> Response | Completion:
    """Answer the last message from the knowledge base, for OpenAI's own clients.

    The conversation is what the request holds of it: each request opens a conversation of its own
    here. To keep one thread, use `POST /chat`.
    """
    turn = await service.open(principal, body.to_ask(), user_field="user")
    request.state.thread_id = turn.thread_id
    if body.stream:
        usage = body.stream_options is not None and body.stream_options.include_usage
        return stream_response(
            _chunks(service, turn, include_usage=usage),
            still_true=partial(service.still_true, turn),
        )
    reply = await service.whole_reply(turn)
    return Completion(
        id=_completion_id(turn),
        created=_created(turn),
        model=reply.answer.model,
        choices=[Choice(message=CompletionMessage(content=reply.answer.text))],
        usage=_usage(reply),
        cevvo=Basis.of(reply),
    )


@router.get("/models", summary="List models")
async def list_models(
    _principal: Annotated[Principal, Depends(require("chat"))], service: Service
) -> ModelList:
    """The names that `model` can have. Those of other providers are answered by their models."""
    created = service.since // 1000
    names = service.models()
    return ModelList(data=[ModelObject(id=n, created=created, owned_by="cevvo") for n in names])


@router.post("/embeddings", summary="Embed text")
async def create_embeddings(
    body: EmbeddingsRequest,
    _principal: Annotated[Principal, Depends(require("read"))],
    service: Service,
) -> EmbeddingList:
    """Vectors of texts, by the model that the search uses."""
    vectors, tokens = await service.embed(body.texts(), body.model, body.dimensions)
    return EmbeddingList(
        model=service.embedding_model,
        data=[EmbeddingObject.of(i, v, body.encoding_format) for i, v in enumerate(vectors)],
        usage=EmbeddingsUsage(prompt_tokens=tokens, total_tokens=tokens),
    )


async def _chunks(
    service: ChatService, turn: Turn, *, include_usage: bool
) -> AsyncGenerator[bytes, None]:
    head = {
        "id": _completion_id(turn),
        "object": "chat.completion.chunk",
        "created": _created(turn),
        "model": turn.ask.model,
    }
    delta: dict[str, Any] = {"role": "assistant"}
    async with aclosing(service.reply(turn)) as reply:
        async for item in reply:
            if isinstance(item, TextDelta):
                yield event(head | {"choices": [_choice(delta | {"content": item.text})]})
                delta = {}
                continue
            head["model"] = item.answer.model
            basis = Basis.of(item).model_dump()
            yield event(head | {"choices": [_choice({}, "stop")], "cevvo": basis})
            if include_usage:
                yield event(head | {"choices": [], "usage": _usage(item).model_dump()})
    yield DONE


def _choice(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _completion_id(turn: Turn) -> str:
    return f"chatcmpl-{turn.message_id}"


def _created(turn: Turn) -> int:
    return turn.asked_at // 1000


def _usage(reply: Reply) -> UsageTotals:
    return UsageTotals.of(UsageObject.of(reply.answer.usage))

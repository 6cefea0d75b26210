"""OpenAI's models, and any server that speaks its Chat Completions API."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from cevvo.domain.answers import Usage
from cevvo.providers.fetching.http import Connect, Resolve
from cevvo.providers.llm.base import Completion, Prompt
from cevvo.providers.llm.connection import (
    LazyClient,
    Patience,
    guarded_client,
    one_attempt,
)

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream

BASE_URL = "https://api.openai.com/v1"
THINKING_TOKENS = 2048
"""What a model that reasons may use up before it speaks, on top of the reply's own tokens."""


class OpenAIModel:
    """Implements ``LanguageModel``. Belongs to one event loop; ``close`` it when done.

    Without ``base_url`` it asks OpenAI itself. ``model_id`` names it here, ``name`` there.
    ``resolve`` and ``connect`` are for tests, as ``HttpFetcher`` has them.
    """

    def __init__(
        self,
        model_id: str,
        name: str,
        *,
        api_key: str | None,
        base_url: str | None = None,
        patience: Patience | None = None,
        resolve: Resolve | None = None,
        connect: Connect | None = None,
    ) -> None:
        self.model_id = model_id
        self._name = name
        self._key = api_key
        self._base_url = base_url
        self._patience = patience or Patience()
        self._http = partial(
            guarded_client, base_url, self._patience, resolve=resolve, connect=connect
        )
        self._client = LazyClient(self._connect)
        self._reasons = base_url is None

    async def stream(self, prompt: Prompt) -> AsyncIterator[str | Completion]:
        """See ``LanguageModel.stream``."""
        pieces = self._pieces(await self._client.get(), prompt)
        async with aclosing(one_attempt(self.model_id, pieces, self._patience)) as timely:
            async for piece in timely:
                yield piece

    async def close(self) -> None:
        """Give back its connections."""
        await self._client.close()

    def _connect(self) -> "AsyncOpenAI":
        # Importing it costs a second of CPU: not at start, not in the event loop.
        from openai import AsyncOpenAI

        http = self._http()
        client = AsyncOpenAI(
            api_key=self._key or "none",
            base_url=self._base_url or BASE_URL,
            max_retries=0,
            timeout=http.timeout,
            http_client=http,
        )
        _ = client.chat.completions  # imported when first touched
        return client

    async def _pieces(
        self, client: "AsyncOpenAI", prompt: Prompt
    ) -> AsyncGenerator[str | Completion, None]:
        usage, model, finish = None, self._name, None
        async with await self._ask(client, prompt) as chunks:
            async for chunk in chunks:
                model = chunk.get("model") or model
                if chunk.get("usage"):
                    counted = chunk["usage"]
                    usage = Usage(counted["prompt_tokens"], counted["completion_tokens"])
                for choice in (chunk.get("choices") or ())[:1]:
                    finish = choice.get("finish_reason") or finish
                    text = (choice.get("delta") or {}).get("content")
                    if text:
                        yield text
        if finish is not None:
            yield Completion(model, usage, whole=finish == "stop")

    async def _ask(self, client: "AsyncOpenAI", prompt: Prompt) -> "AsyncStream[Any]":
        """The stream of chunks. A model that knows no effort is asked without from then on."""
        messages = [{"role": "system", "content": prompt.system}]
        messages += [{"role": each.role, "content": each.content} for each in prompt.messages]
        asked: dict[str, Any] = {
            "model": self._name,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        from openai import BadRequestError, Omit  # imported by now

        if self._base_url is not None:
            # What the environment says of an account with OpenAI is for OpenAI alone.
            headers = {
                "Authorization": f"Bearer {self._key}" if self._key else Omit(),
                "OpenAI-Organization": Omit(),
                "OpenAI-Project": Omit(),
            }
            return await _chunks(client, asked | {"max_tokens": prompt.max_tokens}, headers)
        if self._reasons:
            room = {"max_completion_tokens": prompt.max_tokens + THINKING_TOKENS}
            try:
                return await _chunks(client, asked | room | {"reasoning_effort": "low"})
            except BadRequestError as error:
                if "effort" not in str(error):
                    raise
                self._reasons = False
        return await _chunks(client, asked | {"max_completion_tokens": prompt.max_tokens})


async def _chunks(
    client: "AsyncOpenAI", body: Mapping[str, Any], headers: Mapping[str, Any] | None = None
) -> "AsyncStream[Any]":
    """The chunks as they were sent, as dictionaries: to make the library's objects of them takes
    two thirds of what a token costs."""
    from openai import AsyncStream  # imported by now

    return await client.post(
        "/chat/completions",
        cast_to=object,
        body=body,
        options={"headers": headers or {}},
        stream=True,
        stream_cls=AsyncStream[object],
    )

"""Anthropic's models, over the Messages API."""

from collections.abc import AsyncGenerator, AsyncIterator
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
    from anthropic import AsyncAnthropic

BASE_URL = "https://api.anthropic.com"
THINKING_TOKENS = 2048
"""What a model that thinks may use up before it speaks, on top of the reply's own tokens."""


class AnthropicModel:
    """Implements ``LanguageModel``. Belongs to one event loop; ``close`` it when done.

    Without ``base_url`` it asks Anthropic itself. ``model_id`` names it here, ``name`` there. The
    system part of a prompt is marked for the provider's cache. ``resolve`` and ``connect`` are for
    tests, as ``HttpFetcher`` has them.
    """

    def __init__(
        self,
        model_id: str,
        name: str,
        *,
        api_key: str,
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
        self._thinks = True

    async def stream(self, prompt: Prompt) -> AsyncIterator[str | Completion]:
        """See ``LanguageModel.stream``."""
        pieces = self._pieces(await self._client.get(), prompt)
        async with aclosing(one_attempt(self.model_id, pieces, self._patience)) as timely:
            async for piece in timely:
                yield piece

    async def close(self) -> None:
        """Give back its connections."""
        await self._client.close()

    def _connect(self) -> "AsyncAnthropic":
        # Importing it costs two seconds of CPU: not at start, not in the event loop.
        from anthropic import AsyncAnthropic

        http = self._http()
        client = AsyncAnthropic(
            api_key=self._key,
            base_url=self._base_url or BASE_URL,
            max_retries=0,
            timeout=http.timeout,
            http_client=http,
            open_telemetry=False,
        )
        _ = client.messages  # imported when first touched
        return client

    async def _pieces(
        self, client: "AsyncAnthropic", prompt: Prompt
    ) -> AsyncGenerator[str | Completion, None]:
        model, stop, read, written = self._name, None, 0, 0
        async with await self._ask(client, prompt) as events:
            async for event in events:
                if event.type == "message_start":
                    model, usage = event.message.model, event.message.usage
                    read = usage.input_tokens + (usage.cache_creation_input_tokens or 0)
                    read += usage.cache_read_input_tokens or 0
                elif event.type == "content_block_delta" and event.delta.type == "text_delta":
                    if event.delta.text:
                        yield event.delta.text
                elif event.type == "message_delta":
                    stop, written = event.delta.stop_reason, event.usage.output_tokens
        if stop is not None:
            usage = Usage(read, written) if read else None
            yield Completion(model, usage, whole=stop in ("end_turn", "stop_sequence"))

    async def _ask(self, client: "AsyncAnthropic", prompt: Prompt) -> Any:
        """The stream of events. A model that knows no effort is asked without from then on."""
        asked: dict[str, Any] = {
            "model": self._name,
            "system": [
                {"type": "text", "text": prompt.system, "cache_control": {"type": "ephemeral"}}
            ],
            "messages": [{"role": each.role, "content": each.content} for each in prompt.messages],
            "stream": True,
        }
        if self._thinks:
            from anthropic import BadRequestError  # imported by now

            try:
                return await client.messages.create(
                    **asked,
                    max_tokens=prompt.max_tokens + THINKING_TOKENS,
                    output_config={"effort": "low"},
                )
            except BadRequestError as error:
                if "effort" not in str(error):
                    raise
                self._thinks = False
        return await client.messages.create(**asked, max_tokens=prompt.max_tokens)

"""Anthropic's models, over the Messages API."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from cevvo.domain.answers import Usage
from cevvo.providers.fetching.http import Connect, Resolve
from cevvo.providers.llm.base import Completion, Prompt
from cevvo.providers.llm.connection import ModelConnection, Patience, Request

BASE_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"
"""Of the API: https://platform.claude.com/docs/en/api/versioning."""
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
        self._connection = ModelConnection(
            model_id,
            f"{base_url or BASE_URL}/v1/messages",
            {"X-Api-Key": api_key, "Anthropic-Version": VERSION},
            patience or Patience(),
            named=base_url,
            resolve=resolve,
            connect=connect,
        )

    def stream(self, prompt: Prompt) -> AsyncIterator[str | Completion]:
        """See ``LanguageModel.stream``."""
        return self._connection.ask(self._request(prompt), _Reply(self._name))

    async def close(self) -> None:
        """Give back its connections."""
        await self._connection.close()

    def _request(self, prompt: Prompt) -> Request:
        cached = {"type": "text", "text": prompt.system, "cache_control": {"type": "ephemeral"}}
        body = {
            "model": self._name,
            "system": [cached],
            "messages": [{"role": each.role, "content": each.content} for each in prompt.messages],
            "stream": True,
        }
        room = prompt.max_tokens
        thinking = {"max_tokens": room + THINKING_TOKENS, "output_config": {"effort": "low"}}
        return Request(body, {"max_tokens": room}, thinking)


class _Reply:
    """Implements ``Reply``: events of a message."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._stop: str | None = None
        self._read = self._written = 0

    def take(self, event: Mapping[str, Any]) -> str:
        match event.get("type"):
            case "content_block_delta" if event["delta"]["type"] == "text_delta":
                text: str = event["delta"]["text"]
                return text
            case "message_start":
                message = event["message"]
                usage = message["usage"]
                self._model = message["model"]
                self._read = usage["input_tokens"]
                self._read += usage.get("cache_creation_input_tokens") or 0
                self._read += usage.get("cache_read_input_tokens") or 0
            case "message_delta":
                self._stop = event["delta"]["stop_reason"]
                self._written = event["usage"]["output_tokens"]
        return ""

    def end(self) -> Completion | None:
        if self._stop is None:
            return None
        usage = Usage(self._read, self._written) if self._read else None
        return Completion(self._model, usage, whole=self._stop in ("end_turn", "stop_sequence"))

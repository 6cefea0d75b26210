"""OpenAI's models, and any server that speaks its Chat Completions API."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from cevvo.domain.answers import Usage
from cevvo.providers.fetching.http import Connect, Resolve
from cevvo.providers.llm.base import Completion, Prompt
from cevvo.providers.llm.connection import ModelConnection, Patience, Request

BASE_URL = "https://api.openai.com/v1"
THINKING_TOKENS = 2048
"""What a model that reasons may use up before it speaks, on top of the reply's own tokens."""
_AT_ITS_END = ("stop", "eos_token", "stop_sequence")  # the latter two are some servers' own


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
        self._is_openai = base_url is None
        self._connection = ModelConnection(
            model_id,
            f"{base_url or BASE_URL}/chat/completions",
            {} if api_key is None else {"Authorization": f"Bearer {api_key}"},
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
        messages = [{"role": "system", "content": prompt.system}]
        messages += [{"role": each.role, "content": each.content} for each in prompt.messages]
        body = {
            "model": self._name,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        room = prompt.max_tokens
        if not self._is_openai:
            return Request(body, {"max_tokens": room})
        reasoning = {"max_completion_tokens": room + THINKING_TOKENS, "reasoning_effort": "low"}
        return Request(body, {"max_completion_tokens": room}, reasoning)


class _Reply:
    """Implements ``Reply``: chunks of a chat completion."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._usage: Usage | None = None
        self._finish: str | None = None

    def take(self, event: Mapping[str, Any]) -> object:
        self._model = event.get("model") or self._model
        if counted := event.get("usage"):
            self._usage = _usage(counted.get("prompt_tokens"), counted.get("completion_tokens"))
        choices = event.get("choices")
        if not choices:
            return ""
        self._finish = choices[0].get("finish_reason") or self._finish
        return _text((choices[0].get("delta") or {}).get("content") or "")

    def end(self) -> Completion | None:
        if self._finish is None:
            return None
        return Completion(self._model, self._usage, whole=self._finish in _AT_ITS_END)


def _text(content: Any) -> Any:
    """What is said: by some servers in parts, of which those that are no text are thoughts."""
    if not isinstance(content, list):
        return content
    return "".join(part["text"] for part in content if part["type"] == "text")


def _usage(read: Any, written: Any) -> Usage | None:
    """Some servers send the field and no number in it."""
    counted = isinstance(read, int) and isinstance(written, int)
    return Usage(read, written) if counted else None

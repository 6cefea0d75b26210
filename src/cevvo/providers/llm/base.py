"""The language model port: a prompt in, text as it is written out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol

from cevvo.domain.answers import Usage


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a prompt."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked. ``system`` comes first and is the same over many prompts, so that a
    provider may cache it; ``messages`` begin and end with the user. ``max_tokens`` bounds the
    reply."""

    system: str
    messages: tuple[PromptMessage, ...]
    max_tokens: int = 1024


@dataclass(frozen=True, slots=True)
class Completion:
    """How a reply ended. ``usage`` is None where the provider does not report it.

    ``model`` is what the provider says has answered. ``whole`` is False when the reply was cut at
    ``max_tokens`` or by the provider's filter.
    """

    model: str
    usage: Usage | None
    whole: bool = True


class LanguageModel(Protocol):
    """Writes text. One attempt per call: whoever calls decides on retries and on what stands in.

    ``stream`` yields pieces of text as they come and then exactly one ``Completion``, last. It
    raises ProviderError (see ``cevvo.errors``) for whatever goes wrong, at the start or half-way:
    a refused or lost connection, an error status, silence, a stream that ends early, bytes that
    are no reply; its ``prompt_read`` says whether the prompt may have cost something. Closing the
    iterator closes the connection, so that the provider stops.
    """

    @property
    def model_id(self) -> str:
        """The name it is configured and asked for by."""
        ...

    def stream(self, prompt: Prompt) -> AsyncIterator[str | Completion]:
        """The reply's pieces, then how it ended."""
        ...

    async def close(self) -> None:
        """Give back its connections."""
        ...

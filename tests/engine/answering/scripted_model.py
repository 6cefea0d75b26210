"""Language models that say what a test has them say."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from cevvo.domain.answers import Usage
from cevvo.errors import ProviderError
from cevvo.providers.llm.base import Completion, Prompt


@dataclass
class ScriptedModel:
    """Says ``reply`` (or what it makes of the prompt) in pieces of these ``sizes``, in turn.

    ``fails_after`` that many characters it raises ProviderError. ``prompts`` are those it got,
    ``closed`` counts the streams that were ended.
    """

    reply: str | Callable[[Prompt], str]
    sizes: Sequence[int] = (7,)
    usage: Usage | None = None
    whole: bool = True
    fails_after: int | None = None
    model_id: str = "scripted"
    prompts: list[Prompt] = field(default_factory=list)
    closed: int = 0

    async def stream(self, prompt: Prompt) -> AsyncIterator[str | Completion]:
        """See the class."""
        self.prompts.append(prompt)
        text = self.reply if isinstance(self.reply, str) else self.reply(prompt)
        position = turn = 0
        try:
            while position < len(text):
                if self.fails_after is not None and position >= self.fails_after:
                    break
                size = self.sizes[turn % len(self.sizes)]
                yield text[position : position + size]
                position, turn = position + size, turn + 1
            if self.fails_after is not None:
                raise ProviderError("The model went away.")
            yield Completion("scripted-2026", self.usage, self.whole)
        finally:
            self.closed += 1

    async def close(self) -> None:
        """Nothing to give back."""


class Hanging(ScriptedModel):
    """Says ``reply`` and then nothing more."""

    async def stream(self, prompt: Prompt) -> AsyncIterator[str | Completion]:
        """See the class."""
        self.prompts.append(prompt)
        try:
            if isinstance(self.reply, str) and self.reply:
                yield self.reply
            await asyncio.sleep(60)
        finally:
            self.closed += 1

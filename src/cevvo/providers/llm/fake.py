"""A language model for tests of what stands above the port: it says what it was told to."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable

from cevvo.errors import ModelUnreachable, ProviderError
from cevvo.providers.llm.base import Completion, Prompt

Step = str | Completion | ProviderError
"""A piece that is said, how the reply ends, or what is raised."""


class ScriptedModel:
    """Implements ``LanguageModel``: the first call follows the first script, and so on; the last
    script is followed ever after.

    A script without an end breaks off. ``prompts`` are what it was asked; ``closed`` counts the
    replies that were closed before their end.
    """

    def __init__(self, *scripts: Iterable[Step], model_id: str = "scripted") -> None:
        self.model_id = model_id
        self.prompts: list[Prompt] = []
        self.closed = 0
        self._scripts = [tuple(script) for script in scripts]

    def stream(self, prompt: Prompt) -> AsyncIterator[str | Completion]:
        """See ``LanguageModel.stream``."""
        return self._follow(prompt)

    async def close(self) -> None:
        """Nothing to give back."""

    async def _follow(self, prompt: Prompt) -> AsyncGenerator[str | Completion, None]:
        script = self._scripts[min(len(self.prompts), len(self._scripts) - 1)]
        self.prompts.append(prompt)
        said = False
        try:
            for step in script:
                if isinstance(step, ProviderError):
                    step.prompt_read = step.prompt_read or said
                    raise step
                said = True
                yield step
                if isinstance(step, Completion):
                    return
        except GeneratorExit:
            self.closed += 1
            raise
        error = ModelUnreachable(f"{self.model_id} broke off.", model=self.model_id)
        error.prompt_read = True
        raise error

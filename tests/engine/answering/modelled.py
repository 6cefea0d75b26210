"""An answerer over the language model port, small enough to see what a ladder does with it."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import cast

import numpy as np

from cevvo.domain.answers import Answer, AnswerEvent, TextDelta, Usage
from cevvo.domain.documents import Passage
from cevvo.engine.answering.base import Guidance, Question
from cevvo.errors import ProviderError
from cevvo.providers.llm.base import Completion, LanguageModel, Prompt, PromptMessage

QUESTION = Question("How long?", "How long?", np.zeros(4, np.float32))


class Modelled:
    """Says what the model says. A model that fails before it spoke fails the answer; one that
    fails later ends it. With ``asks`` False it answers that it knows nothing, and asks nobody."""

    def __init__(self, model: LanguageModel, *, asks: bool = True) -> None:
        self.model = model
        self.asks = asks

    @property
    def model_id(self) -> str:
        return self.model.model_id

    async def answer(
        self, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncIterator[AnswerEvent]:
        """See ``Answerer``."""
        if not self.asks:
            yield TextDelta("Nothing is known.")
            yield Answer("Nothing is known.", (), (), False, 0.1, self.model_id)
            return
        said: list[str] = []
        whole, usage, name = False, Usage(), self.model_id
        prompt = Prompt("Answer.", (PromptMessage("user", question.text),))
        stream = cast(AsyncGenerator[str | Completion, None], self.model.stream(prompt))
        try:
            async for piece in stream:
                if isinstance(piece, Completion):
                    whole, usage, name = True, piece.usage or Usage(), piece.model
                else:
                    said.append(piece)
                    yield TextDelta(piece)
        except ProviderError:
            if not said:
                raise
        finally:
            await stream.aclose()
        yield Answer("".join(said), (), (), True, 0.9, name, usage=usage, degraded=not whole)

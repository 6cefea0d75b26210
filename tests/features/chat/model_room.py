"""An answerer in the place of one with a language model: it cites, and reports what it took."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cevvo.domain.answers import Answer, AnswerEvent, CitedSource, TextDelta, Usage
from cevvo.domain.documents import Passage
from cevvo.engine.answering.base import Guidance, Question
from cevvo.engine.answering.citations import cite, page_url

MODEL = "test-model"
USAGE = Usage(100, 20)


@dataclass
class Model:
    """It quotes the first sentence of the best passage, slowly, and remembers what it was given."""

    usage: Usage = USAGE
    pause: float = 0.0
    answered: bool = True
    changes: dict[str, Any] = field(default_factory=dict)  # of the answer it gives
    model_id: str = MODEL
    calls: list[tuple[Question, Guidance]] = field(default_factory=list)

    async def answer(
        self, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncIterator[AnswerEvent]:
        """See the class."""
        self.calls.append((question, guidance))
        await asyncio.sleep(self.pause)
        assert guidance.meter is not None
        guidance.meter.add(self.model_id, self.usage)
        lead = evidence[0]
        citation = cite(lead, lead.sentences[0], 1)
        pieces = ["It says: ", citation.quote, " [1]"]
        for piece in pieces:
            yield TextDelta(piece)
        source = CitedSource(lead.title, page_url(lead), 0.9)
        fields: dict[str, Any] = {
            "text": "".join(pieces),
            "sources": (source,) if self.answered else (),
            "citations": (citation,) if self.answered else (),
            "answered": self.answered,
            "confidence": 0.8,
            "model": self.model_id,
            "usage": self.usage,
        }
        yield Answer(**fields | self.changes)

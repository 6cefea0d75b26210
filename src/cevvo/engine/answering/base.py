"""The answering port: a question and the passages found for it in, a cited answer out."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cevvo.domain.answers import AnswerEvent, Citation, CitedSource, Usage
from cevvo.domain.documents import Passage, Vector
from cevvo.engine.answering.calibration import SHIPPED, Calibration
from cevvo.foundation.telemetry import metrics


@dataclass(frozen=True, slots=True)
class Question:
    """``text`` is what the user wrote, ``standalone`` the same with its thread folded in.

    ``vector`` is the embedding of ``standalone``. ``calibration`` says how sure an answer must be
    in the workspace that is asked.
    """

    text: str
    standalone: str
    vector: Vector = field(repr=False, compare=False)
    calibration: Calibration = SHIPPED


@dataclass(frozen=True, slots=True)
class PastTurn:
    """An earlier question of the thread, as written and as searched for, and what was answered.

    ``answer`` is the answer's text with its marks, empty where it is not at hand; ``sources`` and
    ``citations`` are what it rests on, none where the documents did not say.
    """

    question: str
    standalone: str
    answer: str = ""
    sources: tuple[CitedSource, ...] = ()
    citations: tuple[Citation, ...] = ()


class Meter:
    """What language models took for one answer, whatever became of it."""

    def __init__(self) -> None:
        self.took: dict[str, Usage] = {}
        """By model, by the name that it is configured by."""

    def add(self, model: str, usage: Usage) -> None:
        """A call has ended, well or not. One that took nothing was never read."""
        if usage != Usage():
            metrics.MODEL_TOKENS.labels(model, "read").inc(usage.prompt_tokens)
            metrics.MODEL_TOKENS.labels(model, "written").inc(usage.completion_tokens)
            self.took[model] = self.took.get(model, Usage()) + usage

    def total(self) -> Usage:
        """Over all models."""
        return sum(self.took.values(), Usage())


@dataclass(frozen=True, slots=True)
class Guidance:
    """What else an answerer may go by. None of it changes what an answer has to rest on.

    ``instructions`` are the owner's, free text: tone, terms, when to hand over. ``assistant_name``
    is who answers, ``refused_topics`` what is not talked about, ``language`` an ISO 639-1 code,
    None for the question's own. ``history`` is the thread so far, oldest first. The replies are
    the owner's words where a model hands over or refuses, empty for those that ship;
    ``topic_replies`` has one for each refused topic, ``refusal_reply`` is for the others. Every
    call of a model is noted on the ``meter`` as soon as it ends.
    """

    instructions: str = ""
    assistant_name: str = ""
    refused_topics: tuple[str, ...] = ()
    language: str | None = None
    history: tuple[PastTurn, ...] = ()
    handover_reply: str = ""
    refusal_reply: str = ""
    topic_replies: tuple[str, ...] = ()
    meter: Meter | None = field(default=None, compare=False)


NO_GUIDANCE = Guidance()


class Answerer(Protocol):
    """Answers a question from evidence, and from nothing else.

    ``evidence`` comes best first. ``answer`` yields ``TextDelta`` pieces as they are ready and
    then exactly one ``Answer``, whose text is the pieces joined. Every citation's quote is the
    evidence's text at its span. Evidence that is too weak gives an answer that says so. Raises
    ProviderError when a model behind it fails before anything was said.
    """

    @property
    def model_id(self) -> str:
        """Names what answers, as ``Answer.model`` shows it."""
        ...

    def answer(
        self, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncIterator[AnswerEvent]:
        """The answer's pieces, then the answer."""
        ...

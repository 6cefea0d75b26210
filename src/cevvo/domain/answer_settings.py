"""What the owner of a workspace has said about its answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefusedTopic:
    """A topic that is not answered. ``reply`` is said instead; None: a sentence that ships."""

    topic: str
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class HandoverRules:
    """When a person takes over: asked for, where the sources do not say, on a refused topic.

    ``message`` is said then; None: a sentence that ships.
    """

    customer_request: bool = True
    missing_knowledge: bool = False
    policy: bool = False
    message: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """The settings of a workspace; None is nothing said.

    ``instructions`` and ``assistant_name`` are for the language model. ``synonyms`` are groups of
    words or phrases that mean the same. ``max_wrong_rate`` is the share of wrong answers, 0..1,
    that is acceptable. ``tokens_per_day`` and ``cost_per_day`` (in the currency of the operator's
    prices) bound what language models may take, per day of UTC.
    """

    instructions: str | None = None
    assistant_name: str | None = None
    refuse: tuple[RefusedTopic, ...] = ()
    handover: HandoverRules = HandoverRules()
    synonyms: tuple[tuple[str, ...], ...] = ()
    max_wrong_rate: float | None = None
    tokens_per_day: int | None = None
    cost_per_day: float | None = None

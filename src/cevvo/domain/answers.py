"""Answers and what they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cevvo.domain.documents import Span


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation that supports the answer: ``quote`` is the document's text at ``span``, verbatim.

    ``source`` is the 1-based number of the cited source, the one that ``[n]`` in the answer names.
    ``url`` opens the very place (text fragment or PDF page); None for a file without an address.
    """

    source: int
    document_id: str
    quote: str
    span: Span
    url: str | None


@dataclass(frozen=True, slots=True)
class CitedSource:
    """A page or file that the answer cites. ``score`` is its relevance, calibrated, in 0..1."""

    title: str
    url: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens over every model call that the answer took."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        """Both together."""
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer's text, in order; the pieces joined are the answer."""

    text: str


HandoverReason = Literal["customer_request", "missing_knowledge", "policy"]
"""Why a person should take over: the customer wants one, the sources do not say, or the owner has
it so."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer. ``text`` carries ``[n]`` marks that index ``sources`` from 1.

    ``answered`` is False when the knowledge base does not say; then there are no sources and no
    citations. ``confidence`` is the calibrated probability, 0..1, that the answer is right.
    ``model`` names what really answered. ``degraded`` says that a configured model was not
    available and something lesser stood in, ``cached`` that an earlier answer is given again.
    ``signals`` are what the confidence rests on, by name; None where nothing was searched for.
    ``prompt_hash`` tells what a language model was asked with; None where none was.
    """

    text: str
    sources: tuple[CitedSource, ...]
    citations: tuple[Citation, ...]
    answered: bool
    confidence: float
    model: str
    usage: Usage = Usage()
    degraded: bool = False
    handover: HandoverReason | None = None
    cached: bool = False
    signals: Mapping[str, float] | None = field(default=None, compare=False)
    prompt_hash: str | None = field(default=None, compare=False)


AnswerEvent = TextDelta | Answer
"""What an answerer yields: any number of deltas, then exactly one Answer, last."""

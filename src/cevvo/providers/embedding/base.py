"""The embedding port."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cevvo.domain.documents import Span, Vector, Vectors


@dataclass(frozen=True, slots=True)
class PassageText:
    """Text to embed. ``prefix`` (title and headings) is read before ``text`` and gives context.

    ``sentences`` are spans into ``text``.
    """

    prefix: str
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """``vector`` has shape (dimensions,), ``sentences`` (n, dimensions); all of L2 norm 1.

    A sentence beyond the model's reach (``max_tokens``) has the passage's own vector.
    """

    vector: Vector
    sentences: Vectors


class Embedder(Protocol):
    """Turns text into unit vectors whose dot product is the cosine similarity.

    Calls block and may come from several threads; implementations batch and bound their own
    threads. The same text gives the same vector, whatever it is batched with (to int8 rounding:
    cosine ≥ 0.999). Raises ProviderError when the model cannot be had.
    """

    @property
    def model_id(self) -> str:
        """Names the model and its version: vectors of different ids are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of prefix and text together that the model reads; the rest is cut off."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` without the special ones."""
        ...

    def embed_query(self, text: str) -> Vector:
        """The vector of a question."""
        ...

    def embed_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        """Vectors of passages and of their sentences, in the order given."""
        ...

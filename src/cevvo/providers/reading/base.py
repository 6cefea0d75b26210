"""The reading port."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cevvo.domain.documents import Reading, Span


@dataclass(frozen=True, slots=True)
class PassageToRead:
    """A passage: ``title`` gives context, ``sentences`` are spans into ``text``, in order."""

    title: str
    text: str
    sentences: tuple[Span, ...]


class Reader(Protocol):
    """Reads a question together with a passage: does it answer, and where?

    Calls block, run on the thread that calls, and may come from several at once. A passage's
    reading does not depend on what else is read. Raises ProviderError when the model fails.
    """

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of the questions that the model was made for."""
        ...

    def read(
        self,
        question: str,
        passages: Sequence[PassageToRead],
        budget: float,
        enough: float = math.inf,
        hopeless: float = -math.inf,
    ) -> list[Reading | None]:
        """A reading of each passage, in the order given; None for one without text, for those that
        there is no time left to begin after ``budget`` seconds, for those behind one whose
        ``answers`` is at least ``enough``, and for those behind the first two where both of these
        have less than ``hopeless``."""
        ...

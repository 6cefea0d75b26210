"""How like two words are, by the embedding model: "begin" is like "start", not like "coastline"."""

import re
from collections.abc import Callable, Iterable

import numpy as np

from cevvo.domain.documents import Vector
from cevvo.engine.answering.phrasebook import word_set

_KEPT = 5_000  # vectors of words; 8 MB at 384 dimensions
_WORD = re.compile(r"[^\W\d_]{3,}")
# Words that may be put into any sentence and change little.
_LIGHT = word_set(
    "use used uses using employ employs employed utilize utilizes make makes made sure get "
    "gets got obtain need needs needed require "
    "provide provides provided offer offers give gives given specify specified ensure ensures want "
    "allow allows let lets able possible help helps example instance case way means called named "
    "known following follow follows like such several number various certain well first then next "
    "finally currently simply directly usually generally normally typically itself themselves "
    "whether thus therefore hence however though although while since because instead rather "
    "verwenden nutzen benutzen machen geben nennen etwa utiliser faire donner usar hacer dar"
)


class WordLikeness:
    """Cosines of words. ``embed`` gives the vector of a text, of L2 norm 1; it may be slow, so
    vectors of words are kept. Any thread may ask."""

    def __init__(self, embed: Callable[[str], Vector]) -> None:
        self._embed = embed
        self._vectors: dict[str, Vector] = {}

    def foreign(self, words: Iterable[str], text: str, least: float) -> list[str]:
        """Those of ``words`` that no word of the text is at least so like (cosine)."""
        wanted = [word for word in words if _WORD.fullmatch(word) and word not in _LIGHT]
        if not wanted:
            return []
        there = set(_WORD.findall(text)) or {""}
        matrix = np.stack([self._vector(word) for word in sorted(there)])
        return [word for word in wanted if float((matrix @ self._vector(word)).max()) < least]

    def _vector(self, word: str) -> Vector:
        vector = self._vectors.get(word)
        if vector is None:
            if len(self._vectors) >= _KEPT:
                self._vectors.clear()
            vector = self._vectors[word] = self._embed(word)
        return vector

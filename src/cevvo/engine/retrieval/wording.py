"""What a question is searched by: its terms, what they may stand for, and how it is embedded."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cevvo.domain.documents import Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.engine.retrieval.spelling import (
    LONG,
    PREFIX,
    Word,
    distance,
    one_away,
    plain_words,
)
from cevvo.engine.retrieval.synonyms import Group, alternatives, reworded, said_in
from cevvo.engine.retrieval.terms import index_terms, word_terms
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.search.base import Alternatives, SearchIndex

_MOST_WORDS = 3  # of a question that are looked up as misspelt
_NEAREST = 3  # terms that a misspelt word may stand for
_STEM = 6  # letters of a stem that a word with two mistakes may have
_ENDING = 4  # letters of a word behind its stem


@dataclass(frozen=True, slots=True)
class Wording:
    """``text`` is the question, its misspelt words put right; ``vector`` its embedding."""

    text: str
    terms: tuple[str, ...]
    alternatives: tuple[Alternatives, ...]
    vector: Vector


@dataclass(frozen=True, slots=True)
class _Correction:
    """What a word may stand for: index terms, the best first, and a way to write that one."""

    word: Word
    terms: tuple[str, ...]
    written: str


class Worder:
    """Words questions for one index and one model."""

    def __init__(self, index: SearchIndex, embedder: Embedder) -> None:
        self._index = index
        self._embedder = embedder

    async def word(
        self, workspace: WorkspaceId, question: str, synonyms: Sequence[Group]
    ) -> Wording:
        """Looks up the words of the question that may be misspelt and embeds it as it is at once;
        the model reads more only where there is a correction or a synonym."""
        as_asked, (languages, corrections) = await asyncio.gather(
            asyncio.to_thread(self._embedder.embed_query, question),
            self._corrections(workspace, question),
        )
        text = _corrected(question, corrections)
        terms = dict.fromkeys(
            term for language in languages for term in index_terms(question, language)
        )
        # Thousands of synonyms that are read for the first time take a third of a second.
        said = await asyncio.to_thread(said_in, text, synonyms, languages) if synonyms else ()
        texts = ([text] if text != question else []) + reworded(text, said)
        vectors = [as_asked] if text == question else []
        if texts:
            vectors += await asyncio.to_thread(self._embed, texts)
        return Wording(
            text=text,
            terms=tuple(terms),
            alternatives=(
                *(Alternatives((), correction.terms) for correction in corrections),
                *(alternatives(each, languages) for each in said),
            ),
            vector=_mean(vectors),
        )

    def _embed(self, texts: Sequence[str]) -> list[Vector]:
        return [self._embedder.embed_query(text) for text in texts]

    async def _corrections(
        self, workspace: WorkspaceId, question: str
    ) -> tuple[list[str | None], list[_Correction]]:
        """The workspace's languages, first None, and the question's misspelt words."""
        languages = [None, *sorted(await self._index.languages(workspace))]
        # Words that the model knows are not looked up: most questions have no others.
        strange = [word for word in plain_words(question) if self._is_strange(word.text)]
        stems = {word: _stems(word.text, languages) for word in strange}
        asked = {stem for each in stems.values() for stem in each}
        known = await self._index.known(workspace, asked) if asked else {}
        doubtful = [word for word, each in stems.items() if not each & known.keys()]
        found = [await self._correct(workspace, w, languages) for w in doubtful[:_MOST_WORDS]]
        return languages, [correction for correction in found if correction]

    async def _correct(
        self, workspace: WorkspaceId, word: Word, languages: Sequence[str | None]
    ) -> _Correction | None:
        written: dict[str, list[str]] = {}
        for variant in one_away(word.text):
            for stem in _stems(variant, languages):
                written.setdefault(stem, []).append(variant)
        known = await self._index.known(workspace, written)
        if not known and len(word.text) >= LONG:
            written = await self._two_away(workspace, word.text, languages)
            known = await self._index.known(workspace, written)
        if not known:
            return None
        # Written as the model knows it; the longest, as most mistakes are letters left out.
        ways = {
            term: min((self._is_strange(text), -len(text), text) for text in written[term])
            for term in known
        }

        def likeliness(term: str) -> tuple[bool, bool, int, str]:
            """Words that the model knows first, as mistakes are rarer in a first letter."""
            return ways[term][0], term[0] != word.text[0], -known[term], term

        best = sorted(known, key=likeliness)[:_NEAREST]
        return _Correction(word, tuple(best), ways[best[0]][2])

    async def _two_away(
        self, workspace: WorkspaceId, word: str, languages: Sequence[str | None]
    ) -> dict[str, list[str]]:
        """Terms that two mistakes part from the word, each with itself as the way to write it."""
        stems = _stems(word, languages)
        near = await self._index.beginning_with(workspace, word[:PREFIX])
        return {
            term: [term]
            for term in near
            if _is_near(word, term) or any(distance(stem, term, 2) <= 2 for stem in stems)
        }

    def _is_strange(self, word: str) -> bool:
        return self._embedder.count_tokens(word) > 1


def _is_near(word: str, term: str) -> bool:
    """Whether the word is the term, but for one mistake, with an ending that stems do not have."""
    lengths = range(len(word) - _ENDING, len(word))
    return len(term) >= _STEM and any(distance(word[:n], term, 1) <= 1 for n in lengths)


def _stems(word: str, languages: Sequence[str | None]) -> set[str]:
    return {stem for language in languages for stem in word_terms(word, language)}


def _corrected(question: str, corrections: Sequence[_Correction]) -> str:
    for each in corrections:
        as_written = rf"(?<!\w){re.escape(each.word.written)}(?!\w)"
        pieces = re.split(as_written, question, flags=re.IGNORECASE)
        question = each.written.join(pieces)
    return question


def _mean(vectors: Sequence[Vector]) -> Vector:
    if len(vectors) == 1:
        return vectors[0]
    mean = np.mean(vectors, axis=0)
    unit: Vector = mean / np.linalg.norm(mean)
    return unit

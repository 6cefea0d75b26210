"""From a question to the passages that may answer it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cevvo.domain.documents import Passage, Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.engine.retrieval.candidates import Candidate, candidates_of
from cevvo.engine.retrieval.duplicates import distinct
from cevvo.engine.retrieval.fusion import feedback_scores
from cevvo.engine.retrieval.neighbours import may_go_on, widened, without_contained
from cevvo.engine.retrieval.reading import by_reading, read
from cevvo.engine.retrieval.reranking import by_best_sentence
from cevvo.engine.retrieval.synonyms import Group
from cevvo.engine.retrieval.wording import Worder
from cevvo.foundation.telemetry import tracing
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.reading.base import Reader
from cevvo.providers.search.base import UNFILTERED, Filters, Hit, SearchIndex, SearchQuery

# Asked of each search: many more than are returned, as they give both scores their range. Mean
# nDCG@10 over four collections with 50, 100, 200: .727, .731, .733.
_CANDIDATES = 200
_WIDENED = 3  # passages that what they were cut from is brought along with
_REACH = 4  # chunks each way
READING_MS = 250  # enough for three of the longest passages, 60 ms each on one core


@dataclass(frozen=True, slots=True)
class Context:
    """What a question is asked after. The search by meaning looks for the question's embedding plus
    ``weight`` times that of ``text``, so that an ellipsis is found near what it leaves out. The
    passages' ``dense`` stays the cosine to the question itself."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found, best first. ``query`` is the question with its misspelt words put right, as
    far as that was possible, ``vector`` its embedding. ``candidates`` are what was chosen from."""

    query: str
    vector: Vector = field(repr=False, compare=False)
    passages: tuple[Passage, ...]
    candidates: tuple[Candidate, ...] = field(default=(), repr=False, compare=False)


class Retriever:
    """Hybrid search: both searches of ``index``, one ranking, no text twice; what is returned is
    read by ``reader``, if there is one."""

    def __init__(
        self, index: SearchIndex, embedder: Embedder, reader: Reader | None = None
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._reader = reader
        self._worder = Worder(index, embedder)

    async def retrieve(
        self,
        workspace: WorkspaceId,
        question: str,
        *,
        source_ids: tuple[str, ...] | None = None,
        filters: Filters = UNFILTERED,
        context: Context | None = None,
        synonyms: Sequence[Group] = (),
        limit: int = 8,
        reading_ms: int = READING_MS,
    ) -> Retrieved:
        """The ``limit`` best passages, no text twice, of these sources only where some are given,
        and of documents that pass the ``filters``.

        A word of ``question`` that is nowhere in the workspace is searched for as the words that
        it may be a misspelling of, what ``synonyms`` says means the same as one of its words or
        phrases as that. No passage is begun to be read after ``reading_ms`` milliseconds.
        """
        found = await self.rank(
            workspace,
            question,
            source_ids=source_ids,
            filters=filters,
            context=context,
            synonyms=synonyms,
            limit=2 * limit,
        )
        best = await self._widen(workspace, distinct(found.passages, limit))
        kept = without_contained(best)
        if self._reader is not None:
            kept = by_reading(await read(self._reader, found.query, kept, reading_ms / 1000))
        return replace(found, passages=tuple(kept))

    async def rank(
        self,
        workspace: WorkspaceId,
        question: str,
        *,
        source_ids: tuple[str, ...] | None = None,
        filters: Filters = UNFILTERED,
        context: Context | None = None,
        synonyms: Sequence[Group] = (),
        limit: int,
    ) -> Retrieved:
        """As ``retrieve``, but a text may come several times."""
        with tracing.span("word and embed"):
            wording = await self._worder.word(workspace, question, synonyms)
            sought = wording.vector
            if context is not None:
                sought = await self._leaning(sought, context)
        query = SearchQuery(wording.terms, sought, source_ids, wording.alternatives, filters)
        with tracing.span("find candidates"):
            hits = await self._index.search(workspace, query, _CANDIDATES)
        with tracing.span("rank"):
            scores = feedback_scores(hits, sought)
            ranked = sorted(zip(scores, hits, strict=True), key=_best_first)
            passages = await self._load(workspace, ranked[:limit])
            best = await asyncio.to_thread(by_best_sentence, wording.text, sought, passages)
        if context is not None:
            best = [_seen_from(wording.vector, passage) for passage in best]
        return Retrieved(wording.text, wording.vector, tuple(best), candidates_of(ranked, best))

    async def _leaning(self, vector: Vector, context: Context) -> Vector:
        beside = await asyncio.to_thread(self._embedder.embed_query, context.text)
        leaning: Vector = vector + np.float32(context.weight) * beside
        return leaning / np.float32(np.linalg.norm(leaning))

    async def _widen(self, workspace: WorkspaceId, passages: Sequence[Passage]) -> list[Passage]:
        """The first few with the chunks beside them that a list, table or code goes on in."""
        cut = [passage for passage in passages[:_WIDENED] if may_go_on(passage)]
        if not cut:
            return list(passages)
        around = await self._index.around(workspace, [p.chunk_id for p in cut], _REACH)
        return [
            widened(passage, around[passage.chunk_id]) if passage.chunk_id in around else passage
            for passage in passages
        ]

    async def _load(
        self, workspace: WorkspaceId, ranked: Sequence[tuple[float, Hit]]
    ) -> list[Passage]:
        scored = {hit.chunk_id: (score, hit) for score, hit in ranked}
        passages = await self._index.load(workspace, list(scored))
        return [
            replace(passage, lexical=hit.lexical, dense=hit.dense, score=score)
            for passage in passages
            for score, hit in (scored[passage.chunk_id],)
        ]


def _seen_from(vector: Vector, passage: Passage) -> Passage:
    """With the cosine to the question itself: how near it is must not depend on the context."""
    if passage.dense is None:
        return passage
    return replace(passage, dense=float(vector @ passage.vector))


def _best_first(scored: tuple[float, Hit]) -> tuple[float, int]:
    score, hit = scored
    return -score, hit.chunk_id

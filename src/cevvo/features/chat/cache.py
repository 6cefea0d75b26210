"""Answers of language models, given again where the same is asked and the evidence is the same.

An entry is found by what was asked and by what it was made with (model, owner's settings, sources
searched). It is given again only if everything it cites is found for the new question too, with
not a character changed, and nothing that it had not seen ranks above that. It goes with the
conversation that it comes from, and with a negative rating.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select

from cevvo import __version__
from cevvo.domain.answers import Answer, Citation, CitedSource, Usage
from cevvo.domain.documents import Passage, Span
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Clock, Millis
from cevvo.engine.answering.base import Question
from cevvo.engine.answering.extractive.answerer import MODEL_ID
from cevvo.engine.answering.sameness import NEAR, ask_the_same, asked
from cevvo.features.chat.turns import Turn
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import answer_cache

_ENTRIES = 1000  # of a workspace: all of them are looked at, in about a millisecond
_LIFETIME = 30 * 86_400_000  # milliseconds
_COMPARED = 50  # entries nearest to the question that are read word by word
_LOOKED_INTO = 5  # entries of the same question whose evidence is compared


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """An earlier answer, and the pieces it was streamed in."""

    answer: Answer
    pieces: tuple[str, ...]


class AnswerCache:
    """The cached answers of every workspace, to questions as ``embedder_id`` embeds them."""

    def __init__(self, db: Database, clock: Clock, embedder_id: str) -> None:
        self._db = db
        self._clock = clock
        self._embedder_id = embedder_id

    async def find(self, turn: Turn, question: Question) -> CachedAnswer | None:
        """An answer to give again, for a question whose passages have been retrieved."""
        if not _is_alone(turn):
            return None
        since = Millis(self._clock() - _LIFETIME)
        made_with = _made_with(turn, self._embedder_id)
        return await self._db.read(lambda c: _find(c, turn, question, made_with, since))

    def keep(self, connection: Connection, turn: Turn, answer: Answer, now: Millis) -> None:
        """Remember an answer, if it is one to be given again, in the caller's transaction."""
        if not _is_worth_keeping(turn, answer):
            return
        cited = cited_passages(answer, turn.retrieved)
        if not cited:
            return
        seen = [fingerprint(passage) for passage in turn.retrieved]
        made_with = _made_with(turn, self._embedder_id)
        _make_room(connection, turn, made_with, now)
        assert turn.vector is not None
        connection.execute(
            insert(answer_cache).values(
                id=new_id("cache"),
                workspace_id=turn.workspace,
                conversation_id=turn.thread_id,
                question=turn.standalone,
                vector=turn.vector.astype("<f2").tobytes(),
                made_with=made_with,
                evidence={"seen": seen, "cited": sorted(cited)},
                answer=asdict(answer) | {"pieces": turn.said},
                created_at=now,
            )
        )


def fingerprint(passage: Passage) -> str:
    """What stands for a passage as it is now: its words, its place, what it stands under, and how
    it is shown."""
    span = (passage.span.start, passage.span.end)
    place = [passage.heading_path, passage.anchor, passage.page]
    content = [passage.document_id, passage.title, passage.url, *span, *place, passage.text]
    return hashlib.sha256(json.dumps(content).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _is_alone(turn: Turn) -> bool:
    """Whether a language model answers, and the question takes nothing from its thread."""
    return turn.answerer.model_id != MODEL_ID and turn.standalone == turn.ask.message


def _is_worth_keeping(turn: Turn, answer: Answer) -> bool:
    plain = answer.answered and not answer.degraded and answer.handover is None
    return plain and not answer.cached and answer.model != MODEL_ID and _is_alone(turn)


def _made_with(turn: Turn, embedder_id: str) -> str:
    """All that an answer depends on besides question and evidence, as a hash."""
    settings = turn.settings
    content = [
        __version__,
        embedder_id,
        turn.answerer.model_id,
        settings.instructions,
        settings.assistant_name,
        [topic.topic for topic in settings.refuse],
        settings.max_wrong_rate,
        None if turn.ask.source_ids is None else sorted(turn.ask.source_ids),
        [turn.ask.filters.language, sorted(turn.ask.filters.metadata)],
    ]
    return hashlib.sha256(json.dumps(content).encode("utf-8", "surrogatepass")).hexdigest()


def cited_passages(answer: Answer, passages: Sequence[Passage]) -> frozenset[str]:
    """The fingerprints of what an answer cites; nothing if a part of it is not in ``passages``."""
    cited = [_cited(citation, passages) for citation in answer.citations]
    if None in cited:
        return frozenset()
    return frozenset(fingerprint(passage) for passage in cited if passage is not None)


def _cited(citation: Citation, passages: Sequence[Passage]) -> Passage | None:
    for passage in passages:
        if (
            passage.document_id == citation.document_id
            and passage.span.start <= citation.span.start
            and citation.span.end <= passage.span.end
        ):
            return passage
    return None


def _find(
    connection: Connection, turn: Turn, question: Question, made_with: str, since: Millis
) -> CachedAnswer | None:
    rows = connection.execute(
        select(answer_cache.c.id, answer_cache.c.question, answer_cache.c.vector).where(
            answer_cache.c.workspace_id == turn.workspace,
            answer_cache.c.made_with == made_with,
            answer_cache.c.created_at >= since,
        )
    ).all()
    if not rows:
        return None
    vectors = np.stack([np.frombuffer(row.vector, "<f2") for row in rows]).astype(np.float32)
    cosines = vectors @ question.vector
    near = [int(n) for n in np.argsort(-cosines) if cosines[n] >= NEAR]
    synonyms = turn.settings.synonyms
    new = asked(question.standalone, synonyms)
    same = [
        n
        for n in near[:_COMPARED]
        if ask_the_same(asked(rows[n].question, synonyms), new, float(cosines[n]))
    ]
    found = [fingerprint(passage) for passage in turn.retrieved]
    for n in same[:_LOOKED_INTO]:
        entry = connection.execute(
            select(answer_cache.c.evidence, answer_cache.c.answer).where(
                answer_cache.c.workspace_id == turn.workspace, answer_cache.c.id == rows[n].id
            )
        ).one()
        if still_holds(entry.evidence, found):
            return _restored(entry.answer)
    return None


def still_holds(evidence: Mapping[str, list[str]], found: Sequence[str]) -> bool:
    """Whether all that was cited is found again, below nothing that had not been seen.

    ``evidence``: the fingerprints of what was ``seen`` and ``cited``; ``found`` are those of now.
    """
    cited = set(evidence["cited"])
    if not cited <= set(found):
        return False
    lowest = max(place for place, each in enumerate(found) if each in cited)
    return set(found[: lowest + 1]) <= set(evidence["seen"])


def _make_room(connection: Connection, turn: Turn, made_with: str, now: Millis) -> None:
    """Drop what is too old or too much, and what was kept for these very words."""
    ours = answer_cache.c.workspace_id == turn.workspace
    connection.execute(
        delete(answer_cache).where(
            ours,
            (answer_cache.c.created_at < now - _LIFETIME)
            | (
                (answer_cache.c.question == turn.standalone)
                & (answer_cache.c.made_with == made_with)
            ),
        )
    )
    surplus = _count(connection, turn.workspace) - _ENTRIES + 1
    if surplus > 0:
        oldest = (
            select(answer_cache.c.id)
            .where(ours)
            .order_by(answer_cache.c.created_at, answer_cache.c.id)
            .limit(surplus)
        )
        connection.execute(delete(answer_cache).where(ours, answer_cache.c.id.in_(oldest)))


def _count(connection: Connection, workspace: WorkspaceId) -> int:
    query = select(func.count()).where(answer_cache.c.workspace_id == workspace)
    return connection.execute(query).scalar_one()


def _restored(stored: Mapping[str, Any]) -> CachedAnswer:
    answer = Answer(
        text=stored["text"],
        sources=tuple(CitedSource(**each) for each in stored["sources"]),
        citations=tuple(
            Citation(**(each | {"span": Span(**each["span"])})) for each in stored["citations"]
        ),
        answered=True,
        confidence=stored["confidence"],
        model=stored["model"],
        usage=Usage(),
        cached=True,
        signals=stored["signals"],
    )
    return CachedAnswer(answer, tuple(stored["pieces"]))

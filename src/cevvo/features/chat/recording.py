"""What is kept of a turn once its reply is out, or was cut off: one transaction."""

import asyncio

import numpy as np
from sqlalchemy import Connection

from cevvo.domain.answers import Answer
from cevvo.domain.documents import Vector
from cevvo.domain.time import Clock, Millis
from cevvo.engine.insight.resolution import asks_again, is_off_topic
from cevvo.features.chat import repository
from cevvo.features.chat.cache import AnswerCache
from cevvo.features.chat.clusters import QuestionClusters
from cevvo.features.chat.repository import TurnRecord
from cevvo.features.chat.spending import Spending
from cevvo.features.chat.turns import Turn
from cevvo.features.conversations.escalations import escalate
from cevvo.foundation.db.database import Database
from cevvo.providers.search.base import SearchIndex


class Recorder:
    """Stores replies, and the turns that analytics count."""

    def __init__(
        self,
        db: Database,
        index: SearchIndex,
        clusters: QuestionClusters,
        spending: Spending,
        cache: AnswerCache,
        clock: Clock,
    ) -> None:
        self._db = db
        self._index = index
        self._clusters = clusters
        self._spending = spending
        self._cache = cache
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()

    async def record(self, turn: Turn, answer: Answer | None) -> None:
        """Store what was said; ``answer`` is None if it was cut off.

        Runs to its end even when the task that waits for it is cancelled.
        """
        recording = asyncio.create_task(self._store(turn, answer))
        self._running.add(recording)
        recording.add_done_callback(self._running.discard)
        await asyncio.shield(recording)

    async def close(self) -> None:
        """Wait until all that was begun is stored."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _store(self, turn: Turn, answer: Answer | None) -> None:
        if turn.withdrawn:
            await self._db.write(
                lambda c: repository.withdraw_turn(
                    c, turn.workspace, turn.thread_id, turn.question_id
                )
            )
            return
        off_topic = turn.set_aside  # and so no gap either
        narrowed = turn.ask.source_ids is not None or turn.ask.filters
        if answer is not None and not answer.answered and not narrowed:
            known = await self._index.chunk_count(turn.workspace)
            off_topic = off_topic or is_off_topic(turn.retrieved, known)
        now = self._clock()
        await self._db.write(lambda c: self._record(c, turn, answer, off_topic, now))

    def _record(
        self,
        connection: Connection,
        turn: Turn,
        answer: Answer | None,
        off_topic: bool,
        now: Millis,
    ) -> None:
        """Nothing but what it took is kept of a conversation that was deleted meanwhile."""
        self._spending.settle(connection, turn)
        if not repository.conversation_exists(connection, turn.workspace, turn.thread_id):
            return
        cluster_id = None
        if turn.vector is not None and not turn.ask.test:
            vector = turn.vector.astype("<f2").astype(np.float32)  # as it is stored
            _mark_rephrased(connection, turn, vector)
            cluster_id = self._clusters.assign(connection, turn.workspace, vector, now)
            repository.mark_returned(
                connection, turn.workspace, turn.thread_id, cluster_id, turn.asked_at
            )
        repository.append_reply(
            connection,
            turn.workspace,
            turn.thread_id,
            message_id=turn.message_id,
            question_position=turn.question_position,
            text=turn.text(),
            answer=answer,
            record=_record_of(turn, answer, off_topic, cluster_id),
            now=now,
        )
        if answer is not None:
            self._cache.keep(connection, turn, answer, now)
        if answer is not None and answer.handover == "customer_request":
            escalate(connection, turn.workspace, turn.thread_id, reason=turn.ask.message, now=now)


def _record_of(
    turn: Turn, answer: Answer | None, off_topic: bool, cluster_id: str | None
) -> TurnRecord:
    return TurnRecord(
        kind=turn.kind,
        asked_at=turn.asked_at,
        standalone=turn.standalone,
        vector=turn.vector,
        answered=answer is not None and answer.answered,
        confidence=None if answer is None else answer.confidence,
        off_topic=off_topic,
        response_ms=turn.response_ms,
        first_token_ms=turn.first_token_ms,
        cluster_id=cluster_id,
        is_test=turn.ask.test,
        signals=None if answer is None or answer.signals is None else dict(answer.signals),
        model=None if answer is None else answer.model,
        handover=None if answer is None else answer.handover,
    )


def _mark_rephrased(connection: Connection, turn: Turn, vector: Vector) -> None:
    """A follow-up is no rephrasing: it is like what it follows because that is folded in."""
    previous = repository.previous_turn(connection, turn.workspace, turn.thread_id, turn.asked_at)
    if previous is None or previous.vector is None or turn.standalone != turn.ask.message:
        return
    if previous.rating != "positive" and asks_again(vector, previous.vector):
        repository.mark_rephrased(connection, turn.workspace, previous.id)

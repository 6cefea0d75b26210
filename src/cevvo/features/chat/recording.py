"""What is kept of a turn once its reply is out, or was cut off: one transaction."""

import asyncio
from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from cevvo.domain.answers import Answer
from cevvo.domain.documents import Vector
from cevvo.domain.time import Clock, Millis
from cevvo.engine.answering.calibration import Signals
from cevvo.engine.insight.adversarial import is_adversarial
from cevvo.engine.insight.conflicts import Conflict, conflicts_in
from cevvo.engine.insight.gaps import nearest_of, why_unanswered
from cevvo.engine.insight.resolution import asks_again, is_off_topic
from cevvo.errors import StorageFull
from cevvo.features.chat import repository
from cevvo.features.chat.cache import AnswerCache
from cevvo.features.chat.clusters import QuestionClusters
from cevvo.features.chat.repository import TurnRecord
from cevvo.features.chat.spending import Spending
from cevvo.features.chat.traces import keep_trace
from cevvo.features.chat.turns import Turn
from cevvo.features.conversations.conflicts import note_conflicts
from cevvo.features.conversations.escalations import escalate
from cevvo.features.conversations.evidence import keep_evidence
from cevvo.features.conversations.gaps import Asking, ask_in_vain
from cevvo.features.conversations.repository import touch
from cevvo.foundation.db.database import Database
from cevvo.foundation.telemetry import tracing
from cevvo.foundation.telemetry.logging import get_logger
from cevvo.providers.search.base import SearchIndex

log = get_logger(__name__)


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

        On a full disk nothing is stored, and the turn is not ``saved``. Runs to its end even when
        the task that waits for it is cancelled.
        """
        recording = asyncio.create_task(self._store(turn, answer))
        self._running.add(recording)
        recording.add_done_callback(self._running.discard)
        await asyncio.shield(recording)

    async def close(self) -> None:
        """Wait until all that was begun is stored."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _store(self, turn: Turn, answer: Answer | None) -> None:
        if not turn.saved:
            return
        try:
            await self._write(turn, answer)
        except StorageFull:
            turn.saved = False
            log.warning("reply_not_saved", message_id=turn.message_id, reason="the disk is full")

    async def _write(self, turn: Turn, answer: Answer | None) -> None:
        if turn.withdrawn:
            await self._db.write(
                lambda c: repository.withdraw_turn(
                    c, turn.workspace, turn.thread_id, turn.question_id
                )
            )
            return
        off_topic = turn.set_aside  # and so no gap either
        if answer is not None and not answer.answered and not off_topic:
            off_topic = await self._is_no_gap(turn)
        conflicts: Sequence[Conflict] = ()
        if answer is not None and turn.vector is not None and not turn.ask.test:
            conflicts = await asyncio.to_thread(conflicts_in, turn.vector, turn.retrieved)
        now = self._clock()

        def write(connection: Connection) -> None:
            if self._record(connection, turn, answer, off_topic, now):
                note_conflicts(connection, turn.workspace, turn.message_id, conflicts, now=now)

        with tracing.span("record"):
            await self._db.write(write)

    async def _is_no_gap(self, turn: Turn) -> bool:
        """Whether an unanswered question is one that no article would answer."""
        if is_adversarial(turn.ask.message):
            return True
        if turn.ask.source_ids is not None or turn.ask.filters:
            return False
        return is_off_topic(turn.retrieved, await self._index.chunk_count(turn.workspace))

    def _record(
        self,
        connection: Connection,
        turn: Turn,
        answer: Answer | None,
        off_topic: bool,
        now: Millis,
    ) -> bool:
        """Nothing but what it took is kept of a conversation that was deleted meanwhile: False."""
        self._spending.settle(connection, turn)
        if not touch(connection, turn.workspace, turn.thread_id, now):
            return False
        cluster_id = None
        if turn.vector is not None and not turn.ask.test:
            vector = turn.vector.astype("<f2").astype(np.float32)  # as it is stored
            _mark_rephrased(connection, turn, vector, self._clusters.model)
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
            if turn.searched_for:
                keep_trace(connection, turn, answer)
            # What small talk cites it repeats from the thread: that rests on the answer before.
            if answer.answered and turn.kind == "question" and not turn.ask.test:
                keep_evidence(connection, turn.workspace, turn.message_id, answer)
            if cluster_id is not None and not answer.answered and not off_topic:
                _open_gap(connection, turn, answer, cluster_id, now)
        if answer is not None and answer.handover == "customer_request":
            escalate(connection, turn.workspace, turn.thread_id, reason=turn.ask.message, now=now)
        return True


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


def _open_gap(connection: Connection, turn: Turn, answer: Answer, gap_id: str, now: Millis) -> None:
    assert turn.vector is not None
    signals = None if answer.signals is None else Signals.from_dict(answer.signals)
    ask_in_vain(
        connection,
        turn.workspace,
        gap_id,
        Asking(turn.standalone or turn.ask.message, turn.thread_id),
        reason=why_unanswered(signals, turn.calibration),
        nearest=nearest_of(turn.vector, turn.retrieved),
        now=now,
    )


def _mark_rephrased(connection: Connection, turn: Turn, vector: Vector, model: str) -> None:
    """A follow-up is no rephrasing: it is like what it follows because that is folded in."""
    previous = repository.previous_turn(
        connection, turn.workspace, turn.thread_id, turn.asked_at, model
    )
    if previous is None or previous.vector is None or turn.standalone != turn.ask.message:
        return
    if previous.rating != "positive" and asks_again(vector, previous.vector):
        repository.mark_rephrased(connection, turn.workspace, previous.id)

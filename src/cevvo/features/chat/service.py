"""A turn from question to recorded answer: one stream of events, for ``/chat`` to fold and for
``/chat/stream`` to send on.

``open`` stores the user's message; ``reply`` searches, answers and records. No transaction is open
while it searches and answers. A reply that is cut off, by the client that left or by a failure, is
recorded with what was said until then.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from sqlalchemy import Connection

from cevvo.domain.answers import Answer, AnswerEvent, TextDelta, Usage
from cevvo.domain.documents import Passage, Vector
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Clock, Millis
from cevvo.engine.answering.base import NO_GUIDANCE, Answerer, PastTurn, Question
from cevvo.engine.answering.conversation import small_talk, standalone_question
from cevvo.engine.insight.resolution import asks_again, is_off_topic
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.errors import Unavailable
from cevvo.features.chat import repository
from cevvo.features.chat.clusters import QuestionClusters
from cevvo.features.chat.models import resolve
from cevvo.features.chat.repository import TurnRecord
from cevvo.foundation.db.database import Database
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.search.base import SearchIndex

_HISTORY = 6  # questions of the thread that a follow-up is understood with
DEADLINE = 120.0
"""Seconds that a reply may take in all."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a client asks. ``model`` is a name or alias; ``source_ids`` None searches them all.

    A ``test`` is answered like any other question and counts in no figure.
    """

    message: str
    thread_id: str | None = None
    model: str = "auto"
    source_ids: tuple[str, ...] | None = None
    user_id: str | None = None
    metadata: dict[str, Any] | None = None
    test: bool = False


@dataclass(slots=True)
class Turn:
    """An open turn and what has become of it so far. ``message_id`` is the reply's."""

    workspace: WorkspaceId
    ask: Ask
    answerer: Answerer
    thread_id: str
    question_position: int
    message_id: str
    asked_at: Millis
    started: float  # on the monotonic clock
    said: list[str] = field(default_factory=list)
    first_token_ms: int | None = None
    response_ms: int | None = None
    kind: Literal["question", "small_talk"] = "question"
    standalone: str | None = None
    vector: Vector | None = None
    retrieved: tuple[Passage, ...] = ()

    def elapsed_ms(self) -> int:
        """Since the request was accepted."""
        return round((time.monotonic() - self.started) * 1000)

    def say(self, text: str) -> None:
        """Note a piece of the reply that goes out now."""
        if not self.said:
            self.first_token_ms = self.elapsed_ms()
        self.said.append(text)


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished, recorded reply."""

    message_id: str
    thread_id: str
    answer: Answer
    retrieved: tuple[Passage, ...]


ReplyEvent = TextDelta | Reply
"""Any number of deltas, then exactly one Reply, last."""


class ChatService:
    """Answers messages and keeps their threads. ``answerers``: the preferred first."""

    def __init__(
        self,
        db: Database,
        index: SearchIndex,
        retriever: Retriever,
        embedder: Embedder,
        answerers: Sequence[Answerer],
        clock: Clock,
        *,
        deadline: float = DEADLINE,
    ) -> None:
        self._db = db
        self._index = index
        self._retriever = retriever
        self._embedder = embedder
        self._answerers = answerers
        self._clock = clock
        self._clusters = QuestionClusters(embedder.dimensions)
        self._deadline = deadline
        self._recording: set[asyncio.Task[None]] = set()

    async def open(self, workspace: WorkspaceId, ask: Ask) -> Turn:
        """Store the user's message.

        Raises InvalidRequest for an unknown model, NotFound for a thread or source that is not in
        this workspace; nothing is stored then.
        """
        started, now = time.monotonic(), self._clock()
        answerer = resolve(ask.model, self._answerers)
        thread_id, position = await self._db.write(
            lambda c: repository.open_turn(
                c,
                workspace,
                thread_id=ask.thread_id,
                question_id=new_id("msg"),
                message=ask.message,
                source_ids=ask.source_ids or (),
                user_id=ask.user_id,
                metadata=ask.metadata,
                now=now,
            )
        )
        return Turn(workspace, ask, answerer, thread_id, position, new_id("msg"), now, started)

    async def reply(self, turn: Turn) -> AsyncGenerator[ReplyEvent, None]:
        """The reply in pieces, as they are ready; recorded before the last event is out.

        Raises Unavailable when it takes too long, and what the answerer raises.
        """
        answer: Answer | None = None
        deadline = asyncio.get_running_loop().time() + self._deadline
        try:
            async with asyncio.timeout_at(deadline):
                events = await self._begin(turn)
            async with aclosing(_until(deadline, events)) as timely:
                async for event in timely:
                    if isinstance(event, Answer):
                        answer = self._finished(turn, event)
                    elif event.text:
                        turn.say(event.text)
                        yield event
        except TimeoutError as error:
            raise Unavailable(
                f"The answer was not ready after {self._deadline:g} seconds. Ask again later."
            ) from error
        finally:
            await self._record(turn, answer)
        if answer is None:
            raise RuntimeError(f"{turn.answerer.model_id} ended without an answer")
        yield Reply(turn.message_id, turn.thread_id, answer, turn.retrieved)

    async def close(self) -> None:
        """Wait until the replies that were cut off are recorded."""
        await asyncio.gather(*self._recording, return_exceptions=True)

    async def _begin(self, turn: Turn) -> AsyncIterator[AnswerEvent]:
        """Small talk gets its reply without a search; a question its passages and an answer."""
        small = small_talk(turn.ask.message)
        if small is not None:
            turn.kind = "small_talk"
            return _said(Answer(small, (), (), True, 1.0, self._answerers[-1].model_id))
        past = [] if turn.ask.thread_id is None else await self._past_turns(turn)
        turn.standalone = standalone_question(turn.ask.message, past)
        retrieved = await self._retriever.retrieve(
            turn.workspace, turn.standalone, source_ids=turn.ask.source_ids
        )
        turn.vector, turn.retrieved = retrieved.vector, retrieved.passages
        question = Question(turn.ask.message, turn.standalone, retrieved.vector)
        return turn.answerer.answer(question, retrieved.passages, NO_GUIDANCE)

    async def _past_turns(self, turn: Turn) -> list[PastTurn]:
        return await self._db.read(
            lambda c: repository.past_turns(c, turn.workspace, turn.thread_id, _HISTORY)
        )

    def _finished(self, turn: Turn, answer: Answer) -> Answer:
        """The answer as it was streamed, its tokens counted here if nobody else did."""
        turn.response_ms = turn.elapsed_ms()
        text = "".join(turn.said)
        if answer.usage != Usage():
            return replace(answer, text=text)
        count = self._embedder.count_tokens
        read = 0 if turn.standalone is None else count(turn.standalone)
        return replace(answer, text=text, usage=Usage(read, count(text)))

    async def _record(self, turn: Turn, answer: Answer | None) -> None:
        """Runs to its end even when the task that waits for it is cancelled."""
        recording = asyncio.create_task(self._store(turn, answer))
        self._recording.add(recording)
        recording.add_done_callback(self._recording.discard)
        await asyncio.shield(recording)

    async def _store(self, turn: Turn, answer: Answer | None) -> None:
        off_topic = False
        if answer is not None and not answer.answered and turn.ask.source_ids is None:
            known = await self._index.chunk_count(turn.workspace)
            off_topic = is_off_topic(turn.retrieved, known)
        now = self._clock()
        await self._db.write(lambda c: self._record_turn(c, turn, answer, off_topic, now))

    def _record_turn(
        self,
        connection: Connection,
        turn: Turn,
        answer: Answer | None,
        off_topic: bool,
        now: Millis,
    ) -> None:
        """Nothing is kept of a conversation that was deleted meanwhile."""
        if not repository.conversation_exists(connection, turn.workspace, turn.thread_id):
            return
        cluster_id = None
        if turn.vector is not None and not turn.ask.test:
            vector = turn.vector.astype("<f2").astype(np.float32)  # as it is stored
            self._mark_rephrased(connection, turn, vector)
            cluster_id = self._clusters.assign(connection, turn.workspace, vector, now)
        repository.append_reply(
            connection,
            turn.workspace,
            turn.thread_id,
            message_id=turn.message_id,
            question_position=turn.question_position,
            text="".join(turn.said),
            answer=answer,
            record=TurnRecord(
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
            ),
            now=now,
        )

    def _mark_rephrased(self, connection: Connection, turn: Turn, vector: Vector) -> None:
        """A follow-up is no rephrasing: it is like what it follows because that is folded in."""
        previous = repository.previous_turn(
            connection, turn.workspace, turn.thread_id, turn.asked_at
        )
        if previous is None or previous.vector is None or turn.standalone != turn.ask.message:
            return
        if previous.rating != "positive" and asks_again(vector, previous.vector):
            repository.mark_rephrased(connection, turn.workspace, previous.id)


async def _until(
    deadline: float, events: AsyncIterator[AnswerEvent]
) -> AsyncGenerator[AnswerEvent, None]:
    """``events``, closed at the end; raises TimeoutError at ``deadline`` on the loop's clock."""
    try:
        while True:
            async with asyncio.timeout_at(deadline):
                event = await anext(events, None)
            if event is None:
                return
            yield event
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()


async def _said(answer: Answer) -> AsyncGenerator[AnswerEvent, None]:
    yield TextDelta(answer.text)
    yield answer

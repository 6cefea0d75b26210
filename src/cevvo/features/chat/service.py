"""A turn from question to recorded answer: one stream of events, for ``/chat/stream`` to send on
and for ``/chat`` as a whole.

``open`` stores the user's message; ``reply`` searches, answers and records. No transaction is open
while it searches and answers. A reply that is cut off, by the client that left or by a failure, is
recorded with what was said until then.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from cevvo.domain.access import Principal
from cevvo.domain.answers import Answer, AnswerEvent, TextDelta, Usage
from cevvo.domain.ids import new_id
from cevvo.domain.time import Clock
from cevvo.engine.answering.base import Answerer, Guidance, PastTurn, Question
from cevvo.engine.answering.confidence import may_answer
from cevvo.engine.answering.extractive.answerer import MODEL_ID
from cevvo.engine.answering.phrasebook import sought_language
from cevvo.engine.answering.thread.condensing import Condenser
from cevvo.engine.answering.thread.follow_ups import context_of, standalone_question
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.errors import BudgetExceeded, Conflict, InvalidRequest, Unavailable
from cevvo.features.chat import repository
from cevvo.features.chat.cache import AnswerCache
from cevvo.features.chat.calibrations import Calibrations
from cevvo.features.chat.clusters import QuestionClusters
from cevvo.features.chat.guidance import guidance_of
from cevvo.features.chat.models import resolve
from cevvo.features.chat.opening import open_turn
from cevvo.features.chat.outcomes import count
from cevvo.features.chat.recording import Recorder
from cevvo.features.chat.refusals import Refusals
from cevvo.features.chat.replies import handed_over, refusal, said, unsearched
from cevvo.features.chat.spending import Spending
from cevvo.features.chat.turns import Ask, Reply, ReplyEvent, Turn
from cevvo.features.settings.service import SettingsService
from cevvo.features.sources.documents import are_there
from cevvo.features.usage.budgets import Budgets
from cevvo.foundation.access.guard import visitor_of
from cevvo.foundation.db.database import Database
from cevvo.foundation.telemetry import tracing
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.search.base import SearchIndex

_HISTORY = 100  # questions of the thread that a message is understood with
_DELETED_WITHIN = 1.0  # seconds in which a deletion has to show in what is being answered
DEADLINE = 120.0
"""Seconds that a reply may take in all."""


class ChatService:
    """Answers messages and keeps their threads. ``answerers``: the preferred first."""

    def __init__(
        self,
        db: Database,
        index: SearchIndex,
        retriever: Retriever,
        embedder: Embedder,
        answerers: Sequence[Answerer],
        condenser: Condenser,
        settings: SettingsService,
        budgets: Budgets,
        clock: Clock,
        *,
        deadline: float = DEADLINE,
    ) -> None:
        self._db = db
        self._index = index
        self._retriever = retriever
        self._embedder = embedder
        self._answerers = answerers
        self._condenser = condenser
        self._settings = settings
        self._clock = clock
        self._refusals = Refusals(embedder)
        self._calibrations = Calibrations(db)
        self._spending = Spending(budgets, embedder)
        self._cache = AnswerCache(db, clock, embedder.model_id)
        clusters = QuestionClusters(embedder.dimensions, embedder.model_id)
        self._recorder = Recorder(db, index, clusters, self._spending, self._cache, clock)
        self._deadline = deadline

    async def open(self, principal: Principal, ask: Ask, *, user_field: str = "user_id") -> Turn:
        """Store the user's message; on a full disk, answer it all the same, unless that costs.

        Raises InvalidRequest for an unknown model and, naming ``user_field``, for a publishable key
        that says itself who asks; NotFound for a thread or source that is not in this workspace, or
        not this visitor's, BudgetExceeded when a publishable key has had its messages of the day,
        InsufficientScope when one names a thread without its visitor; nothing is stored then.
        """
        ask = _vouched_for(principal, ask, user_field)
        started, now = time.monotonic(), self._clock()
        wanted = answerer = resolve(ask.model, self._answerers)
        settings = await self._settings.answers(principal.workspace)
        question_id = new_id("msg")

        with tracing.span("open turn"):
            opened = await open_turn(self._db, principal, ask, question_id, now)
        if not opened.saved:  # what a model took could not be booked
            answerer = resolve(MODEL_ID, self._answerers)
        return Turn(
            principal=principal,
            ask=ask,
            settings=settings,
            answerer=answerer,
            thread_id=opened.thread_id,
            question_id=question_id,
            question_position=opened.position,
            message_id=new_id("msg"),
            asked_at=now,
            started=started,
            degraded=answerer is not wanted,
            saved=opened.saved,
        )

    async def reply(self, turn: Turn) -> AsyncGenerator[ReplyEvent, None]:
        """The reply in pieces, as they are ready; recorded before the last event is out.

        Raises Unavailable when it takes too long, BudgetExceeded where a model would be called
        and must not, and what the answerer raises.
        """
        answer: Answer | None = None
        deadline = asyncio.get_running_loop().time() + self._deadline
        try:
            async with asyncio.timeout_at(deadline):
                events = await self._begin(turn)
            async with aclosing(_until(deadline, events)) as timely:
                async for event in timely:
                    reason, text = None, ""
                    if isinstance(event, TextDelta):
                        text = event.text
                    else:
                        reason, text = handed_over(event, turn.settings.handover)
                    if text:
                        turn.say(text)
                        yield TextDelta(text)
                    if isinstance(event, Answer):
                        turn.set_aside = event.handover is not None
                        answer = replace(event, handover=reason, usage=turn.meter.total())
                        answer = self._finished(turn, answer)
        except BudgetExceeded:
            turn.withdrawn = True
            raise
        except TimeoutError as error:
            raise self._too_late() from error
        except (GeneratorExit, asyncio.CancelledError):
            turn.left = True
            raise
        finally:
            count(turn, answer)
            await self._recorder.record(turn, answer)
        if answer is None:
            raise RuntimeError(f"{turn.answerer.model_id} ended without an answer")
        yield Reply(turn.message_id, turn.thread_id, answer, turn.retrieved, turn.saved)

    async def whole_reply(self, turn: Turn) -> Reply:
        """The reply once it is finished, its answer with the whole text.

        Raises what ``reply`` raises and, as a stream does on the way, what ``still_true`` raises.
        """
        async with aclosing(self.reply(turn)) as events:
            async for event in events:
                if isinstance(event, Reply):
                    await self.still_true(turn)  # now: recording may have waited for the deletion
                    return event
        raise AssertionError("a reply ends with its Reply")

    async def still_true(self, turn: Turn) -> None:
        """Raises Conflict when a document that the reply is made from is not there any more.

        In its first second nothing is looked up, so that it costs most answers nothing.
        """
        if time.monotonic() < turn.started + _DELETED_WITHIN:
            return
        used = {passage.document_id for passage in turn.retrieved}
        if not await self._db.read(lambda c: are_there(c, turn.workspace, used)):
            raise Conflict("A document of this answer was deleted meanwhile. Ask again.")

    async def ask_again(self, principal: Principal, ask: Ask) -> tuple[Answer, Turn]:
        """What would be answered now, with the turn as it went. Nothing of it is kept, but what
        models took is booked.

        Raises InvalidRequest for an unknown model, Unavailable when it takes too long,
        BudgetExceeded, and what the answerer raises.
        """
        turn = Turn(
            principal=principal,
            ask=ask,
            settings=await self._settings.answers(principal.workspace),
            answerer=resolve(ask.model, self._answerers),
            thread_id="",
            question_id="",
            question_position=0,
            message_id="",
            asked_at=self._clock(),
            started=time.monotonic(),
        )
        deadline = asyncio.get_running_loop().time() + self._deadline
        try:
            async with asyncio.timeout_at(deadline):
                events = await self._begin(turn)
            async with aclosing(_until(deadline, events)) as timely:
                async for event in timely:
                    if isinstance(event, Answer):
                        turn.passed("answer_ms")
                        return replace(event, usage=turn.meter.total()), turn
        except TimeoutError as error:
            raise self._too_late() from error
        finally:
            await self._db.write(lambda c: self._spending.settle(c, turn))
        raise RuntimeError(f"{turn.answerer.model_id} ended without an answer")

    async def close(self) -> None:
        """Wait until the replies that were cut off are recorded."""
        await self._recorder.close()

    async def _begin(self, turn: Turn) -> AsyncIterator[AnswerEvent]:
        """What asks nothing of the documents gets its reply; a question its passages and answer."""
        ask, settings = turn.ask, turn.settings
        past = list(ask.history) if ask.thread_id is None else await self._past_turns(turn)
        aside = unsearched(ask.message, past, settings)
        if aside is not None:
            turn.kind = "small_talk"
            return said(aside)
        guidance = guidance_of(settings, past, ask.message, turn.meter)
        with tracing.span("understand"):
            turn.standalone = await self._standalone(turn, past, guidance)
        if turn.standalone == ask.message:  # however it is spelt: its answer is anybody's
            guidance = replace(guidance, history=())
        turn.passed("understand_ms")
        refused = await self._refusals.topic_of(turn.standalone, settings.refuse)
        if refused is not None:
            topic, turn.vector = refused
            return said(refusal(ask.message, topic, settings.handover))
        with tracing.span("search"):
            retrieved = await self._retriever.retrieve(
                turn.workspace,
                turn.standalone,
                source_ids=ask.source_ids,
                filters=ask.filters,
                context=context_of(ask.message, past),
                synonyms=settings.synonyms,
            )
        turn.vector, turn.retrieved = retrieved.vector, retrieved.passages
        turn.searched_for, turn.candidates = retrieved.query, retrieved.candidates
        turn.passed("search_ms")
        turn.calibration = await self._calibrations.of(turn.workspace, settings)
        question = Question(ask.message, retrieved.query, retrieved.vector, turn.calibration)
        if turn.answerer.model_id != MODEL_ID:
            with tracing.span("look in cache"):
                cached = await self._cache.find(turn, question)
            if cached is not None:
                return said(cached.answer, cached.pieces)
            decision = await asyncio.to_thread(may_answer, question, retrieved.passages)
            if decision.may_ask:
                await self._spending.reserve(turn, guidance)
        return turn.answerer.answer(question, retrieved.passages, guidance)

    async def _standalone(self, turn: Turn, past: Sequence[PastTurn], guidance: Guidance) -> str:
        """The question as it can stand alone and be searched for; written by the model that is
        asked for, if any, in the language of the documents."""
        message, model_id = turn.ask.message, turn.answerer.model_id
        own = standalone_question(message, past)
        if model_id == MODEL_ID:
            return own
        language = sought_language(message, await self._index.languages(turn.workspace))
        if own == message and language is None:
            return own
        await self._spending.reserve(turn, guidance)
        return await self._condenser.condense(model_id, message, past, turn.meter, language)

    async def _past_turns(self, turn: Turn) -> list[PastTurn]:
        return await self._db.read(
            lambda c: repository.past_turns(c, turn.workspace, turn.thread_id, _HISTORY)
        )

    def _too_late(self) -> Unavailable:
        return Unavailable(
            f"The answer was not ready after {self._deadline:g} seconds. Ask again later."
        )

    def _finished(self, turn: Turn, answer: Answer) -> Answer:
        """The answer as it was streamed, its tokens counted here if nobody else did."""
        turn.response_ms = turn.elapsed_ms()
        turn.passed("answer_ms")
        text = turn.text()
        answer = replace(answer, degraded=answer.degraded or turn.degraded)
        if answer.usage != Usage() or answer.cached:
            return replace(answer, text=text)
        count = self._embedder.count_tokens
        read = 0 if turn.standalone is None else count(turn.standalone)
        return replace(answer, text=text, usage=Usage(read, count(text)))


def _vouched_for(principal: Principal, ask: Ask, user_field: str) -> Ask:
    """Whose thread it is, and who asks, a publishable key knows from its visitor token alone."""
    if principal.kind == "secret":
        return ask
    if ask.thread_id is not None:
        visitor_of(principal)
    if ask.user_id is not None:
        raise InvalidRequest(
            "A web page cannot vouch for who asks: have your backend name them in the visitor "
            "token.",
            param=user_field,
        )
    return replace(ask, user_id=None if principal.visitor is None else principal.visitor.user_id)


async def _until(
    deadline: float, events: AsyncIterator[AnswerEvent]
) -> AsyncGenerator[AnswerEvent, None]:
    """``events``, closed at the end; raises TimeoutError at ``deadline`` on the loop's clock."""
    try:
        with tracing.span_beside("answer"):
            while True:
                async with asyncio.timeout_at(deadline):
                    event = await anext(events, None)
                if event is None:
                    return
                yield event
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()

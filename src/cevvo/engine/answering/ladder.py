"""Models that stand in for each other, and at last an answerer that cannot fail.

Who is asked for a model gets its answer, or that of the next one down that can give one, and is
told so: ``degraded``, and the name of what really answered.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from cevvo.domain.answers import Answer, AnswerEvent, Usage
from cevvo.domain.documents import Passage
from cevvo.domain.time import Clock, Millis, now
from cevvo.engine.answering.base import Answerer, Guidance, Question
from cevvo.engine.answering.breaker import Breaker, BreakerLimits
from cevvo.errors import ModelUnreachable, ModelUnusable, PromptRefused, ProviderError
from cevvo.foundation.telemetry import metrics, tracing
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

_LONG_SILENCE = 10.0  # seconds without a word after which a client that leaves has a point
_TOLD_EVERY = 3600.0  # seconds between two log lines about a model that cannot be used


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may take.

    ``attempts``: calls of one model; ``first_words``: seconds until the first words, over all
    models, after which the last answerer speaks; ``backoff``: seconds before the second attempt,
    twice as long before the third, half of it by chance; ``retry_after``: the longest wait, in
    seconds, that a provider may ask for before it is passed over.
    """

    attempts: int = 3
    first_words: float = 45.0
    backoff: float = 0.5
    retry_after: float = 5.0


@dataclass(frozen=True, slots=True)
class Problem:
    """A model that is not asked at present. ``reason`` is for the operator, never for a client."""

    model: str
    reason: str
    since: Millis


class _Rung:
    """A model's answerer, and how it has been doing."""

    def __init__(self, answerer: Answerer, breaker: Breaker) -> None:
        self.answerer = answerer
        self.breaker = breaker
        self.problem: Problem | None = None
        self.told_at: float | None = None


class Ladder:
    """``models`` in the order in which they stand in for each other, then ``last``, which never
    raises. Belongs to one event loop.

    ``clock`` is in seconds and never goes back, ``chance`` gives 0..1.
    """

    def __init__(
        self,
        models: Sequence[Answerer],
        last: Answerer,
        *,
        limits: Limits | None = None,
        breaker: BreakerLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Clock = now,
        chance: Callable[[], float] = random.random,
    ) -> None:
        breaker = breaker or BreakerLimits()
        self._rungs = [_Rung(model, Breaker(clock, breaker)) for model in models]
        self._last = last
        self._limits = limits or Limits()
        self._longest_pause = breaker.longest
        self._clock = clock
        self._wall_clock = wall_clock
        self._chance = chance

    def answerers(self) -> list[Answerer]:
        """One for each model, in order, which starts with that model; then the last one."""
        return [*(_From(self, index) for index in range(len(self._rungs))), self._last]

    def problems(self) -> list[Problem]:
        """The models that are not asked at present, and why."""
        return [rung.problem for rung in self._rungs if rung.problem is not None]

    def is_resting(self, model_id: str) -> bool:
        """Whether a model (the first of this name) is not asked at present."""
        return next(
            (rung.breaker.is_open for rung in self._rungs if rung.answerer.model_id == model_id),
            False,
        )

    def model_id(self, index: int) -> str:
        """The name of a model of the ladder."""
        return self._rungs[index].answerer.model_id

    async def answer_from(
        self, start: int, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncGenerator[AnswerEvent, None]:
        """The answer of the model at ``start``, or of the first one below it that has one."""
        deadline = self._clock() + self._limits.first_words
        for index in range(start, len(self._rungs)):
            left = deadline - self._clock()
            last = index == len(self._rungs) - 1
            until = deadline if last else deadline - left / 2  # leave the next one its time
            ask = _Ask(question, evidence, guidance, until)
            async with aclosing(self._try(self._rungs[index], ask)) as events:
                async for event in events:
                    if not isinstance(event, Answer):
                        yield event
                        continue
                    # By the name that it can be asked for again: what a server calls its model
                    # may be a path of its own.
                    model, degraded = self.model_id(index), event.degraded or index > start
                    yield replace(event, model=model, degraded=degraded)
                    return
        async for event in self._last.answer(question, evidence, guidance):
            yield replace(event, degraded=True) if isinstance(event, Answer) else event

    async def _try(self, rung: _Rung, ask: "_Ask") -> AsyncGenerator[AnswerEvent, None]:
        """A whole answer, after as many attempts as it may take; nothing if they all fail."""
        for attempt in range(self._limits.attempts):
            if not rung.breaker.enter():
                return
            said = False
            try:
                model = rung.answerer.model_id
                with tracing.span_beside("ask model", model=model, attempt=attempt + 1):
                    async with aclosing(self._ask(rung, ask)) as events:
                        async for event in events:
                            said = True
                            yield event
                return
            except ProviderError as error:
                if said:  # what has gone out cannot be taken back
                    raise
                wait = self._wait(error, attempt)
            if wait is None or self._clock() + wait >= ask.until:
                return
            await asyncio.sleep(wait)

    async def _ask(self, rung: _Rung, ask: "_Ask") -> AsyncGenerator[AnswerEvent, None]:
        """One attempt, and what it says about the model."""
        events = rung.answerer.answer(ask.question, ask.evidence, ask.guidance)
        event: AnswerEvent | None = None
        failure: ProviderError | None = None
        noted, since = False, self._clock()
        try:
            while not isinstance(event, Answer):
                seconds = max(0.0, ask.until - self._clock()) if event is None else None
                async with asyncio.timeout(seconds):
                    event = await anext(events)
                if isinstance(event, Answer):
                    noted = True
                    self._note_answer(rung, event)
                yield event
        except TimeoutError:
            model = rung.answerer.model_id
            failure = ModelUnreachable(f"{model} did not say a word in time.", model=model)
        except ProviderError as error:
            failure = error
        finally:
            if failure is not None:
                self._note_failure(rung, failure)
            elif not noted:
                self._note_leaving(rung, event is None, since)
            if isinstance(events, AsyncGenerator):
                await events.aclose()
        if failure is not None:
            raise failure

    def _wait(self, failure: ProviderError, attempt: int) -> float | None:
        """Seconds until the next attempt; None if there should not be one."""
        if not isinstance(failure, ModelUnreachable) or attempt + 1 == self._limits.attempts:
            return None
        backoff = self._limits.backoff * (1 << attempt) * (1 + self._chance()) / 2
        asked = failure.retry_after
        if asked is None:
            return backoff
        return asked + backoff / 2 if asked <= self._limits.retry_after else None

    def _note_answer(self, rung: _Rung, answer: Answer) -> None:
        model = rung.answerer.model_id
        if answer.degraded:
            failure = ModelUnreachable(
                f"{model} broke off in the middle of an answer.", model=model
            )
            self._note_failure(rung, failure)
        elif not answer.answered and answer.usage == Usage():  # the model was not even asked
            rung.breaker.left()
        else:
            if rung.problem is not None:
                log.info("model_in_use_again", model=model)
            rung.breaker.succeeded()
            rung.problem = rung.told_at = None

    def _note_leaving(self, rung: _Rung, silent: bool, since: float) -> None:
        """The client went away: if it had waited for long, that was the model's doing."""
        if silent and self._clock() - since >= _LONG_SILENCE:
            rung.breaker.failed()
        else:
            rung.breaker.left()

    def _note_failure(self, rung: _Rung, failure: ProviderError) -> None:
        model = rung.answerer.model_id
        metrics.MODEL_ERRORS.labels(model, _kind_of(failure)).inc()
        if isinstance(failure, PromptRefused):
            rung.breaker.left()
            log.warning("model_refused_prompt", model=model, reason=failure.message)
            return
        if isinstance(failure, ModelUnusable):
            rung.breaker.open(self._longest_pause)
            self._tell(rung, failure)
        else:
            log.warning("model_failed", model=model, reason=failure.message)
            rung.breaker.failed()
            asked = getattr(failure, "retry_after", None) or 0.0
            if asked > self._limits.retry_after:
                rung.breaker.open(min(asked, self._longest_pause))
        if rung.breaker.is_open:
            since = self._wall_clock() if rung.problem is None else rung.problem.since
            rung.problem = Problem(model, failure.message, since)

    def _tell(self, rung: _Rung, failure: ProviderError) -> None:
        """Once an hour is enough of what only the operator can put right."""
        if rung.told_at is None or self._clock() - rung.told_at >= _TOLD_EVERY:
            rung.told_at = self._clock()
            log.error("model_unusable", model=failure.model, reason=failure.message)


def _kind_of(failure: ProviderError) -> str:
    if isinstance(failure, PromptRefused):
        return "refused"
    return "unusable" if isinstance(failure, ModelUnusable) else "unreachable"


@dataclass(frozen=True, slots=True)
class _Ask:
    """What is asked. ``until``: the time, on the ladder's clock, at which words must have come."""

    question: Question
    evidence: Sequence[Passage]
    guidance: Guidance
    until: float


@dataclass(frozen=True, slots=True)
class _From:
    """Implements ``Answerer``: the ladder from one model down."""

    ladder: Ladder
    start: int

    @property
    def model_id(self) -> str:
        return self.ladder.model_id(self.start)

    def answer(
        self, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncIterator[AnswerEvent]:
        return self.ladder.answer_from(self.start, question, evidence, guidance)

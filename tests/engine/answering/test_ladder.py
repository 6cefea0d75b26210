"""Models that stand in for each other: retries, the breaker, deadlines, and what is told."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import cast

import pytest
from structlog.testing import capture_logs

from cevvo.domain.answers import Answer, AnswerEvent, TextDelta, Usage
from cevvo.domain.documents import Passage
from cevvo.domain.time import Millis
from cevvo.engine.answering.base import NO_GUIDANCE, Answerer, Guidance, Question
from cevvo.engine.answering.breaker import BreakerLimits
from cevvo.engine.answering.ladder import Ladder, Limits, Problem
from cevvo.errors import (
    ModelRetired,
    ModelUnreachable,
    ModelUnusable,
    PromptRefused,
    ProviderError,
)
from cevvo.providers.llm.base import Completion
from cevvo.providers.llm.fake import ScriptedModel, Step
from engine.answering.modelled import QUESTION, Modelled

DONE = Completion("/srv/models/m.gguf", Usage(5, 2))
DOWN = ModelUnreachable("m is down.", model="m")
QUICK = Limits(backoff=0.002)
Script = Sequence[Step]
FAILING: Script = [DOWN]
BREAKING: Script = ["Three ", DOWN]
GOOD: Script = ["Three.", DONE]


class Last:
    """What is always there."""

    model_id = "extractive"

    async def answer(
        self, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncIterator[AnswerEvent]:
        yield TextDelta("Quoted.")
        yield Answer("Quoted.", (), (), True, 0.8, self.model_id)


class Slow:
    """Says nothing for a minute."""

    def __init__(self, model_id: str = "slow") -> None:
        self.model_id = model_id
        self.closed = False

    async def answer(
        self, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncIterator[AnswerEvent]:
        try:
            await asyncio.sleep(60)
            yield TextDelta("Late.")
        finally:
            self.closed = True


class Clock:
    """A monotonic clock and a wall clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def wall(self) -> Millis:
        return Millis(int(self.seconds * 1000))


def model(*scripts: Script, name: str = "m") -> ScriptedModel:
    return ScriptedModel(*scripts, model_id=name)


def ladder(*models: ScriptedModel, limits: Limits = QUICK, clock: Clock | None = None) -> Ladder:
    clock = clock or Clock()
    return Ladder(
        [Modelled(each) for each in models],
        Last(),
        limits=limits,
        breaker=BreakerLimits(in_a_row=3, window=8, pause=15, longest=60),
        clock=clock,
        wall_clock=clock.wall,
        chance=lambda: 0.5,
    )


async def answer(answerer: Answerer) -> Answer:
    events = [event async for event in answerer.answer(QUESTION, [], NO_GUIDANCE)]
    last = events.pop()
    assert isinstance(last, Answer)
    assert last.text == "".join(each.text for each in events)
    return last


def ask(ladder: Ladder, start: int = 0) -> Answer:
    return asyncio.run(answer(ladder.answerers()[start]))


def test_the_model_that_is_asked_answers() -> None:
    found = ask(ladder(model(["Three ", "days.", DONE]), model(["Four.", DONE], name="n")))
    assert (found.text, found.model, found.degraded) == ("Three days.", "m", False)
    assert found.usage == Usage(5, 2)


def test_asking_for_a_lower_model_starts_there_and_is_no_fall() -> None:
    built = ladder(model(["Three.", DONE]), model(["Four.", DONE], name="n"))
    assert [each.model_id for each in built.answerers()] == ["m", "n", "extractive"]
    assert [ask(built, start).model for start in range(3)] == ["m", "n", "extractive"]
    assert [ask(built, start).degraded for start in range(3)] == [False, False, False]


def test_r13_a_model_that_is_back_at_once_answers_undegraded() -> None:
    back = model([DOWN], [DOWN], ["Three.", DONE])
    found = ask(ladder(back))
    assert (found.text, found.degraded, len(back.prompts)) == ("Three.", False, 3)


def test_r13_after_so_many_attempts_the_next_one_answers_and_it_is_said() -> None:
    down, lower = model([DOWN]), model(["Four.", DONE], name="n")
    found = ask(ladder(down, lower))
    assert (found.text, found.model, found.degraded) == ("Four.", "n", True)
    assert (len(down.prompts), len(lower.prompts)) == (3, 1)


def test_r13_at_last_the_documents_are_quoted() -> None:
    found = ask(ladder(model([DOWN]), model([DOWN], name="n")))
    assert (found.text, found.model, found.degraded) == ("Quoted.", "extractive", True)


@pytest.mark.parametrize(
    "failure",
    [
        ModelUnusable("No key.", model="m"),
        ModelRetired("Gone.", model="m"),
        PromptRefused("Too long.", model="m"),
        ModelUnreachable("Busy.", model="m", retry_after=6.0),
    ],
)
def test_r13_what_a_second_attempt_cannot_help_is_not_tried_again(failure: ProviderError) -> None:
    failing = model([failure])
    found = ask(ladder(failing))
    assert (found.model, found.degraded, len(failing.prompts)) == ("extractive", True, 1)


def test_r13_a_short_retry_after_is_waited_for() -> None:
    busy = model([ModelUnreachable("Busy.", model="m", retry_after=0.15)], ["Three.", DONE])

    async def timed() -> float:
        started = asyncio.get_running_loop().time()
        assert (await answer(ladder(busy).answerers()[0])).model == "m"
        return asyncio.get_running_loop().time() - started

    assert asyncio.run(timed()) >= 0.15


def test_r13_what_was_said_is_not_taken_back() -> None:
    broken = model(["Three ", DOWN], ["Four.", DONE])
    found = ask(ladder(broken))
    assert (found.text, found.model, found.degraded) == ("Three ", "m", True)
    assert len(broken.prompts) == 1


def test_r13_all_models_together_get_so_long_until_the_first_words() -> None:
    first, second = Slow("a"), Slow("b")
    built = Ladder([first, second], Last(), limits=Limits(first_words=0.2))

    async def timed() -> float:
        started = asyncio.get_running_loop().time()
        found = await answer(built.answerers()[0])
        assert (found.model, found.degraded) == ("extractive", True)
        return asyncio.get_running_loop().time() - started

    assert 0.19 <= asyncio.run(timed()) < 5
    assert first.closed
    assert second.closed


def test_r13_a_model_that_hangs_leaves_the_next_one_its_time() -> None:
    lower = model(["Four.", DONE], name="n")
    built = Ladder([Slow(), Modelled(lower)], Last(), limits=Limits(first_words=0.3))
    found = ask(built)
    assert (found.model, found.degraded) == ("n", True)


def test_r14_a_model_that_keeps_failing_is_left_alone_and_tried_again_later() -> None:
    clock = Clock()
    down = model([DOWN], [DOWN], [DOWN], [DOWN], ["Three.", DONE])
    built = ladder(down, clock=clock)
    assert ask(built).model == "extractive"
    assert len(down.prompts) == 3
    assert built.problems() == [Problem("m", "m is down.", Millis(1_000_000))]
    assert ask(built).degraded  # and nobody asked
    assert len(down.prompts) == 3
    clock.seconds += 15
    assert ask(built).model == "extractive"  # one probe, and no retries
    assert len(down.prompts) == 4
    clock.seconds += 29
    assert ask(built).model == "extractive"
    assert len(down.prompts) == 4
    clock.seconds += 1
    found = ask(built)
    assert (found.model, found.degraded, len(down.prompts)) == ("m", False, 5)
    assert built.problems() == []
    assert ask(built).model == "m"


def test_r14_one_probe_at_a_time() -> None:
    clock = Clock()

    class Slowly(Modelled):
        """Takes until ``go``."""

        go: asyncio.Event

        async def answer(
            self, question: Question, evidence: Sequence[Passage], guidance: Guidance
        ) -> AsyncIterator[AnswerEvent]:
            if clock.seconds > 1000:
                await self.go.wait()
            async for event in super().answer(question, evidence, guidance):
                yield event

    down = model([DOWN], [DOWN], [DOWN], ["Three.", DONE])
    slowly = Slowly(down)
    built = Ladder(
        [slowly], Last(), limits=QUICK, breaker=BreakerLimits(in_a_row=3, pause=15), clock=clock
    )

    async def run() -> list[str]:
        slowly.go = asyncio.Event()
        await answer(built.answerers()[0])
        clock.seconds += 15
        probe = asyncio.create_task(answer(built.answerers()[0]))
        await asyncio.sleep(0)
        meanwhile = [await answer(built.answerers()[0]) for _ in range(3)]
        slowly.go.set()
        return [each.model for each in [await probe, *meanwhile]]

    assert asyncio.run(run()) == ["m", "extractive", "extractive", "extractive"]
    assert len(down.prompts) == 4


def test_r14_a_probe_that_is_cancelled_leaves_room_for_the_next() -> None:
    clock = Clock()
    down = model([DOWN], [DOWN], [DOWN], ["Three.", DONE])
    built = ladder(down, clock=clock)
    assert ask(built).degraded
    clock.seconds += 15

    async def leave() -> None:
        events = cast(
            AsyncGenerator[AnswerEvent, None],
            built.answerers()[0].answer(QUESTION, [], NO_GUIDANCE),
        )
        async with aclosing(events):
            await anext(events)

    asyncio.run(leave())
    assert down.closed == 1
    assert ask(built).model == "m"


def test_r14_half_of_the_calls_failing_is_enough() -> None:
    flaky = model(*(FAILING, GOOD) * 4)
    built = ladder(flaky)
    assert [ask(built).model for _ in range(4)] == ["m"] * 4
    assert len(flaky.prompts) == 8
    flaky = model(*(BREAKING, GOOD) * 4)
    built = ladder(flaky)
    assert [ask(built).degraded for _ in range(8)] == [True, False] * 4
    flaky = model(*(GOOD, BREAKING) * 4, GOOD)
    built = ladder(flaky)
    assert [ask(built).model for _ in range(9)] == ["m"] * 8 + ["extractive"]


def test_r14_a_model_that_was_not_asked_has_proved_nothing() -> None:
    clock = Clock()
    down = model([DOWN])
    asker = Modelled(down)
    built = Ladder(
        [asker], Last(), limits=QUICK, breaker=BreakerLimits(in_a_row=3, pause=15), clock=clock
    )
    assert ask(built).model == "extractive"
    clock.seconds += 15
    asker.asks = False
    assert ask(built).answered is False
    assert len(built.problems()) == 1
    asker.asks = True
    assert ask(built).model == "extractive"
    assert len(down.prompts) == 4  # the probe that was still due


def test_r14_a_prompt_that_is_refused_says_nothing_about_the_model() -> None:
    picky = model(*([PromptRefused("Too long.", model="m")],) * 9, ["Three.", DONE])
    built = ladder(picky)
    assert [ask(built).model for _ in range(10)] == ["extractive"] * 9 + ["m"]
    assert built.problems() == []


def test_r14_clients_that_give_up_on_a_silent_model_open_the_breaker() -> None:
    clock = Clock()
    slow = Slow("m")
    built = Ladder([slow], Last(), breaker=BreakerLimits(in_a_row=2, pause=15), clock=clock)

    async def give_up(after: float) -> None:
        task = asyncio.create_task(answer(built.answerers()[0]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        clock.seconds += after
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for _ in range(5):
        asyncio.run(give_up(1))
    assert slow.closed
    asyncio.run(give_up(11))
    asyncio.run(give_up(11))
    assert ask(built).model == "extractive"


def test_a_long_retry_after_rests_the_model_for_as_long() -> None:
    clock = Clock()
    busy = model([ModelUnreachable("Busy.", model="m", retry_after=20.0)], ["Three.", DONE])
    built = ladder(busy, clock=clock)
    assert ask(built).model == "extractive"
    clock.seconds += 19
    assert ask(built).model == "extractive"
    assert len(busy.prompts) == 1
    clock.seconds += 1
    assert ask(built).model == "m"


def test_a_model_that_cannot_be_used_is_told_once_an_hour_and_asked_once_a_minute() -> None:
    clock = Clock()
    retired = model([ModelRetired("m is gone. Name another.", model="m")])
    built = ladder(retired, clock=clock)
    with capture_logs() as logs:
        for _ in range(121):
            assert ask(built).model == "extractive"
            clock.seconds += 30
    told = [each for each in logs if each["event"] == "model_unusable"]
    assert len(told) == 2
    assert told[0] == {
        "event": "model_unusable",
        "log_level": "error",
        "model": "m",
        "reason": "m is gone. Name another.",
    }
    assert len(retired.prompts) == 61
    assert built.problems() == [Problem("m", "m is gone. Name another.", Millis(1_000_000))]


def test_r15_leaving_closes_the_model() -> None:
    talking = model(["Three ", "days.", DONE])

    async def leave() -> None:
        events = cast(
            AsyncGenerator[AnswerEvent, None],
            ladder(talking).answerers()[0].answer(QUESTION, [], NO_GUIDANCE),
        )
        async with aclosing(events):
            assert await anext(events) == TextDelta("Three ")

    asyncio.run(leave())
    assert talking.closed == 1

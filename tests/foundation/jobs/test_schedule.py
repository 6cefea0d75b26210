"""What is done again and again goes on after a failure and ends when it is cancelled."""

import asyncio

import pytest

from cevvo.foundation.jobs.schedule import every


def test_a_failure_does_not_end_the_schedule() -> None:
    turns = 0

    async def action() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise ZeroDivisionError

    async def scenario() -> None:
        task = asyncio.create_task(every(0.001, action))
        async with asyncio.timeout(5):
            while turns < 3:  # noqa: ASYNC110 - counted by the action
                await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        after = turns
        await asyncio.sleep(0.01)
        assert turns == after

    asyncio.run(scenario())

"""Doing something again and again."""

import asyncio
from collections.abc import Awaitable, Callable

from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)


async def every(seconds: float, action: Callable[[], Awaitable[object]]) -> None:
    """Run ``action`` now and ``seconds`` after each end, until this task is cancelled.

    A failure is logged; the next turn comes all the same.
    """
    while True:
        try:
            await action()
        except Exception as error:
            log.error("scheduled_action_failed", exc_info=error)
        await asyncio.sleep(seconds)

"""Following jobs: whoever does is woken when one may have changed, by the signals."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs.signals import Listener, Signal

PAUSE = 0.5
"""Seconds between two wake-ups at least: what changed meanwhile is one of them."""
LOOK = 1.0
"""Seconds until jobs that others run may have got further: of that nobody is told."""


class Changes:
    """Wakes those who follow the jobs of a database, of whatever workspace.

    It listens from the first follower on: a server whose jobs nobody looks at holds no connection
    of its shared database for that.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._followers: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None
        self._stopped = False

    async def follow(self, busy: Callable[[], bool]) -> AsyncGenerator[None]:
        """Yields at once, and again whenever a job may have changed, until ``stop``.

        ``busy``: whether jobs are unfinished of which this process may not be told.
        """
        self._listen()
        woken = asyncio.Event()
        woken.set()
        self._followers.add(woken)
        try:
            while not self._stopped:
                woken.clear()
                yield
                await asyncio.sleep(PAUSE)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK if self._db.is_shared and busy() else None):
                        await woken.wait()
        finally:
            self._followers.discard(woken)

    async def stop(self) -> None:
        """End all that is followed, within PAUSE."""
        self._stopped = True
        self._db.listeners.discard(self._told)
        self._heard()
        if self._listener is not None:
            listener, self._listener = self._listener, None
            await listener.stop()

    def _listen(self) -> None:
        if self._loop is not None or self._stopped:
            return
        self._loop = asyncio.get_running_loop()
        if self._db.is_shared:
            self._listener = Listener(self._db.engine, self._heard)
        else:
            self._db.listeners.add(self._told)

    def _told(self) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._heard)

    def _heard(self, _signal: Signal | None = None) -> None:
        for woken in self._followers:
            woken.set()

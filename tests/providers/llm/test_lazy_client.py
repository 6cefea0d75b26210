"""A client that is made in a thread, whoever waits for it."""

import asyncio
import threading

import pytest

from cevvo.providers.llm.connection import LazyClient


class Client:
    closed = False

    async def close(self) -> None:
        self.closed = True


class Slow:
    """Makes a client once it may."""

    def __init__(self) -> None:
        self.begun, self.may = threading.Event(), threading.Event()
        self.made: list[Client] = []

    def __call__(self) -> Client:
        self.begun.set()
        assert self.may.wait(10)
        self.made.append(Client())
        return self.made[-1]


async def leave_while(slow: Slow, lazy: LazyClient[Client]) -> None:
    """Ask for the client and go away before it is there."""
    waiting = asyncio.create_task(lazy.get())
    await asyncio.to_thread(slow.begun.wait, 10)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    slow.may.set()


def test_a_client_that_nobody_waited_for_is_closed() -> None:
    async def use(slow: Slow, lazy: LazyClient[Client]) -> None:
        await leave_while(slow, lazy)
        await lazy.close()

    slow = Slow()
    asyncio.run(use(slow, LazyClient(slow)))
    assert [client.closed for client in slow.made] == [True]


def test_the_next_one_takes_it() -> None:
    async def use(slow: Slow, lazy: LazyClient[Client]) -> None:
        await leave_while(slow, lazy)
        assert await lazy.get() is await lazy.get() is slow.made[0]
        await lazy.close()

    slow = Slow()
    asyncio.run(use(slow, LazyClient(slow)))
    assert [client.closed for client in slow.made] == [True]


def test_a_client_that_could_not_be_made_is_tried_again() -> None:
    clients: list[Client] = []

    def connect() -> Client:
        clients.append(Client())
        if len(clients) == 1:
            raise ImportError("half of it is missing")
        return clients[-1]

    async def use(lazy: LazyClient[Client]) -> None:
        with pytest.raises(ImportError):
            await lazy.get()
        assert await lazy.get() is clients[1]
        await lazy.close()

    asyncio.run(use(LazyClient(connect)))
    assert [client.closed for client in clients] == [False, True]


def test_one_that_was_never_asked_for_has_nothing_to_close() -> None:
    asyncio.run(LazyClient(Slow()).close())

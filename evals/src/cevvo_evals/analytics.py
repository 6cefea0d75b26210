"""How long the queries of the analytics take, by how much there is to count.

    python -m cevvo_evals.analytics --messages 10000 100000 1000000

Conversations of a year are drawn from a seed: one to six questions each, a tenth of them small
talk, their clusters by Zipf's law, a fifth unanswered, a few tests, and some that go on on another
day. Each query is asked through the service that the API asks, on one connection, so many times
after two that do not count. Beside the time on the wall there is that of the processor, which
another program's load does not lengthen. ``--plans`` shows how each statement is answered;
``--days 90`` puts everything into the longest period: the worst case.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import numpy as np
from sqlalchemy import Connection, event

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.periods import PeriodName
from cevvo.domain.time import Millis
from cevvo.features.analytics.service import AnalyticsService
from cevvo.features.conversations.filters import ConversationFilter
from cevvo.features.conversations.service import ConversationsService
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database

WORKSPACE = WorkspaceId("wsp_measured0000000000000")
NOW = Millis(1_773_500_000_000)
DAY = 86_400_000
_AT_ONCE = 20_000
_TRIGGERS = (
    *("turns_counted", "turns_settled", "turns_recounted", "turns_uncounted"),
    *("messages_indexed", "messages_indexed_anew", "messages_no_longer_indexed"),
)
_MESSAGE = "How do I set up the balloon so that it lands in the garden of our neighbours, please?"
_CODE = 5000  # of so many messages one has a given code


def fill(db: Database, messages: int, days: int, seed: int) -> None:
    """Store so many messages. The triggers are put aside, and what they keep made in one go."""
    versions = "cevvo.foundation.db.migrations.versions"
    figures = import_module(f"{versions}.0006_figures")
    trigrams = import_module(f"{versions}.0011_message_trigrams")
    clusters = max(messages // 100, 50)

    def store(connection: Connection) -> None:
        run = connection.exec_driver_sql
        for trigger in _TRIGGERS:
            run(f"DROP TRIGGER {trigger}")
        run("INSERT INTO workspaces (id, name, created_at) VALUES (?, 'Measured', 0)", (WORKSPACE,))
        zeros = np.zeros(384, "<f4").tobytes()
        rows = [(f"gap_{n:022d}", WORKSPACE, zeros, 1, n + 1, n) for n in range(clusters)]
        run(f"INSERT INTO question_clusters VALUES ({_marks(6)})", rows)
        for drawn in _chunks(_drawn(messages, days, clusters, seed)):
            threads, said, asked = (list(rows) for rows in zip(*drawn, strict=True))
            run(
                "INSERT INTO conversations (id, workspace_id, title, created_at, updated_at, "
                f"escalated_at) VALUES ({_marks(6)})",
                threads,
            )
            run(
                "INSERT INTO messages (id, workspace_id, conversation_id, position, role, content, "
                f"created_at, status) VALUES ({_marks(8)})",
                [row for rows in said for row in rows],
            )
            run(
                "INSERT INTO turns (id, workspace_id, conversation_id, answer_id, asked_at, kind, "
                "standalone, vector, answered, confidence, rating, rephrased, escalated, "
                "off_topic, response_ms, first_token_ms, cluster_id, is_test, returned, model) "
                f"VALUES ({_marks(20)})",
                [row for rows in asked for row in rows],
            )
        for migration in (figures, trigrams):
            for statement in (*migration._backfill(), *migration._triggers()):
                run(statement)

    db.write_now(store)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _chunks(drawn: Iterator[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for each in drawn:
        chunk.append(each)
        if len(chunk) == _AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _drawn(messages: int, days: int, clusters: int, seed: int) -> Iterator[Any]:
    """Rows of a conversation, of its messages and of its turns."""
    chance, numbers = random.Random(seed), np.random.default_rng(seed)
    weights = 1 / np.arange(1, clusters + 1)
    of_turn = numbers.choice(clusters, messages, p=weights / weights.sum()).tolist()
    vectors = numbers.standard_normal((clusters, 384))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    packed = [vector.astype("<f2").tobytes() for vector in vectors]
    number = turn = 0
    while 2 * turn < messages:
        thread, at = f"thr_{number:022d}", NOW - int(chance.random() * days * DAY)
        began, is_test, at_person = at, chance.random() < 0.03, None
        said, asked = [], []
        for place in range(chance.choice([1, 1, 2, 2, 3, 6])):
            small_talk, cluster = chance.random() < 0.1, of_turn[turn % messages]
            answered = small_talk or chance.random() < 0.8
            id = f"{chance.getrandbits(128):032x}"
            for role, offset in (("user", 0), ("assistant", 1)):
                place_in_it = 2 * place + offset
                message = (f"msg_{id}{offset}", WORKSPACE, thread, place_in_it, role)
                content = f"{_MESSAGE} E-{chance.randrange(_CODE):04d}"
                said.append((*message, content, at, "complete"))
            escalated = chance.random() < 0.03
            at_person = at if escalated else at_person
            rating = chance.choice([None] * 8 + ["positive", "negative"])
            took = chance.randrange(20, 4000)
            words = None if small_talk else f"Question {cluster} in other words"
            group = None if small_talk or is_test else f"gap_{cluster:022d}"
            asked.append(
                (
                    *(f"turn_{id}", WORKSPACE, thread, f"msg_{id}1", at),
                    *("small_talk" if small_talk else "question", words, packed[cluster]),
                    *(answered, chance.random(), rating, chance.random() < 0.05),
                    *(escalated, not answered and chance.random() < 0.2),
                    *(took, took // 3, group, is_test),
                    *(chance.random() < 0.02, chance.choice(["extractive", "gpt-5"])),
                )
            )
            at += chance.randrange(5_000, 300_000) if chance.random() < 0.95 else DAY
            turn += 1
        yield (thread, WORKSPACE, "A question", began, at, at_person), said, asked
        number += 1


def queries(db: Database, period: PeriodName) -> dict[str, Callable[[], Awaitable[object]]]:
    """What is asked, by name."""
    analytics = AnalyticsService(db, lambda: NOW)
    conversations = ConversationsService(db, lambda: NOW)

    def listed(offset: int = 0, **wanted: Any) -> Callable[[], Awaitable[object]]:
        found = ConversationFilter(test=False, **wanted)
        return lambda: conversations.page(WORKSPACE, found, period=period, offset=offset, limit=20)

    def ever(**wanted: Any) -> Callable[[], Awaitable[object]]:
        found = ConversationFilter(**wanted)
        return lambda: conversations.page(WORKSPACE, found, offset=0, limit=20)

    return {
        "overview": lambda: analytics.overview(WORKSPACE, period),
        "timeseries": lambda: analytics.timeseries(WORKSPACE, period),
        "top-questions, 10": lambda: analytics.top_questions(WORKSPACE, period, 10),
        "top-questions, 50": lambda: analytics.top_questions(WORKSPACE, period, 50),
        "coverage-gaps, 10": lambda: analytics.coverage_gaps(WORKSPACE, period, 10),
        "coverage-gaps, 50": lambda: analytics.coverage_gaps(WORKSPACE, period, 50),
        "conversations, all": listed(),
        "conversations, unresolved": listed(resolution="unresolved"),
        "conversations, of a question": listed(question=f"gap_{20:022d}"),
        "conversations, rated bad": listed(rating="negative"),
        "conversations, unanswered": listed(answered=False),
        "conversations, answered": listed(answered=True),
        "conversations, low confidence": listed(low_confidence=True),
        "conversations, of a model": listed(model="gpt-5"),
        "conversations, a person": listed(escalated=True),
        "conversations, no person": listed(escalated=False),
        "conversations, 40th page": listed(offset=780),
        "conversations, 1,000th page": listed(offset=19_980),
        "conversations, words of none": listed(words="lands in the yard"),
        "conversations, words of few": listed(words="please? E-0137"),
        "conversations, words of all": listed(words="in the garden"),
        "conversations, a short word": listed(words="so"),
        "conversations, ever": ever(),
        "conversations, ever, no tests": ever(test=False),
        "conversations, ever, tests": ever(test=True),
        "conversations, ever, unresolved": ever(resolution="unresolved"),
        "conversations, ever, rated bad": ever(rating="negative"),
        "conversations, ever, a person": ever(escalated=True),
        "conversations, ever, a short word": ever(words="so"),
    }


async def _times(ask: Callable[[], Awaitable[object]], repeats: int) -> list[list[float]]:
    """Milliseconds by the clock on the wall, and of this process."""
    taken: list[list[float]] = [[], []]
    for number in range(repeats + 2):
        started = time.perf_counter(), time.process_time()
        await ask()
        ended = time.perf_counter(), time.process_time()
        if number >= 2:
            for times, begin, end in zip(taken, started, ended, strict=True):
                times.append((end - begin) * 1000)
    return taken


def _shown(times: list[float]) -> str:
    ordered = sorted(times)
    rank = -(-95 * len(ordered) // 100)
    return f"{statistics.median(ordered):.1f}/{ordered[rank - 1]:.1f}"


def plans(db: Database, ask: Callable[[], Awaitable[object]]) -> list[str]:
    """The plan of each different statement of a query."""
    statements: dict[str, Any] = {}

    @event.listens_for(db.engine, "before_cursor_execute")
    def _note(_c: object, _k: object, statement: str, parameters: Any, *_: object) -> None:
        statements.setdefault(statement, parameters)

    asyncio.run(_once(ask))
    event.remove(db.engine, "before_cursor_execute", _note)

    def explained(connection: Connection) -> list[str]:
        found = []
        for statement, parameters in statements.items():
            if statement.startswith("SELECT"):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                found.append("; ".join(row[3] for row in rows))
        return found

    return list(dict.fromkeys(db.read_now(explained)))


async def _once(ask: Callable[[], Awaitable[object]]) -> None:
    await ask()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--messages", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--days", type=int, default=365, help="over which they are spread")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--plans", action="store_true", help="show how each query is answered")
    arguments = parser.parse_args()
    for messages in arguments.messages:
        with tempfile.TemporaryDirectory() as folder:
            db = open_database(Path(folder))
            fill(db, messages, arguments.days, arguments.seed)
            print(f"\n{messages:,} messages over {arguments.days} days: p50/p95 in ms", flush=True)
            periods = [f"{each} {by}" for each in get_args(PeriodName) for by in ("wall", "cpu")]
            print(" ".join([" " * 33, *(f"{each:>12}" for each in periods)]))
            for name in queries(db, "7d"):
                row = [f"{name:33}"]
                for period in get_args(PeriodName):
                    times = asyncio.run(_times(queries(db, period)[name], arguments.repeats))
                    row += [f"{_shown(each):>12}" for each in times]
                print(" ".join(row), flush=True)
                if arguments.plans:
                    for plan in plans(db, queries(db, "30d")[name]):
                        print(f"    {plan}")
            db.close()


if __name__ == "__main__":
    main()

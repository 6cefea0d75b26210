"""How long the queries of the analytics take, by how much there is to count.

    python -m cevvo_evals.analytics --messages 10000 100000 1000000 --docs docs

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
from cevvo_evals.performance_page import machine, put

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
    """What is asked of a period, by name."""
    analytics = AnalyticsService(db, lambda: NOW)
    listed = _lists(db, period, test=False)
    return {
        "overview": lambda: analytics.overview(WORKSPACE, period),
        "time series": lambda: analytics.timeseries(WORKSPACE, period),
        "top questions, 10": lambda: analytics.top_questions(WORKSPACE, period, 10),
        "top questions, 50": lambda: analytics.top_questions(WORKSPACE, period, 50),
        "coverage gaps, 10": lambda: analytics.coverage_gaps(WORKSPACE, period, 10),
        "coverage gaps, 50": lambda: analytics.coverage_gaps(WORKSPACE, period, 50),
        "conversations": listed(),
        "… the 40th page": listed(offset=780),
        "… the 1,000th page": listed(offset=19_980),
        "… unresolved": listed(resolution="unresolved"),
        "… that asked a question": listed(question=f"gap_{20:022d}"),
        "… rated bad": listed(rating="negative"),
        "… unanswered": listed(answered=False),
        "… answered": listed(answered=True),
        "… of low confidence": listed(low_confidence=True),
        "… of a model": listed(model="gpt-5"),
        "… where a person was asked for": listed(escalated=True),
        "… where none was": listed(escalated=False),
        "… with words that nobody said": listed(words="lands in the yard"),
        "… with words of 1 in 5,000 messages": listed(words="please? E-0137"),
        "… with words of all messages": listed(words="in the garden"),
        "… with a word of two characters": listed(words="so"),
    }


def queries_of_all(db: Database) -> dict[str, Callable[[], Awaitable[object]]]:
    """What is asked of all time, by name."""
    ever = _lists(db, None)
    return {
        "conversations of all time": ever(),
        "… that are no test": ever(test=False),
        "… that are a test": ever(test=True),
        "… unresolved, of all time": ever(resolution="unresolved"),
        "… unanswered, of all time": ever(answered=False),
        "… rated bad, of all time": ever(rating="negative"),
        "… where a person was ever asked for": ever(escalated=True),
        "… with a word of two characters, of all time": ever(words="so"),
    }


def _lists(db: Database, period: PeriodName | None, **always: Any) -> Callable[..., Any]:
    conversations = ConversationsService(db, lambda: NOW)

    def listed(offset: int = 0, **wanted: Any) -> Callable[[], Awaitable[object]]:
        found = ConversationFilter(**always, **wanted)
        return lambda: conversations.page(WORKSPACE, found, period=period, offset=offset, limit=20)

    return listed


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


def percentile(times: list[float], share: int) -> float:
    """The smallest time that so many percent do not exceed."""
    ordered = sorted(times)
    return ordered[-(-share * len(ordered) // 100) - 1]


def _shown(times: list[float]) -> str:
    return f"{percentile(times, 50):.1f}/{percentile(times, 95):.1f}"


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
    parser.add_argument("--docs", type=Path, help="write into performance.md there")
    arguments = parser.parse_args()
    told, found = machine(), {}
    for messages in arguments.messages:
        with tempfile.TemporaryDirectory() as folder:
            db = open_database(Path(folder))
            fill(db, messages, arguments.days, arguments.seed)
            print(f"\n{messages:,} messages over {arguments.days} days: p50/p95 in ms", flush=True)
            found[messages] = _measured(db, arguments.repeats, arguments.plans)
            db.close()
    if arguments.docs:
        put(arguments.docs, "analytics", _section(found, told), {})


def _measured(db: Database, repeats: int, with_plans: bool) -> dict[str, list[list[float]]]:
    """The times of each query in the period that takes most of the processor; printed, too."""
    periods = get_args(PeriodName)
    print(
        " ".join([" " * 46, *(f"{each + by:>13}" for each in periods for by in (" wall", " cpu"))])
    )
    slowest = {}
    for name in [*queries(db, "7d"), *queries_of_all(db)]:
        asked = [queries(db, period).get(name) for period in periods]
        ways = [ask or queries_of_all(db)[name] for ask in (asked if asked[0] else asked[:1])]
        taken = [asyncio.run(_times(ask, repeats)) for ask in ways]
        shown = [f"{_shown(each):>13}" for times in taken for each in times]
        print(" ".join([f"{name:46}", *shown]), flush=True)
        slowest[name] = max(taken, key=lambda times: percentile(times[1], 95))
        for plan in plans(db, ways[-1]) if with_plans else ():
            print(f"    {plan}")
    return slowest


def _section(found: dict[int, dict[str, list[list[float]]]], told: str) -> str:
    """The page's table: percentiles by name and by how many messages there are."""
    sizes = list(found)
    lines = [
        ["", *(f"{size:,} messages" for size in sizes), "… p50", "… p95 on the wall"],
        ["---"] * (len(sizes) + 3),
    ]
    for name, (wall, cpu) in found[sizes[-1]].items():
        p95 = (f"{percentile(found[size][name][1], 95):.0f}" for size in sizes)
        rest = percentile(cpu, 50), percentile(wall, 95)
        lines.append([name, *p95, *(f"{each:.0f}" for each in rest)])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return (
        "## Analytics\n\n`python -m cevvo_evals.analytics --messages "
        f"{' '.join(map(str, sizes))} --docs docs` ({told}). Messages of a year, drawn from a "
        "seed, on SQLite. Milliseconds of processor time, 95th percentile, in that of the four "
        "periods in which it is highest; at the most messages also the median, and the 95th "
        "percentile on the wall, which what else the machine does makes longer.\n\n"
        f"{table}"
    )


if __name__ == "__main__":
    main()

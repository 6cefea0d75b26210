"""How long the queries of the analytics take, by how much there is to count.

    python -m cevvo_evals.analytics --messages 10000 100000 1000000 --docs docs

Each query is asked through the service that the API asks, on one connection, so many times after
two that do not count. Beside the time on the wall there is that of the processor, which another
program's load lengthens less. ``--plans`` shows how each statement is answered;
``--days 90`` puts everything into the longest period: the worst case.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, get_args

from sqlalchemy import Connection, event

from cevvo.domain.periods import PeriodName
from cevvo.features.analytics.service import AnalyticsService
from cevvo.features.conversations.filters import ConversationFilter
from cevvo.features.conversations.service import ConversationsService
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo_evals.analytics_messages import NOW, WORKSPACE, fill
from cevvo_evals.performance_page import machine, put


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

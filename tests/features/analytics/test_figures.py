"""Every figure equals the one that a plain loop over the same turns finds."""

import asyncio
import itertools
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from sqlalchemy import Connection, delete, insert, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.periods import PeriodName
from cevvo.domain.time import Millis
from cevvo.features.analytics.figures import Figures, figures, questions
from cevvo.features.analytics.repository import GapOrder
from cevvo.features.analytics.service import AnalyticsService, Overview
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import question_clusters, workspaces
from cevvo.foundation.db.tables import turns as turns_table
from features.analytics.generated_turns import DAY, NOW, Turn, conversation, generate
from stores import made

OURS, OTHERS = WorkspaceId("ws_ours"), WorkspaceId("ws_others")
PERIODS: tuple[PeriodName, ...] = get_args(PeriodName)
DAYS = {"24h": 1, "7d": 7, "30d": 30, "90d": 90}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with made(tmp_path_factory.mktemp("figures")) as opened:
        yield opened


@pytest.fixture(scope="module")
def turns(db: Database) -> list[Turn]:
    generate(db, OTHERS, seed=2, conversations=300)
    return generate(db, OURS, seed=8, conversations=1500)


def service(db: Database) -> AnalyticsService:
    return AnalyticsService(db, lambda: NOW)


def within(turns: list[Turn], period: PeriodName, windows_ago: int = 0) -> list[Turn]:
    length = DAYS[period] * DAY
    end = NOW - windows_ago * length
    return [t for t in turns if end - length <= t.asked_at < end and not t.is_test]


def is_resolved(turn: Turn) -> bool:
    against = turn.rating == "negative" or turn.rephrased or turn.escalated or turn.returned
    return turn.answered and not against


def last_questions(turns: list[Turn]) -> list[Turn]:
    last: dict[str, Turn] = {}
    for turn in sorted(turns, key=lambda t: t.asked_at):
        if turn.kind == "question":
            last[turn.conversation_id] = turn
    return list(last.values())


def resolution(turns: list[Turn]) -> float | None:
    last = last_questions(turns)
    return sum(map(is_resolved, last)) / len(last) if last else None


def is_gap(turn: Turn) -> bool:
    if turn.kind != "question" or turn.off_topic or turn.confidence is None:
        return False
    return not turn.answered or (turn.rating == "negative" and turn.confidence < 0.5)


@pytest.mark.parametrize("period", PERIODS)
def test_overview(db: Database, turns: list[Turn], period: PeriodName) -> None:
    now, before = within(turns, period), within(turns, period, 1)
    threads, threads_before = ({t.conversation_id for t in each} for each in (now, before))
    times = sorted(t.response_ms for t in now if t.kind == "question" and t.response_ms is not None)
    firsts = [
        t.first_token_ms for t in now if t.kind == "question" and t.first_token_ms is not None
    ]
    rate, rate_before = resolution(now), resolution(before)
    assert times
    assert rate is not None
    assert rate_before is not None
    shown = asyncio.run(service(db).overview(OURS, period))
    assert shown.total_conversations == len(threads)
    assert shown.total_messages == 2 * len(now)
    assert shown.resolution_rate == pytest.approx(rate, abs=5e-5)
    last = last_questions(now)
    confirmed = [turn for turn in last if is_resolved(turn) and turn.rating == "positive"]
    assert shown.resolution_conversations == len(last)
    assert shown.confirmed_rate == pytest.approx(len(confirmed) / len(last), abs=5e-5)
    assert shown.resolution_interval is not None
    low, high = shown.resolution_interval
    assert low < rate < high
    assert shown.avg_response_time_ms == round(np.mean(times))
    assert shown.p50_response_time_ms == np.percentile(times, 50, method="inverted_cdf")
    assert shown.p95_response_time_ms == np.percentile(times, 95, method="inverted_cdf")
    assert shown.avg_first_token_ms == round(np.mean(firsts))
    assert shown.period == period
    assert shown.trend.conversations == pytest.approx(
        len(threads) / len(threads_before) - 1, abs=5e-5
    )
    assert shown.trend.resolution_rate == pytest.approx(rate - rate_before, abs=5e-5)


def founded(db: Database) -> dict[str, int]:
    """When the first question of each cluster was asked."""
    query = select(question_clusters.c.id, question_clusters.c.created_at)
    return db.read_now(lambda c: {row.id: row.created_at for row in c.execute(query)})


@pytest.mark.parametrize(("period", "limit"), list(itertools.product(PERIODS, (1, 10, 50))))
def test_top_questions(db: Database, turns: list[Turn], period: PeriodName, limit: int) -> None:
    asked: dict[str, dict[str, Turn]] = defaultdict(dict)
    for turn in sorted(within(turns, period), key=lambda t: t.asked_at):
        if turn.cluster_id is not None:
            asked[turn.cluster_id][turn.conversation_id] = turn
    since = founded(db)
    most = sorted(asked.items(), key=lambda item: (-len(item[1]), since[item[0]], item[0]))
    expected = most[:limit]
    shown = asyncio.run(service(db).top_questions(OURS, period, limit))
    assert [(q.question, q.count) for q in shown] == [
        (f"Question {cluster.rpartition('_')[2]}?", len(by_thread))
        for cluster, by_thread in expected
    ]
    for question, (_, by_thread) in zip(shown, expected, strict=True):
        rate = sum(map(is_resolved, by_thread.values())) / len(by_thread)
        assert question.resolved_rate == pytest.approx(rate, abs=5e-5)


@pytest.mark.parametrize(
    ("period", "limit", "order"), list(itertools.product(PERIODS, (1, 10, 50), get_args(GapOrder)))
)
def test_coverage_gaps(
    db: Database, turns: list[Turn], period: PeriodName, limit: int, order: GapOrder
) -> None:
    threads: dict[str, set[str]] = defaultdict(set)
    for turn in within(turns, period):
        if turn.cluster_id is not None and is_gap(turn):
            threads[turn.cluster_id].add(turn.conversation_id)
    with_words = {t.cluster_id for t in turns if is_gap(t) and t.standalone is not None}
    since = founded(db)

    def place(item: tuple[str, set[str]]) -> tuple[int, str]:
        cluster, asked = item
        return (-since[cluster] if order == "newest" else -len(asked), cluster)

    in_order = sorted(threads.items(), key=place)
    expected = [(id, len(found)) for id, found in in_order if id in with_words][:limit]
    shown = asyncio.run(service(db).coverage_gaps(OURS, period, limit, sort=order))
    assert [(gap.id, gap.count) for gap in shown] == expected
    for gap in shown:
        times = [t.asked_at for t in turns if t.cluster_id == gap.id]
        assert (gap.first_asked, gap.last_asked) == (min(times), max(times))
        assert gap.question == f"Question {gap.id.rpartition('_')[2]}?"
        assert gap.status == "open"


@pytest.mark.parametrize("period", PERIODS)
def test_timeseries(db: Database, turns: list[Turn], period: PeriodName) -> None:
    series = asyncio.run(service(db).timeseries(OURS, period))
    size = 3_600_000 if period == "24h" else DAY
    asked: dict[int, list[Turn]] = defaultdict(list)
    for turn in within(turns, period):
        asked[turn.asked_at // size * size].append(turn)
    starts = [bucket.start for bucket in series.buckets]
    assert starts == sorted(starts)
    assert len(starts) == (25 if period == "24h" else DAYS[period] + 1)
    assert set(asked) <= set(starts)
    for bucket in series.buckets:
        now = asked[bucket.start]
        times = [t.response_ms for t in now if t.kind == "question" and t.response_ms is not None]
        last = last_questions(now)
        assert bucket.conversations == len({t.conversation_id for t in now})
        assert bucket.messages == 2 * len(now)
        assert bucket.resolution_conversations == len(last)
        assert bucket.avg_response_time_ms == (round(np.mean(times)) if times else None)
        rate = sum(map(is_resolved, last)) / len(last) if last else None
        assert bucket.resolution_rate == (rate and pytest.approx(rate, abs=5e-5))
    overview = asyncio.run(service(db).overview(OURS, period))
    assert sum(bucket.messages for bucket in series.buckets) == overview.total_messages


def counted(turns: list[Turn]) -> Figures:
    last = last_questions(turns)
    questions = [turn for turn in turns if turn.kind == "question"]
    response = [t.response_ms for t in questions if t.response_ms is not None]
    first = [t.first_token_ms for t in questions if t.first_token_ms is not None]
    resolved = [turn for turn in last if is_resolved(turn)]
    return Figures(
        turns=len(turns),
        conversations=len({turn.conversation_id for turn in turns}),
        asking=len(last),
        resolved=len(resolved),
        confirmed=sum(turn.rating == "positive" for turn in resolved),
        responses=len(response),
        response_ms=sum(response),
        first_tokens=len(first),
        first_token_ms=sum(first),
    )


def test_any_stretch_of_time(db: Database, turns: list[Turn]) -> None:
    chance = random.Random(5)
    for _ in range(60):
        start = Millis(NOW - chance.randrange(200 * DAY))
        end = Millis(start + chance.choice([1, DAY // 9, DAY, 2 * DAY, 3 * DAY, 50 * DAY]))
        if chance.random() < 0.3:
            start, end = Millis(start // DAY * DAY), Millis(end // DAY * DAY)
        asked = [t for t in turns if start <= t.asked_at < end and not t.is_test]
        found = db.read_now(partial(figures, workspace=OURS, start=start, end=end))
        assert found == counted(asked), (start, end)


def test_the_days_are_right_after_any_change(tmp_path: Path) -> None:
    """Turns are stored in another order than asked, and then change."""
    with made(tmp_path) as database:
        drawn = generate(database, OURS, seed=4, conversations=0)
        chance = random.Random(6)
        for number in range(150):
            drawn += conversation(chance, OURS, number)
        chance.shuffle(drawn)

        def live(connection: Connection) -> None:
            for turn in drawn:
                connection.execute(insert(turns_table).values(asdict(turn)))
            for turn in chance.sample(drawn, 150):
                turn.rating = chance.choice(["positive", "negative", None])
                turn.rephrased, turn.escalated, turn.returned = (
                    chance.random() < 0.3 for _ in range(3)
                )
                connection.execute(
                    update(turns_table)
                    .where(turns_table.c.id == turn.id)
                    .values(
                        rating=turn.rating,
                        rephrased=turn.rephrased,
                        escalated=turn.escalated,
                        returned=turn.returned,
                    )
                )

        database.write_now(live)
        start, end = Millis(0), Millis(NOW + 30 * DAY)
        kept = [turn for turn in drawn if not turn.is_test]
        assert database.read_now(lambda c: figures(c, OURS, start, end)) == counted(kept)
        asked: dict[str, dict[str, Turn]] = defaultdict(dict)
        for turn in sorted(kept, key=lambda t: t.asked_at):
            if turn.cluster_id is not None:
                asked[turn.cluster_id][turn.conversation_id] = turn
        assert database.read_now(lambda c: questions(c, OURS, start, end)) == {
            cluster: (len(by_thread), sum(map(is_resolved, by_thread.values())))
            for cluster, by_thread in asked.items()
        }
        gone = delete(workspaces).where(workspaces.c.id == OURS)
        database.write_now(lambda c: c.execute(gone))
        assert database.read_now(lambda c: figures(c, OURS, start, end)) == Figures()


def test_only_an_answer_that_nothing_speaks_against_resolves(db: Database) -> None:
    rules = WorkspaceId("ws_rules")
    generate(db, rules, seed=4, conversations=0)
    either = (False, True)
    ratings = (None, "positive", "negative")
    signals = itertools.product(either, ratings, either, either, either)
    expected = {}
    for number, (answered, rating, rephrased, escalated, returned) in enumerate(signals):
        turn = conversation(random.Random(1), rules, number)[0]
        turn.kind, turn.is_test, turn.answered, turn.rating = "question", False, answered, rating
        turn.rephrased, turn.escalated, turn.returned = rephrased, escalated, returned
        stored = insert(turns_table).values(asdict(turn))
        db.write_now(partial(Connection.execute, statement=stored))
        expected[turn.id] = 2 if rating == "positive" else 1
        if not answered or rating == "negative" or rephrased or escalated or returned:
            expected[turn.id] = 0
    resolutions = select(turns_table.c.id, turns_table.c.resolution)
    ours = resolutions.where(turns_table.c.workspace_id == rules)
    assert {row.id: row.resolution for row in db.read_now(lambda c: list(c.execute(ours)))} == (
        expected
    )
    assert sorted(expected.values()) == [0] * 46 + [1, 2]


def test_an_empty_period_has_no_rates(db: Database, turns: list[Turn]) -> None:
    assert turns
    years_later = AnalyticsService(db, lambda: Millis(NOW + 2000 * DAY))
    for at, workspace in ((years_later, OURS), (service(db), WorkspaceId("ws_new"))):
        overview = asyncio.run(at.overview(workspace, "7d"))
        nothing = (None, None, None, None)
        assert overview == Overview(0, None, 0, None, None, *nothing, 0, "7d", overview.trend)
        assert (overview.trend.conversations, overview.trend.resolution_rate) == (None, None)
        assert asyncio.run(at.top_questions(workspace, "90d", 50)) == []
        assert asyncio.run(at.coverage_gaps(workspace, "90d", 50)) == []


def test_a_first_period_has_no_trend(tmp_path: Path) -> None:
    with made(tmp_path) as database:
        generate(database, OURS, seed=3, conversations=50)
        recent = update(turns_table).values(asked_at=NOW - 1000)
        database.write_now(lambda c: c.execute(recent))
        overview = asyncio.run(service(database).overview(OURS, "24h"))
        assert overview.total_conversations > 0
        assert (overview.trend.conversations, overview.trend.resolution_rate) == (None, None)

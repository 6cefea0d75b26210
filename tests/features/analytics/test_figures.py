"""Every figure equals the one that a plain loop over the same turns finds."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from sqlalchemy import update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.periods import PeriodName
from cevvo.domain.time import Millis
from cevvo.features.analytics.service import AnalyticsService, Overview
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import turns as turns_table
from features.analytics.generated_turns import DAY, NOW, Turn, generate

OURS, OTHERS = WorkspaceId("ws_ours"), WorkspaceId("ws_others")
PERIODS: tuple[PeriodName, ...] = get_args(PeriodName)
DAYS = {"24h": 1, "7d": 7, "30d": 30, "90d": 90}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = open_database(tmp_path_factory.mktemp("figures"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def turns(db: Database) -> list[Turn]:
    generate(db, OTHERS, seed=2, conversations=300)
    return generate(db, OURS, seed=1, conversations=3000)


def service(db: Database) -> AnalyticsService:
    return AnalyticsService(db, lambda: NOW)


def within(turns: list[Turn], period: PeriodName, windows_ago: int = 0) -> list[Turn]:
    length = DAYS[period] * DAY
    end = NOW - windows_ago * length
    return [t for t in turns if end - length <= t.asked_at < end and not t.is_test]


def is_resolved(turn: Turn) -> bool:
    against = turn.rating == "negative" or turn.rephrased or turn.escalated
    return turn.answered and not against


def resolution(turns: list[Turn]) -> float | None:
    last: dict[str, Turn] = {}
    for turn in sorted(turns, key=lambda t: t.asked_at):
        if turn.kind == "question":
            last[turn.conversation_id] = turn
    return sum(map(is_resolved, last.values())) / len(last) if last else None


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
    assert shown.avg_response_time_ms == round(np.mean(times))
    assert shown.p50_response_time_ms == np.percentile(times, 50, method="inverted_cdf")
    assert shown.p95_response_time_ms == np.percentile(times, 95, method="inverted_cdf")
    assert shown.avg_first_token_ms == round(np.mean(firsts))
    assert shown.period == period
    assert shown.trend.conversations == pytest.approx(
        len(threads) / len(threads_before) - 1, abs=5e-5
    )
    assert shown.trend.resolution_rate == pytest.approx(rate - rate_before, abs=5e-5)


@pytest.mark.parametrize(("period", "limit"), list(itertools.product(PERIODS, (1, 10, 50))))
def test_top_questions(db: Database, turns: list[Turn], period: PeriodName, limit: int) -> None:
    asked: dict[str, dict[str, Turn]] = defaultdict(dict)
    for turn in sorted(within(turns, period), key=lambda t: t.asked_at):
        if turn.cluster_id is not None:
            asked[turn.cluster_id][turn.conversation_id] = turn
    expected = sorted(asked.items(), key=lambda item: (-len(item[1]), item[0]))[:limit]
    shown = asyncio.run(service(db).top_questions(OURS, period, limit))
    assert [(q.question, q.count) for q in shown] == [
        (f"Question {cluster.rpartition('_')[2]}?", len(by_thread))
        for cluster, by_thread in expected
    ]
    for question, (_, by_thread) in zip(shown, expected, strict=True):
        rate = sum(map(is_resolved, by_thread.values())) / len(by_thread)
        assert question.resolved_rate == pytest.approx(rate, abs=5e-5)


@pytest.mark.parametrize(("period", "limit"), list(itertools.product(PERIODS, (1, 10, 50))))
def test_coverage_gaps(db: Database, turns: list[Turn], period: PeriodName, limit: int) -> None:
    threads: dict[str, set[str]] = defaultdict(set)
    for turn in within(turns, period):
        if turn.cluster_id is not None and is_gap(turn):
            threads[turn.cluster_id].add(turn.conversation_id)
    with_words = {t.cluster_id for t in turns if is_gap(t) and t.standalone is not None}
    expected = sorted(threads.items(), key=lambda item: (-len(item[1]), item[0]))[:limit]
    shown = asyncio.run(service(db).coverage_gaps(OURS, period, limit))
    assert [(gap.id, gap.count) for gap in shown] == [
        (cluster, len(found)) for cluster, found in expected if cluster in with_words
    ]
    for gap in shown:
        times = [t.asked_at for t in turns if t.cluster_id == gap.id]
        assert (gap.first_asked, gap.last_asked) == (min(times), max(times))
        assert gap.question == f"Question {gap.id.rpartition('_')[2]}?"
        assert gap.status == "open"


def test_an_empty_period_has_no_rates(db: Database, turns: list[Turn]) -> None:
    assert turns
    years_later = AnalyticsService(db, lambda: Millis(NOW + 2000 * DAY))
    for at, workspace in ((years_later, OURS), (service(db), WorkspaceId("ws_new"))):
        overview = asyncio.run(at.overview(workspace, "7d"))
        assert overview == Overview(0, None, None, None, None, None, 0, "7d", overview.trend)
        assert (overview.trend.conversations, overview.trend.resolution_rate) == (None, None)
        assert asyncio.run(at.top_questions(workspace, "90d", 50)) == []
        assert asyncio.run(at.coverage_gaps(workspace, "90d", 50)) == []


def test_a_first_period_has_no_trend(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    try:
        generate(database, OURS, seed=3, conversations=50)
        recent = update(turns_table).values(asked_at=NOW - 1000)
        database.write_now(lambda c: c.execute(recent))
        overview = asyncio.run(service(database).overview(OURS, "24h"))
        assert overview.total_conversations > 0
        assert (overview.trend.conversations, overview.trend.resolution_rate) == (None, None)
    finally:
        database.close()

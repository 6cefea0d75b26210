"""Figures are read from the days, and what is counted is one stretch of one index."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.periods import Period
from cevvo.domain.time import Millis
from cevvo.features.analytics import repository
from cevvo.features.analytics.figures import figures, questions
from cevvo.foundation.db.database import Database
from stores import made, only_on_sqlite

pytestmark = only_on_sqlite("how its planner reads these queries")
WORKSPACE = WorkspaceId("ws_1")
MONTH = Period.ending("30d", Millis(10**12))
PART = "SEARCH turns USING COVERING INDEX ix_turns_figures (workspace_id=? AND asked_at>?"
SPANNING = "SEARCH turns USING COVERING INDEX ix_turns_spans_days (workspace_id=? AND asked_at>?"
DAYS = "SEARCH daily_figures USING INDEX sqlite_autoindex_daily_figures_1 (workspace_id=? AND day>?"
QUESTIONS = (
    "SEARCH daily_questions USING COVERING INDEX ix_daily_questions_by_day "
    "(workspace_id=? AND day>? AND day<?)"
)
TIMES = "USING COVERING INDEX ix_turns_response_ms (workspace_id=? AND is_test=? AND kind=?"
GAPS = "SEARCH turns USING COVERING INDEX ix_turns_gaps (workspace_id=?"
BY_CLUSTER = "INDEX ix_turns_cluster_id_workspace_id_asked_at (cluster_id=? AND workspace_id=?"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with made(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "plans"),
    [
        (lambda c: figures(c, WORKSPACE, MONTH.start, MONTH.end), [DAYS, PART, PART, SPANNING]),
        (lambda c: figures(c, WORKSPACE, Millis(1), Millis(2)), [PART]),
        (
            lambda c: questions(c, WORKSPACE, MONTH.start, MONTH.end),
            [QUESTIONS, PART, PART, SPANNING],
        ),
        (lambda c: repository.response_percentile(c, WORKSPACE, MONTH, 0.5, 9), [TIMES]),
        (lambda c: repository.response_percentile(c, WORKSPACE, MONTH, 0.95, 9), [TIMES]),
        (lambda c: repository.gap_clusters(c, WORKSPACE, MONTH, 10), [GAPS]),
        (
            lambda c: repository.newest_wordings(c, WORKSPACE, "gap_1", gaps_only=True, limit=9),
            ["INDEX ix_turns_gaps (workspace_id=? AND cluster_id=?"],
        ),
        (
            lambda c: repository.newest_wordings(c, WORKSPACE, "gap_1", gaps_only=False, limit=9),
            [BY_CLUSTER],
        ),
        (
            lambda c: repository.asked_between(c, WORKSPACE, ["gap_1"]),
            [f"COVERING {BY_CLUSTER}"],
        ),
    ],
)
def test_every_query_has_its_index(
    db: Database, query: Callable[[Connection], Any], plans: list[str]
) -> None:
    found = []

    def explained(connection: Connection) -> None:
        statements: list[tuple[str, Any]] = []

        @event.listens_for(connection.engine, "before_cursor_execute")
        def _note(_c: object, _k: object, statement: str, parameters: Any, *_: object) -> None:
            statements.append((statement, parameters))

        query(connection)
        event.remove(connection.engine, "before_cursor_execute", _note)
        for statement, parameters in statements:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.append(" ".join(row[3] for row in rows))

    db.read_now(explained)
    assert len(found) == len(plans)
    assert all(plan in each for plan, each in zip(plans, found, strict=True)), found

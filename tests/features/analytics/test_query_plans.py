"""Figures are counted in one stretch of one index, whatever else the tables hold."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.periods import Period
from cevvo.domain.time import Millis
from cevvo.features.analytics import repository
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database

WORKSPACE = WorkspaceId("ws_1")
MONTH = Period.ending("30d", Millis(10**12))
COVERED = "SEARCH turns USING COVERING INDEX ix_turns_figures (workspace_id=? AND asked_at>?"
BY_CLUSTER = "INDEX ix_turns_cluster_id_workspace_id_asked_at (cluster_id=? AND workspace_id=?"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("query", "plan"),
    [
        (lambda c: repository.conversation_count(c, WORKSPACE, MONTH), COVERED),
        (lambda c: repository.message_count(c, WORKSPACE, MONTH), COVERED),
        (lambda c: repository.last_outcomes(c, WORKSPACE, MONTH), COVERED),
        (lambda c: repository.cluster_outcomes(c, WORKSPACE, MONTH), COVERED),
        (lambda c: repository.times(c, WORKSPACE, MONTH, "response_ms"), COVERED),
        (lambda c: repository.times(c, WORKSPACE, MONTH, "first_token_ms"), COVERED),
        (lambda c: repository.gap_clusters(c, WORKSPACE, MONTH, 10), COVERED),
        (
            lambda c: repository.newest_wordings(c, WORKSPACE, "gap_1", gaps_only=True, limit=9),
            BY_CLUSTER,
        ),
    ],
)
def test_every_query_has_its_index(
    db: Database, query: Callable[[Connection], Any], plan: str
) -> None:
    plans = []

    def explained(connection: Connection) -> None:
        statements: list[tuple[str, Any]] = []

        @event.listens_for(connection.engine, "before_cursor_execute")
        def _note(_c: object, _k: object, statement: str, parameters: Any, *_: object) -> None:
            statements.append((statement, parameters))

        query(connection)
        event.remove(connection.engine, "before_cursor_execute", _note)
        for statement, parameters in statements:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append(" ".join(row[3] for row in rows))

    db.read_now(explained)
    assert plans
    assert all(plan in each for each in plans), plans

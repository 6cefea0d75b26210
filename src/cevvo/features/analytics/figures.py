"""Counts of any stretch of time, exact, out of rows that are kept by day.

The last turn of a thread in a stretch stands for the thread there. Whole days are read from
``daily_figures`` and ``daily_questions``, which triggers on ``turns`` keep; the two parts of days
at the ends are counted from the turns themselves. A thread that goes on on another day would then
count twice: such turns have an index of their own, and are taken out again.
"""

import itertools
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, or_, select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.tables import daily_figures, daily_questions, turns

DAY = 86_400_000
_SPANS_DAYS = turns.c.spans_days == literal_column("1")  # as the index has it
_IS_QUESTION = turns.c.kind == "question"
_RESOLVED = turns.c.resolution >= 1
_CONFIRMED = turns.c.resolution == 2


@dataclass(frozen=True, slots=True)
class Figures:
    """What was asked in a stretch of time. ``asking``: conversations with a question; of these
    ``resolved`` and, among them, ``confirmed``. Times are sums of milliseconds."""

    turns: int = 0
    conversations: int = 0
    asking: int = 0
    resolved: int = 0
    confirmed: int = 0
    responses: int = 0
    response_ms: int = 0
    first_tokens: int = 0
    first_token_ms: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        names = [field.name for field in fields(self)]
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in names})


def figures(connection: Connection, workspace: WorkspaceId, start: Millis, end: Millis) -> Figures:
    """The counts from ``start`` (included) to ``end`` (excluded)."""
    first, after = whole_days(start, end)
    if first >= after:
        return _of_part(connection, workspace, start, end)
    whole = by_day(connection, workspace, first, after).values()
    parts = [(start, Millis(first * DAY)), (Millis(after * DAY), end)]
    counted = [_of_part(connection, workspace, *part) for part in parts]
    return sum([*whole, *counted], _twice(connection, workspace, start, end))


def by_day(
    connection: Connection, workspace: WorkspaceId, first: int, after: int
) -> dict[int, Figures]:
    """The counts of each day from ``first`` to before ``after`` on which there was anything."""
    of = daily_figures.c
    rows = connection.execute(
        select(of.day, *(of[field.name] for field in fields(Figures))).where(
            of.workspace_id == workspace, of.day >= first, of.day < after
        )
    )
    return {row[0]: Figures(*row[1:]) for row in rows}


def whole_days(start: Millis, end: Millis) -> tuple[int, int]:
    """The first day that lies wholly in a stretch of time, and the one after the last."""
    return -(-start // DAY), end // DAY


def questions(
    connection: Connection, workspace: WorkspaceId, start: Millis, end: Millis
) -> dict[str, tuple[int, int]]:
    """By cluster: how many conversations asked it, and in how many of them it was resolved."""
    first, after = whole_days(start, end)
    if first >= after:
        return _with({}, _clusters_of_part(connection, workspace, start, end))
    of = daily_questions.c
    whole = (
        select(of.cluster_id, func.sum(of.conversations), func.sum(of.resolved))
        .where(of.workspace_id == workspace, of.day >= first, of.day < after)
        .group_by(of.cluster_id)
    )
    asked = {id: (count, well) for id, count, well in connection.execute(whole)}
    parts = [(start, Millis(first * DAY)), (Millis(after * DAY), end)]
    counted = [_clusters_of_part(connection, workspace, *part) for part in parts]
    return _with(asked, *counted, _clusters_twice(connection, workspace, start, end))


def within(workspace: WorkspaceId, start: Millis, end: Millis) -> ColumnElement[bool]:
    """Turns of a stretch of time, tests left out."""
    return and_(
        turns.c.workspace_id == workspace,
        turns.c.asked_at >= start,
        turns.c.asked_at < end,
        turns.c.is_test.is_(False),
    )


def _of_part(connection: Connection, workspace: WorkspaceId, start: Millis, end: Millis) -> Figures:
    last_question = and_(_IS_QUESTION, _last(turns.c.next_question_at, end))
    row = connection.execute(
        select(
            func.count(),
            _how_many(_last(turns.c.next_at, end)),
            _how_many(last_question),
            _how_many(and_(last_question, _RESOLVED)),
            _how_many(and_(last_question, _CONFIRMED)),
            *(
                func.coalesce(sum.filter(_IS_QUESTION), 0)
                for taken in (turns.c.response_ms, turns.c.first_token_ms)
                for sum in (func.count(taken), func.sum(taken))
            ),
        ).where(within(workspace, start, end))
    ).one()
    return Figures(*row)


def _twice(connection: Connection, workspace: WorkspaceId, start: Millis, end: Millis) -> Figures:
    """What was counted on more than one day, as a negative."""
    again, asked_again = (
        _goes_on(chain, end) for chain in (turns.c.next_at, turns.c.next_question_at)
    )
    row = connection.execute(
        select(
            _how_many(again),
            _how_many(asked_again),
            _how_many(and_(asked_again, _RESOLVED)),
            _how_many(and_(asked_again, _CONFIRMED)),
        ).where(within(workspace, start, end), _SPANS_DAYS)
    ).one()
    return Figures(0, *(-count for count in row))


def _clusters_of_part(
    connection: Connection, workspace: WorkspaceId, start: Millis, end: Millis
) -> list[tuple[str, int, int]]:
    query = (
        select(turns.c.cluster_id, func.count(), _how_many(_RESOLVED))
        .where(
            within(workspace, start, end),
            _IS_QUESTION,
            turns.c.cluster_id.is_not(None),
            _last(turns.c.next_same_at, end),
        )
        .group_by(turns.c.cluster_id)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def _clusters_twice(
    connection: Connection, workspace: WorkspaceId, start: Millis, end: Millis
) -> list[tuple[str, int, int]]:
    query = (
        select(turns.c.cluster_id, func.count(), _how_many(_RESOLVED))
        .where(within(workspace, start, end), _SPANS_DAYS, _goes_on(turns.c.next_same_at, end))
        .group_by(turns.c.cluster_id)
    )
    return [(row[0], -row[1], -row[2]) for row in connection.execute(query)]


def _with(
    asked: dict[str, tuple[int, int]], *more: list[tuple[str, int, int]]
) -> dict[str, tuple[int, int]]:
    for cluster_id, conversations, resolved in itertools.chain(*more):
        count, well = asked.get(cluster_id, (0, 0))
        asked[cluster_id] = count + conversations, well + resolved
    return {cluster_id: counts for cluster_id, counts in asked.items() if counts[0]}


def _last(chain: ColumnElement[Any], end: Millis) -> ColumnElement[bool]:
    return or_(chain.is_(None), chain >= end)


def _goes_on(chain: ColumnElement[Any], end: Millis) -> ColumnElement[bool]:
    """On another day, and before the end of the window."""
    return and_(chain < end, chain // DAY > turns.c.asked_at // DAY)


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)

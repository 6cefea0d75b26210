"""What an owner wants to know: how much was asked, whether it helped, what is missing."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.periods import Period, PeriodName
from cevvo.domain.time import Clock, Millis
from cevvo.engine.insight.clustering import most_central
from cevvo.engine.insight.privacy import mask
from cevvo.engine.insight.resolution import Outcome, is_resolved
from cevvo.features.analytics import repository
from cevvo.foundation.db.database import Database

_WORDINGS = 30  # newest questions of a cluster among which its label is looked for


@dataclass(frozen=True, slots=True)
class Trend:
    """Change against the window before: ``conversations`` relative, ``resolution_rate`` in points
    (0.03 is three percent points). None where a window has nothing to compare."""

    conversations: float | None
    resolution_rate: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of one period; times in whole milliseconds, None where nothing was measured."""

    total_conversations: int
    resolution_rate: float | None
    avg_response_time_ms: int | None
    p50_response_time_ms: int | None
    p95_response_time_ms: int | None
    avg_first_token_ms: int | None
    total_messages: int
    period: PeriodName
    trend: Trend


@dataclass(frozen=True, slots=True)
class TopQuestion:
    """A question that many conversations asked, in one of their wordings, masked."""

    question: str
    count: int
    resolved_rate: float


@dataclass(frozen=True, slots=True)
class CoverageGap:
    """A question that ``count`` conversations asked in vain in the period; the times are ever."""

    id: str
    question: str
    count: int
    first_asked: Millis
    last_asked: Millis
    status: Literal["open"]


class AnalyticsService:
    """Reads the rows that chat and feedback wrote; keeps nothing of its own."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def overview(self, workspace: WorkspaceId, period: PeriodName) -> Overview:
        """The figures of the period that ends now, with the trend against the one before."""
        window = Period.ending(period, self._clock())
        return await self._db.read(lambda c: _overview(c, workspace, window))

    async def top_questions(
        self, workspace: WorkspaceId, period: PeriodName, limit: int
    ) -> list[TopQuestion]:
        """What most conversations asked, most first; at most ``limit``."""
        window = Period.ending(period, self._clock())
        return await self._db.read(lambda c: _top_questions(c, workspace, window, limit))

    async def coverage_gaps(
        self, workspace: WorkspaceId, period: PeriodName, limit: int
    ) -> list[CoverageGap]:
        """What most conversations asked without getting an answer, most first."""
        window = Period.ending(period, self._clock())
        return await self._db.read(lambda c: _coverage_gaps(c, workspace, window, limit))


def _overview(connection: Connection, workspace: WorkspaceId, window: Period) -> Overview:
    conversations = repository.conversation_count(connection, workspace, window)
    before = repository.conversation_count(connection, workspace, window.before())
    rate = _rate(repository.last_outcomes(connection, workspace, window))
    rate_before = _rate(repository.last_outcomes(connection, workspace, window.before()))
    response = sorted(repository.times(connection, workspace, window, "response_ms"))
    first_token = repository.times(connection, workspace, window, "first_token_ms")
    return Overview(
        total_conversations=conversations,
        resolution_rate=_rounded(rate),
        avg_response_time_ms=_mean(response),
        p50_response_time_ms=_percentile(response, 0.50),
        p95_response_time_ms=_percentile(response, 0.95),
        avg_first_token_ms=_mean(first_token),
        total_messages=repository.message_count(connection, workspace, window),
        period=window.name,
        trend=Trend(
            conversations=_rounded((conversations - before) / before if before else None),
            resolution_rate=_rounded(
                None if rate is None or rate_before is None else rate - rate_before
            ),
        ),
    )


def _top_questions(
    connection: Connection, workspace: WorkspaceId, window: Period, limit: int
) -> list[TopQuestion]:
    clusters: dict[str, list[tuple[Outcome, int]]] = defaultdict(list)
    for cluster_id, outcome, count in repository.cluster_outcomes(connection, workspace, window):
        clusters[cluster_id].append((outcome, count))
    counts = {id: sum(count for _, count in outcomes) for id, outcomes in clusters.items()}
    questions = []
    for cluster_id in sorted(counts, key=lambda id: (-counts[id], id))[:limit]:
        label = _label(connection, workspace, cluster_id, gaps_only=False)
        rate = _rate(clusters[cluster_id])
        if label is not None and rate is not None:
            questions.append(TopQuestion(label, counts[cluster_id], round(rate, 4)))
    return questions


def _coverage_gaps(
    connection: Connection, workspace: WorkspaceId, window: Period, limit: int
) -> list[CoverageGap]:
    gaps = []
    for cluster_id, count in repository.gap_clusters(connection, workspace, window, limit):
        label = _label(connection, workspace, cluster_id, gaps_only=True)
        if label is not None:
            first, last = repository.asked_between(connection, workspace, cluster_id)
            gaps.append(CoverageGap(cluster_id, label, count, first, last, "open"))
    return gaps


def _label(
    connection: Connection, workspace: WorkspaceId, cluster_id: str, *, gaps_only: bool
) -> str | None:
    """The most central of the newest wordings, masked; None when no words of it are left."""
    wordings = repository.newest_wordings(
        connection, workspace, cluster_id, gaps_only=gaps_only, limit=_WORDINGS
    )
    if not wordings:
        return None
    return mask(wordings[most_central([vector for _, vector in wordings])][0])


def _rate(outcomes: Sequence[tuple[Outcome, int]]) -> float | None:
    """The share that was resolved; None of none."""
    total = sum(count for _, count in outcomes)
    resolved = sum(count for outcome, count in outcomes if is_resolved(outcome))
    return resolved / total if total else None


def _mean(values: Sequence[int]) -> int | None:
    return round(sum(values) / len(values)) if values else None


def _percentile(ordered: Sequence[int], share: float) -> int | None:
    """The smallest value that ``share`` of all values do not exceed (nearest rank)."""
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if ordered else None


def _rounded(value: float | None) -> float | None:
    """Four decimals: a hundredth of a percent is finer than any sample warrants."""
    return None if value is None else round(value, 4)

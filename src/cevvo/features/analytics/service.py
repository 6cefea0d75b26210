"""What an owner wants to know: how much was asked, whether it helped, what is missing."""

from dataclasses import dataclass

from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.periods import Period, PeriodName, Unit
from cevvo.domain.time import Clock, Millis
from cevvo.engine.insight.clustering import most_central
from cevvo.engine.insight.gaps import Nearest, Reason
from cevvo.engine.insight.privacy import mask
from cevvo.engine.insight.resolution import wilson
from cevvo.features.analytics import repository
from cevvo.features.analytics.figures import DAY, Figures, by_day, figures, questions, whole_days
from cevvo.features.analytics.repository import GapOrder
from cevvo.features.conversations.gaps import GapStatus
from cevvo.foundation.db.database import Database

_HOUR = 3_600_000
_WORDINGS = 30  # newest questions of a cluster among which its label is looked for


@dataclass(frozen=True, slots=True)
class Trend:
    """Change against the window before: ``conversations`` relative, ``resolution_rate`` in points
    (0.03 is three percent points). None where a window has nothing to compare."""

    conversations: float | None
    resolution_rate: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of one period; times in whole milliseconds, None where nothing was measured.

    ``resolution_rate`` and ``confirmed_rate`` are shares of ``resolution_conversations``;
    ``resolution_interval`` is the 95 % interval of the former.
    """

    total_conversations: int
    resolution_rate: float | None
    resolution_conversations: int
    resolution_interval: tuple[float, float] | None
    confirmed_rate: float | None
    avg_response_time_ms: int | None
    p50_response_time_ms: int | None
    p95_response_time_ms: int | None
    avg_first_token_ms: int | None
    total_messages: int
    period: PeriodName
    trend: Trend


@dataclass(frozen=True, slots=True)
class Bucket:
    """The figures of one hour or day, which begins at ``start``, as far as it is in the period;
    rates and times are None where there is nothing to count."""

    start: Millis
    conversations: int
    messages: int
    resolution_rate: float | None
    resolution_conversations: int
    confirmed_rate: float | None
    avg_response_time_ms: int | None


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """A period in hours or days, the oldest first and none left out."""

    period: PeriodName
    unit: Unit
    buckets: list[Bucket]


@dataclass(frozen=True, slots=True)
class TopQuestion:
    """A question that many conversations asked, in one of their wordings, masked."""

    id: str
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
    status: GapStatus
    reason: Reason | None
    nearest: tuple[Nearest, ...]


class AnalyticsService:
    """Reads what chat and feedback wrote; keeps nothing of its own."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def overview(self, workspace: WorkspaceId, period: PeriodName) -> Overview:
        """The figures of the period that ends now, with the trend against the one before."""
        window = Period.ending(period, self._clock())
        return await self._db.read(lambda c: _overview(c, workspace, window))

    async def timeseries(self, workspace: WorkspaceId, period: PeriodName) -> TimeSeries:
        """The figures of the period that ends now, by hour or day of UTC."""
        window = Period.ending(period, self._clock())
        return await self._db.read(lambda c: _timeseries(c, workspace, window))

    async def top_questions(
        self, workspace: WorkspaceId, period: PeriodName, limit: int
    ) -> list[TopQuestion]:
        """What most conversations asked, most first, of equal ones the older; at most ``limit``."""
        window = Period.ending(period, self._clock())
        return await self._db.read(lambda c: _top_questions(c, workspace, window, limit))

    async def coverage_gaps(
        self,
        workspace: WorkspaceId,
        period: PeriodName,
        limit: int,
        status: GapStatus | None = "open",
        sort: GapOrder = "count",
    ) -> list[CoverageGap]:
        """What conversations asked without getting an answer, most or newest first; None for gaps
        of every status."""
        window = Period.ending(period, self._clock())
        return await self._db.read(
            lambda c: _coverage_gaps(c, workspace, window, limit, status, sort)
        )


def _overview(connection: Connection, workspace: WorkspaceId, window: Period) -> Overview:
    now = figures(connection, workspace, window.start, window.end)
    earlier = window.before()
    before = figures(connection, workspace, earlier.start, earlier.end)
    rate, rate_before = _rate(now.resolved, now.asking), _rate(before.resolved, before.asking)
    interval = wilson(now.resolved, now.asking)
    p50, p95 = (
        repository.response_percentile(connection, workspace, window, share, now.responses)
        for share in (0.50, 0.95)
    )
    return Overview(
        total_conversations=now.conversations,
        resolution_rate=_rounded(rate),
        resolution_conversations=now.asking,
        resolution_interval=interval and (round(interval[0], 4), round(interval[1], 4)),
        confirmed_rate=_rounded(_rate(now.confirmed, now.asking)),
        avg_response_time_ms=_mean(now.response_ms, now.responses),
        p50_response_time_ms=p50,
        p95_response_time_ms=p95,
        avg_first_token_ms=_mean(now.first_token_ms, now.first_tokens),
        total_messages=2 * now.turns,
        period=window.name,
        trend=Trend(
            conversations=_rounded(
                _rate(now.conversations - before.conversations, before.conversations)
            ),
            resolution_rate=_rounded(
                None if rate is None or rate_before is None else rate - rate_before
            ),
        ),
    )


def _timeseries(connection: Connection, workspace: WorkspaceId, window: Period) -> TimeSeries:
    days: dict[int, Figures] = {}
    if window.unit == "day":
        days = by_day(connection, workspace, *whole_days(window.start, window.end))

    def counted(start: Millis, end: Millis) -> Figures:
        if end - start == DAY:
            return days.get(start // DAY, Figures())
        return figures(connection, workspace, start, end)

    size = DAY if window.unit == "day" else _HOUR
    buckets = [
        _bucket(Millis(start - start % size), counted(start, end))
        for start, end in window.buckets()
    ]
    return TimeSeries(window.name, window.unit, buckets)


def _bucket(start: Millis, counted: Figures) -> Bucket:
    return Bucket(
        start=start,
        conversations=counted.conversations,
        messages=2 * counted.turns,
        resolution_rate=_rounded(_rate(counted.resolved, counted.asking)),
        resolution_conversations=counted.asking,
        confirmed_rate=_rounded(_rate(counted.confirmed, counted.asking)),
        avg_response_time_ms=_mean(counted.response_ms, counted.responses),
    )


def _top_questions(
    connection: Connection, workspace: WorkspaceId, window: Period, limit: int
) -> list[TopQuestion]:
    asked = questions(connection, workspace, window.start, window.end)
    most = sorted((count for count, _ in asked.values()), reverse=True)[:limit]
    candidates = [id for id, (count, _) in asked.items() if count >= most[-1]]
    founded = repository.founded(connection, workspace, candidates)
    candidates.sort(key=lambda id: (-asked[id][0], founded.get(id, 0), id))
    found = []
    for cluster_id in candidates[:limit]:
        label = _label(connection, workspace, cluster_id, gaps_only=False)
        count, resolved = asked[cluster_id]
        if label is not None:
            found.append(TopQuestion(cluster_id, label, count, round(resolved / count, 4)))
    return found


def _coverage_gaps(
    connection: Connection,
    workspace: WorkspaceId,
    window: Period,
    limit: int,
    status: GapStatus | None,
    sort: GapOrder,
) -> list[CoverageGap]:
    found = _gaps_with_words(connection, workspace, window, limit, status, sort)
    ids = [id for id, _, _ in found]
    kept = repository.kept_of_gaps(connection, workspace, ids)
    asked = repository.asked_between(connection, workspace, ids)
    gaps = []
    for cluster_id, count, label in found:
        row = kept.get(cluster_id)
        gaps.append(
            CoverageGap(
                cluster_id,
                label,
                count,
                *asked[cluster_id],
                "open" if row is None else row["status"],
                None if row is None else row["reason"],
                () if row is None else tuple(map(Nearest.from_dict, row["nearest"])),
            )
        )
    return gaps


def _gaps_with_words(
    connection: Connection,
    workspace: WorkspaceId,
    window: Period,
    limit: int,
    status: GapStatus | None,
    sort: GapOrder,
) -> list[tuple[str, int, str]]:
    """Cluster, count and label of gaps; those that nobody's words are left of make way for the
    next ones."""
    named: list[tuple[str, int, str]] = []
    for most in (limit, None):
        found = repository.gap_clusters(
            connection, workspace, window, most, status=status, sort=sort
        )
        for cluster_id, count in found[0 if most else limit :]:
            label = _label(connection, workspace, cluster_id, gaps_only=True)
            if label is not None:
                named.append((cluster_id, count, label))
            if len(named) == limit:
                return named
        if len(found) < limit:
            break
    return named


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


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(total: int, count: int) -> int | None:
    return round(total / count) if count else None


def _rounded(value: float | None) -> float | None:
    """Four decimals: a hundredth of a percent is finer than any sample warrants."""
    return None if value is None else round(value, 4)

"""What many outcomes come to."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cevvo.engine.evaluation.verdicts import Outcome, Verdict

_Z = 1.959964  # of a normal distribution: 95 % lie within


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``of``."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """0..1; None of nothing."""
        return self.count / self.of if self.of else None

    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
        if not self.of:
            return 0.0, 1.0
        share, n = self.count / self.of, self.of
        middle = share + _Z**2 / (2 * n)
        spread = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        scale = 1 + _Z**2 / n
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        if self.value is None:
            return {"share": None, "count": 0, "of": 0, "interval": None}
        return {
            "share": round(self.value, 3),
            "count": self.count,
            "of": self.of,
            "interval": [round(bound, 3) for bound in self.interval()],
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of the questions that they can be said of, and what a reply takes.

    ``right`` is of all that were judged; ``answered_right``, ``incomplete``, ``wrong`` and
    ``not_answered`` of those that the sources answer, ``invented`` of those that they do not.
    ``hit1``, ``hit5`` and ``mrr`` are of the pages that were found, ``cited_first`` of the page
    that an answer cites first, each where pages are expected. Times are in milliseconds.
    """

    questions: int
    answered: int
    right: Share
    answered_right: Share
    incomplete: Share
    wrong: Share
    not_answered: Share
    invented: Share
    hit1: Share
    hit5: Share
    mrr: float | None
    cited_first: Share
    p50: float
    p95: float

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        shares = {
            name: value.to_json()
            for name in self.__slots__
            if isinstance(value := getattr(self, name), Share)
        }
        return {
            "questions": self.questions,
            "answered": self.answered,
            **shares,
            "mrr": None if self.mrr is None else round(self.mrr, 3),
            "p50_ms": round(self.p50, 1),
            "p95_ms": round(self.p95, 1),
        }


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Figures of at least one outcome."""
    verdicts = Counter(outcome.verdict for outcome in outcomes)
    answerable = Counter(o.verdict for o in outcomes if o.case.answerable)
    known = answerable.total() - answerable[Verdict.NOT_JUDGED]
    unanswerable = sum(o.case.answerable is False for o in outcomes)
    placed = [o for o in outcomes if o.case.pages]
    ranks = [math.inf if o.rank is None else o.rank for o in placed]
    times = sorted(o.reply.milliseconds for o in outcomes)

    def share(verdict: Verdict) -> Share:
        return Share(answerable[verdict], known)

    return Figures(
        questions=len(outcomes),
        answered=sum(o.reply.answered for o in outcomes),
        right=Share(verdicts[Verdict.RIGHT], known + unanswerable),
        answered_right=share(Verdict.RIGHT),
        incomplete=share(Verdict.INCOMPLETE),
        wrong=share(Verdict.WRONG),
        not_answered=share(Verdict.NOT_ANSWERED),
        invented=Share(verdicts[Verdict.INVENTED], unanswerable),
        hit1=Share(sum(rank == 1 for rank in ranks), len(placed)),
        hit5=Share(sum(rank <= 5 for rank in ranks), len(placed)),
        mrr=sum(1 / rank for rank in ranks) / len(ranks) if ranks else None,
        cited_first=Share(sum(o.page_cited_first for o in placed), len(placed)),
        p50=times[len(times) // 2],
        p95=times[len(times) * 95 // 100],
    )

"""What ``cevvo doctor`` finds in a database, whatever it is stored in."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]
_DAY = 86_400_000
_FUTURE = 5 * 60_000  # milliseconds that a row may be ahead of the clock


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``fix`` is what to do about it."""

    level: Level
    what: str
    fix: str | None = None


def content(count: Callable[..., int]) -> Iterator[Finding]:
    """``count`` answers a query with ``?`` for values with one number."""
    chunks = count("SELECT count(*) FROM chunks")
    searched = count("SELECT count(*) FROM chunk_terms")
    vectors = count("SELECT count(DISTINCT chunk_id) FROM embeddings")
    if chunks == searched == vectors:
        yield Finding("ok", f"search index matches the documents ({chunks:,} passages)")
    else:
        yield Finding(
            "fail",
            f"The search index does not match the documents: {chunks:,} passages, {searched:,} "
            f"in the index, {vectors:,} embedded.",
            "Restore a backup (cevvo restore FILE --data-dir NEW), or delete the sources and add "
            "them again.",
        )
    if count("SELECT count(DISTINCT model) FROM embeddings") > 1:
        yield Finding(
            "warn",
            "There are vectors of more than one embedding model.",
            "Once every server has the new one: cevvo reembed --finish",
        )
    now = int(time.time() * 1000)
    if count("SELECT coalesce(max(updated_at), 0) FROM conversations") > now + _FUTURE:
        yield Finding(
            "warn",
            "Conversations lie in the future: this machine's clock is wrong now, or was.",
            "Set the clock; have it kept by NTP.",
        )
    failing = count(
        "SELECT count(*) FROM sources WHERE error IS NOT NULL OR sync_error IS NOT NULL"
    )
    if failing:
        yield Finding("warn", f"{failing} of the sources fail.", "See why with: cevvo sources")
    failed = count(
        "SELECT count(*) FROM jobs WHERE status = 'failed' AND completed_at > ?", now - _DAY
    )
    if failed:
        yield Finding("warn", f"{failed} jobs failed in the last day.", "See why with: cevvo jobs")

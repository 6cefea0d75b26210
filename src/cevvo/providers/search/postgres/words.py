"""Search by words: BM25 over candidates that the full-text index brings up.

Postgres' own ranking knows nothing of how rare a word is and reads every match. Here the chunks
that have one of the question's rarest words are ranked by these alone, each counted once, and the
best thousand of them by all words, as often as they stand there. Counts are the workspace's own.
"""
# ruff: noqa: S608 - the statements are made of the constants of this file

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from cevvo.domain.ids import WorkspaceId
from cevvo.providers.search.base import Alternatives, Filters
from cevvo.providers.search.postgres.counts import chunks_with, total_counts
from cevvo.providers.search.postgres.lexemes import having, searchable, within
from cevvo.providers.search.postgres.narrowing import conditions

_K1, _B = 1.2, 0.75  # as FTS5 has them: https://www.sqlite.org/fts5.html#the_bm25_function
_MAX_TERMS = 256  # distinct terms of a question that are looked at
_MAX_SEARCHED = 64  # the rarest of them that are searched by
# How many chunks may be looked at for the rarest words, and how many of them for all. At 100,000
# chunks the best ten are those of the full search to .98; with 2,000 to .99, in half as long again.
_LOOKED_AT = 10_000
_CANDIDATES = 1_000
_MOST_PHRASES = 1_000  # of a phrase are counted

# ts_rank of one term with equal weights is the sum of 1/i² up to the number of its places, over the
# sum's limit: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/tsrank.c
# Halfway between two such sums lies the edge that tells their numbers apart.
_LIMIT = 1.64493406685
_EDGES = [
    (sum(1 / i**2 for i in range(1, n)) + 0.5 / n**2) / _LIMIT  # between n - 1 places and n
    for n in range(1, 257)
]

_ASKED = (
    "unnest(CAST(:queries AS text[]), CAST(:weights AS float8[]), CAST(:phrases AS bool[]))"
    " AS asked (query, weight, phrase)"
)
_RANK_BY_FEW = """
    SELECT chunk_id FROM {asked} CROSS JOIN LATERAL (
        SELECT chunk_id, length FROM chunk_terms WHERE workspace_id = :workspace
        AND terms @@ (:within || ' & (' || asked.query || ')')::tsquery {conditions}
        LIMIT :looked_at
    ) AS found
    GROUP BY chunk_id
    ORDER BY sum(weight / (1 + :k1 * (1 - :b + :b * length / :average))) DESC, chunk_id
    LIMIT :candidates
"""
_SCORES = text(f"""
    SELECT chunk_id, (
        SELECT sum(weight * occurrences * (:k1 + 1)
            / (occurrences + :k1 * (1 - :b + :b * length / :average)))
        FROM {_ASKED} CROSS JOIN LATERAL (
            SELECT CASE WHEN phrase THEN (terms @@ query::tsquery)::int ELSE
                width_bucket(ts_rank('{{1,1,1,1}}', terms, query::tsquery)::float8,
                    CAST(:edges AS float8[])) END AS occurrences
            OFFSET 0
        ) AS counted
    ) AS score
    FROM chunk_terms
    WHERE workspace_id = :workspace AND chunk_id = ANY(CAST(:chunk_ids AS bigint[]))
    ORDER BY score DESC, chunk_id LIMIT :limit
""")
_PHRASE_COUNT = text("""
    SELECT count(*) FROM (
        SELECT 1 FROM chunk_terms WHERE workspace_id = :workspace
        AND terms @@ (:within || ' & (' || :query || ')')::tsquery LIMIT :most
    ) AS found
""")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a question is in the workspace: phrases and in how many of its chunks each is."""

    counts: Mapping[str, int]
    chunks: int
    average: float

    def weight(self, phrase: str) -> float:
        """Its inverse document frequency, as FTS5 computes it."""
        count = self.counts[phrase]
        return max(math.log((self.chunks - count + 0.5) / (count + 0.5)), 1e-6)

    def parameters(self, phrases: Sequence[str]) -> dict[str, Any]:
        return {
            "queries": [having(phrase) for phrase in phrases],
            "weights": [self.weight(phrase) for phrase in phrases],
            "phrases": [" " in phrase for phrase in phrases],
            "average": self.average,
            "k1": _K1,
            "b": _B,
        }


def best_by_words(
    connection: Connection,
    workspace: WorkspaceId,
    terms: Sequence[str],
    *,
    source_ids: Sequence[str] | None,
    filters: Filters,
    limit: int,
    alternatives: Sequence[Alternatives] = (),
) -> dict[int, float]:
    """The ``limit`` best chunks and their BM25 (≥ 0), best first."""
    others = [phrase for each in alternatives for phrase in each.others]
    phrases = list(searchable([*terms, *others]))[:_MAX_TERMS]
    asked = _asked(connection, workspace, phrases)
    if not asked.counts:
        return {}
    rarest = sorted(asked.counts, key=asked.counts.__getitem__)[:_MAX_SEARCHED]
    if asked.chunks > _LOOKED_AT // 2:
        rarest = [each for each in rarest if asked.counts[each] <= asked.chunks / 2] or rarest[:1]
    few = _few(asked, rarest)
    scope = within(workspace, source_ids)
    chunk_ids = _candidates(connection, workspace, scope, filters, asked, few)
    narrowed = bool(filters) or source_ids is not None
    if narrowed and len(chunk_ids) < limit and len(few) < len(rarest):
        chunk_ids = _candidates(connection, workspace, scope, filters, asked, rarest)
    best = _scores(connection, workspace, chunk_ids, asked, rarest, limit)
    for each in alternatives:
        _count_once(connection, workspace, best, each, asked)
    return dict(sorted(best.items(), key=lambda item: (-item[1], item[0])))


def _asked(connection: Connection, workspace: WorkspaceId, phrases: Sequence[str]) -> _Asked:
    words = {phrase: phrase.split(" ") for phrase in phrases}
    known = chunks_with(connection, workspace, {word for each in words.values() for word in each})
    counts = {
        phrase: known[phrase] if len(parts) == 1 else _count(connection, workspace, phrase)
        for phrase, parts in words.items()
        if known.keys() >= set(parts)
    }
    total = total_counts(connection, workspace)
    found = {phrase: count for phrase, count in counts.items() if count}
    return _Asked(found, total.chunks, max(total.average, 1.0))


def _count(connection: Connection, workspace: WorkspaceId, phrase: str) -> int:
    values = {
        "workspace": workspace,
        "within": within(workspace, None),
        "query": having(phrase),
        "most": _MOST_PHRASES,
    }
    count: int = connection.execute(_PHRASE_COUNT, values).scalar_one()
    return count


def _few(asked: _Asked, rarest: Sequence[str]) -> Sequence[str]:
    """The rarest that together are in not too many chunks; one at least."""
    left = _LOOKED_AT
    for number, phrase in enumerate(rarest):
        left -= asked.counts[phrase]
        if left < 0:
            return rarest[: max(1, number)]
    return rarest


def _candidates(
    connection: Connection,
    workspace: WorkspaceId,
    scope: str,
    filters: Filters,
    asked: _Asked,
    phrases: Sequence[str],
) -> Sequence[int]:
    narrowing, values = conditions(workspace, filters)
    statement = text(_RANK_BY_FEW.format(asked=_ASKED, conditions=narrowing))
    found = connection.execute(
        statement,
        values
        | asked.parameters(phrases)
        | {"within": scope, "looked_at": _LOOKED_AT, "candidates": _CANDIDATES},
    )
    return found.scalars().all()


def _scores(
    connection: Connection,
    workspace: WorkspaceId,
    chunk_ids: Collection[int],
    asked: _Asked,
    phrases: Sequence[str],
    limit: int,
) -> dict[int, float]:
    values = asked.parameters(phrases) | {
        "workspace": workspace,
        "chunk_ids": list(chunk_ids),
        "edges": _EDGES,
        "limit": limit,
    }
    return dict(connection.execute(_SCORES, values).all())


def _count_once(
    connection: Connection,
    workspace: WorkspaceId,
    best: dict[int, float],
    alternatives: Alternatives,
    asked: _Asked,
) -> None:
    """Take from the chunks that have several of the alternatives what all but one of them gave."""
    own = [term for term in alternatives.own if term in asked.counts]
    others = [each for each in alternatives.others if each in asked.counts and each not in own]
    ways = ([own] if own else []) + [[phrase] for phrase in others]
    if len(ways) < 2:
        return
    given: dict[int, list[float]] = {}
    for way in ways:
        scores = _scores(connection, workspace, best.keys(), asked, way, len(best))
        for chunk_id, score in scores.items():
            given.setdefault(chunk_id, []).append(score)
    for chunk_id, each in given.items():
        best[chunk_id] -= sum(each) - max(each)

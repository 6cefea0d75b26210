"""Search by words: BM25 over SQLite's FTS5 table ``chunk_terms``.

A question's words are mostly common ones, and to score every chunk that has one of them is what
full-text search spends its time on. So candidates are the chunks that have one of the question's
rarest words; the common words only count in their score. At 100,000 chunks the best ten are those
of the full search to .99, in a fifth of the time. (A bound that does not grow saves little: 30,000
of a million are 15 % faster than 100,000 and lose one of the best ten.) A word in more than half of
all chunks has no weight in BM25 as FTS5 computes it (its inverse document frequency is not
positive) and is left out.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import islice

from sqlalchemy import Connection, text

from cevvo.domain.ids import WorkspaceId
from cevvo.providers.search.base import Alternatives

# Fields in the table's order: scope, title, heading, body. A title twice the body: mean nDCG@10
# over four collections .647, against .640 with equal weights. Headings are taken for titles.
_BEST = text(
    "SELECT rowid, -bm25(chunk_terms, 0, 2, 2, 1) AS score FROM chunk_terms"
    " WHERE chunk_terms MATCH :expression ORDER BY score DESC, rowid LIMIT :limit"
)
_BEST_OF_FEW = text(
    "SELECT rowid, -bm25(chunk_terms, 0, 2, 2, 1) AS score FROM chunk_terms"
    " WHERE chunk_terms MATCH :expression AND +rowid IN (SELECT value FROM json_each(:chunk_ids))"
    " ORDER BY score DESC, rowid LIMIT :limit"
)
_OF_CHUNKS = text(
    "SELECT rowid, -bm25(chunk_terms, 0, 2, 2, 1) FROM chunk_terms"
    " WHERE chunk_terms MATCH :expression AND +rowid IN (SELECT value FROM json_each(:chunk_ids))"
)
_FREQUENCY = text("SELECT doc FROM chunk_terms_vocabulary WHERE term = :term")
_TOTAL = text("SELECT count(*) FROM chunks")
_MAX_TERMS = 256  # distinct terms of a question that are looked at
_MAX_SEARCHED = 64  # the rarest of them that are searched by
_CANDIDATES = 0.1  # share of all chunks that may become candidates
_MIN_CANDIDATES = 5_000


class TermFrequencies:
    """In how many chunks each term is, remembered until a hundredth of the documents changed.

    They only choose which terms to search by, so that stale ones cost time, never a result.
    """

    def __init__(self) -> None:
        self.total = 0
        self._seq = -1
        self._known: dict[str, int] = {}

    def of(self, connection: Connection, seq: int, terms: Sequence[str]) -> dict[str, int]:
        """The frequencies of those ``terms`` that occur, as of about index log entry ``seq``."""
        if self._seq < 0 or seq - self._seq > 20 + self.total // 100:
            self.total = connection.execute(_TOTAL).scalar_one()
            self._seq, self._known = seq, {}
        known = self._known
        for term in terms:
            if term not in known:
                frequency = connection.execute(_FREQUENCY, {"term": term}).scalar()
                if frequency:
                    known[term] = frequency
        return {term: known[term] for term in terms if term in known}


def best_by_words(
    connection: Connection,
    workspace: WorkspaceId,
    source_ids: Sequence[str] | None,
    terms: Sequence[str],
    frequencies: TermFrequencies,
    *,
    seq: int,
    limit: int,
    alternatives: Sequence[Alternatives] = (),
    chunk_ids: Sequence[int] | None = None,
) -> dict[int, float]:
    """The ``limit`` best chunks and their BM25 (≥ 0), best first; of ``chunk_ids`` only."""
    others = [phrase for each in alternatives for phrase in each.others]
    phrases = [each for each in dict.fromkeys([*terms, *others]) if each and "\0" not in each]
    phrases = phrases[:_MAX_TERMS]
    words = {phrase: phrase.split(" ") for phrase in phrases}
    known = frequencies.of(connection, seq, [word for each in words.values() for word in each])
    present = {
        phrase: min(known[word] for word in parts)
        for phrase, parts in words.items()
        if known.keys() >= set(parts)
    }
    if not present:
        return {}
    scopes = _scopes(workspace, source_ids)
    if chunk_ids is None:
        expression = _expression(scopes, present, frequencies.total)
        best = _best(connection, expression, limit)
    else:
        best = _best_of(connection, scopes, present, frequencies.total, limit, chunk_ids)
    for each in alternatives:
        _count_once(connection, best, each, present)
    return dict(sorted(best.items(), key=lambda item: (-item[1], item[0])))


def _best(connection: Connection, expression: str, limit: int) -> dict[int, float]:
    return dict(connection.execute(_BEST, {"expression": expression, "limit": limit}).all())


def _best_of(
    connection: Connection,
    scopes: list[str],
    present: dict[str, int],
    total: int,
    limit: int,
    chunk_ids: Sequence[int],
) -> dict[int, float]:
    """The best of these chunks: of few, all are looked at; of many, the candidates as always, and
    all that have any of the words where those are not enough."""
    wanted = set(chunk_ids)
    every = f"{_any(scopes)} AND {_any(list(present))}"
    if len(wanted) <= _MIN_CANDIDATES:
        given = {"expression": every, "limit": limit, "chunk_ids": json.dumps(chunk_ids)}
        return dict(connection.execute(_BEST_OF_FEW, given).all())
    best: dict[int, float] = {}
    for expression in (_expression(scopes, present, total), every):
        found = _best(connection, expression, -1)
        best = dict(islice(((id, found[id]) for id in found if id in wanted), limit))
        if len(best) == limit:
            break
    return best


def _count_once(
    connection: Connection,
    best: dict[int, float],
    alternatives: Alternatives,
    present: Mapping[str, int],
) -> None:
    """Take from the chunks that have several of the alternatives what all but one of them gave."""
    own = [term for term in alternatives.own if term in present]
    ways = [own] if own else []
    ways += [[phrase] for phrase in alternatives.others if phrase in present and phrase not in own]
    if len(ways) < 2:
        return
    given: dict[int, list[float]] = {}
    for way in ways:
        found = connection.execute(
            _OF_CHUNKS, {"expression": _any(way), "chunk_ids": json.dumps(list(best))}
        )
        for chunk_id, score in found:
            given.setdefault(chunk_id, []).append(score)
    for chunk_id, scores in given.items():
        best[chunk_id] -= sum(scores) - max(scores)


def in_workspace(workspace: WorkspaceId, term: str) -> str:
    """The full-text expression for the workspace's chunks that have the term."""
    return f"{_any([_token(workspace)])} AND {_any([term])}"


def scope_tokens(workspace: WorkspaceId, source_id: str) -> str:
    """What a chunk's ``scope`` field holds: its workspace, and its workspace and source."""
    return f"{_token(workspace)} {_token(workspace, source_id)}"


def _token(*ids: str) -> str:
    # In hexadecimal, as FTS5 takes no account of case and ids do. No index term begins with "=".
    return "=" + ".".join(id.encode().hex() for id in ids)


def _scopes(workspace: WorkspaceId, source_ids: Sequence[str] | None) -> list[str]:
    if source_ids is None:
        return [_token(workspace)]
    return [_token(workspace, source_id) for source_id in source_ids]


def _expression(scopes: list[str], present: dict[str, int], total: int) -> str:
    """Within the scopes, chunks with a rare term. The common terms are optional.

    FTS5 has no optional terms, but ``(scopes OR common)`` is true of every chunk in scope and
    counts the common terms where they are.
    """
    rarest = sorted(present, key=lambda term: present[term])[:_MAX_SEARCHED]
    if total > _MIN_CANDIDATES:
        rarest = [term for term in rarest if present[term] <= total / 2] or rarest[:1]
    budget = max(_MIN_CANDIDATES, total * _CANDIDATES)
    rare = 0
    while rare < len(rarest) and (rare == 0 or present[rarest[rare]] <= budget):
        budget -= present[rarest[rare]]
        rare += 1
    expression = f"{_any(scopes)} AND {_any(rarest[:rare])}"
    if rare < len(rarest):
        expression += f" AND {_any(scopes + rarest[rare:])}"
    return expression


def _any(terms: Sequence[str]) -> str:
    """Any of the terms; one of several words is a phrase."""
    quoted = ('"' + term.replace('"', '""') + '"' for term in terms)
    return "(" + " OR ".join(quoted) + ")"

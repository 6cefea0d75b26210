"""What BM25 and spelling need to know of a workspace: which terms it has, and in how many chunks.

The counts change with the chunks, in the same transaction, so they are exact and every server has
the same. Transactions that are open at once and change the same row cannot both be committed: one
is done again. So each adds to one of several rows, chosen by chance, and the sum counts.
"""

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from cevvo.domain.ids import WorkspaceId
from cevvo.providers.search.postgres.lexemes import is_scope

_PARTS: Final = 4
_AT_MOST = 100  # as far as ``known_terms`` counts
_PREFIXED = 2_000  # terms that begin alike, at most

_ADD_TERMS = text("""
    INSERT INTO term_counts (workspace_id, term, part, chunks)
    SELECT :workspace, term, :part, :sign * chunks
    FROM unnest(CAST(:terms AS text[]), CAST(:chunks AS bigint[])) AS changed (term, chunks)
    ON CONFLICT (workspace_id, term, part)
    DO UPDATE SET chunks = term_counts.chunks + excluded.chunks
""")
_ADD_CHUNKS = text("""
    INSERT INTO chunk_counts (workspace_id, language, part, chunks, terms)
    VALUES (:workspace, :language, :part, :sign * :chunks, :sign * :terms)
    ON CONFLICT (workspace_id, language, part) DO UPDATE SET
        chunks = chunk_counts.chunks + excluded.chunks,
        terms = chunk_counts.terms + excluded.terms
""")
_CHUNKS_WITH = text("""
    SELECT term, CAST(sum(chunks) AS bigint) FROM term_counts
    WHERE workspace_id = :workspace AND term = ANY(CAST(:terms AS text[]))
    GROUP BY term HAVING sum(chunks) > 0
""")
_BEGINNING = text("""
    SELECT term FROM term_counts
    WHERE workspace_id = :workspace AND term ^@ :prefix
    GROUP BY term HAVING sum(chunks) > 0 ORDER BY term LIMIT :most
""")
_TOTALS = text("""
    SELECT CAST(coalesce(sum(chunks), 0) AS bigint), CAST(coalesce(sum(terms), 0) AS bigint)
    FROM chunk_counts WHERE workspace_id = :workspace
""")
_LANGUAGES = text("""
    SELECT language FROM chunk_counts WHERE workspace_id = :workspace AND language <> ''
    GROUP BY language HAVING sum(chunks) > 0
""")


@dataclass(frozen=True, slots=True)
class Totals:
    """How many chunks there are, and how many terms one has on average."""

    chunks: int
    average: float


def count_in(
    connection: Connection,
    workspace: WorkspaceId,
    language: str | None,
    chunks: Sequence[Collection[str]],
    length: int,
) -> None:
    """Count chunks that are added: each one's terms, and how many they have of all together."""
    # Not read back from the table: who reads where others add is in their way.
    having = Counter(term for chunk in chunks for term in set(chunk))
    _add(connection, workspace, language, having, len(chunks), length, 1)


def count_out(
    connection: Connection,
    workspace: WorkspaceId,
    deleted: Sequence[Sequence[Any]],
) -> None:
    """Count these chunks of a document no longer: language, length and lexemes of each."""
    if not deleted:
        return
    having = Counter(term for _, _, terms in deleted for term in terms if not is_scope(term))
    length = sum(length for _, length, _ in deleted)
    _add(connection, workspace, deleted[0][0], having, len(deleted), length, -1)


def _add(
    connection: Connection,
    workspace: WorkspaceId,
    language: str | None,
    having: Mapping[str, int],
    chunks: int,
    length: int,
    sign: int,
) -> None:
    part = random.randrange(_PARTS)  # noqa: S311 - spreads load
    common = {"workspace": workspace, "part": part, "sign": sign}
    terms = sorted(having)  # locked in one order by all
    counts = [having[term] for term in terms]
    connection.execute(_ADD_TERMS, common | {"terms": terms, "chunks": counts})
    totals = {"language": language or "", "chunks": chunks, "terms": length}
    connection.execute(_ADD_CHUNKS, common | totals)


def chunks_with(
    connection: Connection, workspace: WorkspaceId, terms: Collection[str]
) -> dict[str, int]:
    """In how many chunks of the workspace each of ``terms`` is, without those that are in none."""
    asked = [term for term in terms if term and "\0" not in term]
    if not asked:
        return {}
    found = connection.execute(_CHUNKS_WITH, {"workspace": workspace, "terms": asked})
    return dict(found.all())


def known_terms(
    connection: Connection, workspace: WorkspaceId, terms: Collection[str]
) -> dict[str, int]:
    """As ``chunks_with``, counted to 100."""
    found = chunks_with(connection, workspace, terms)
    return {term: min(count, _AT_MOST) for term, count in found.items()}


def terms_beginning(connection: Connection, workspace: WorkspaceId, prefix: str) -> list[str]:
    """Terms of the workspace that begin with ``prefix``, in order, the first 2,000."""
    values = {"workspace": workspace, "prefix": prefix, "most": _PREFIXED}
    return list(connection.execute(_BEGINNING, values).scalars())


def total_counts(connection: Connection, workspace: WorkspaceId) -> Totals:
    """Those of the whole workspace."""
    chunks, terms = connection.execute(_TOTALS, {"workspace": workspace}).one()
    return Totals(chunks, terms / max(chunks, 1))


def languages_of(connection: Connection, workspace: WorkspaceId) -> frozenset[str]:
    """The languages that the workspace's documents say they are in."""
    return frozenset(connection.execute(_LANGUAGES, {"workspace": workspace}).scalars())

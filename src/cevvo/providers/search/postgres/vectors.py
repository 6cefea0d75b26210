"""Search by meaning with pgvector: exact where there are few vectors, over a graph where many.

A graph (HNSW, Malkov & Yashunin 2016, https://arxiv.org/abs/1603.09320) is over the vectors of one
model in one large workspace, never over several: in a shared one most of what is near a question is
others', and what is left after filtering misses a fifth of the best. Small workspaces have none,
and neither do filters that leave little: all of these vectors are compared.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from cevvo.domain.documents import Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.providers.search.base import Filters
from cevvo.providers.search.postgres.narrowing import conditions

COMPARED = 20_000
"""How many vectors are compared with a question at most, where a graph could be asked."""
_EXACT = """
    WITH wanted AS MATERIALIZED (
        SELECT chunk_id, vector <#> CAST(:vector AS halfvec) AS distance
        FROM chunk_vectors WHERE {wanted}
    )
    SELECT chunk_id FROM wanted ORDER BY distance, chunk_id LIMIT :limit
"""
# The workspace and the model as they stand in the graph's definition: with parameters Postgres
# could not tell that the graph has all of them.
_NEAREST = """
    SELECT chunk_id FROM chunk_vectors
    WHERE workspace_id = '{workspace}' AND model = '{model}' AND {wanted}
    ORDER BY (vector::halfvec({dimensions})) <#> CAST(:vector AS halfvec({dimensions}))
    LIMIT :limit
"""
_FEW = "SELECT count(*) FROM (SELECT FROM chunk_vectors WHERE {wanted} LIMIT :most) AS few"
_WHOLE = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:graph)")
_STORED = text("""
    SELECT chunk_id, halfvec_send(vector) FROM chunk_vectors
    WHERE workspace_id = :workspace AND model = :model
    AND chunk_id = ANY(CAST(:chunk_ids AS bigint[]))
""")
_ADD = text("""
    INSERT INTO chunk_vectors
        (chunk_id, model, workspace_id, source_id, document_id, language, vector)
    SELECT chunks.id, :model, chunks.workspace_id, documents.source_id, documents.id,
        documents.language, CAST(:vector AS halfvec)
    FROM chunks JOIN documents ON documents.id = chunks.document_id WHERE chunks.id = :chunk_id
    ON CONFLICT DO NOTHING
""")
_HEADER = (
    4  # bytes before the numbers: https://github.com/pgvector/pgvector/blob/v0.8.0/src/halfvec.c
)


def best_by_meaning(
    connection: Connection,
    workspace: WorkspaceId,
    model: str,
    vector: Vector,
    *,
    source_ids: Sequence[str] | None,
    filters: Filters,
    limit: int,
    chunks: int,
) -> list[int]:
    """The chunks of the ``limit`` highest cosines, best first. ``chunks``: of the workspace."""
    narrowing, values = conditions(workspace, filters)
    if source_ids is not None:
        narrowing += " AND source_id = ANY(CAST(:sources AS text[]))"
        values["sources"] = list(source_ids)
    wanted = f"workspace_id = :workspace AND model = :model{narrowing}"
    values |= {"model": model, "vector": vector_text(vector), "limit": limit}
    if chunks > COMPARED and _graph_is_better(
        connection, graph_name(workspace, model), wanted if narrowing else None, values
    ):
        statement = _NEAREST.format(
            workspace=quoted(workspace),
            model=quoted(model),
            dimensions=len(vector),
            wanted=wanted,
        )
    else:
        statement = _EXACT.format(wanted=wanted)
    return list(connection.execute(text(statement), values).scalars())


def _graph_is_better(
    connection: Connection, graph: str, wanted: str | None, values: Mapping[str, Any]
) -> bool:
    if not connection.execute(_WHOLE, {"graph": graph}).scalar():
        return False
    if wanted is None:
        return True
    count = text(_FEW.format(wanted=wanted))
    found: int = connection.execute(count, {**values, "most": COMPARED + 1}).scalar_one()
    return found > COMPARED


def vectors_of(
    connection: Connection, workspace: WorkspaceId, model: str, chunk_ids: Sequence[int]
) -> dict[int, Vector]:
    """The stored vectors of these chunks, as far as they have one of this model."""
    rows = connection.execute(
        _STORED, {"workspace": workspace, "model": model, "chunk_ids": chunk_ids}
    ).all()
    return {
        chunk_id: np.frombuffer(sent, ">f2", offset=_HEADER).astype(np.float32)
        for chunk_id, sent in rows
    }


def add_searched_vectors(connection: Connection, model: str, vectors: Mapping[int, Vector]) -> None:
    """Store the vectors of chunks that are there and have none of this model."""
    rows = [
        {"chunk_id": id, "model": model, "vector": vector_text(vector)}
        for id, vector in vectors.items()
    ]
    if rows:
        connection.execute(_ADD, rows)


def vector_text(vector: Vector) -> str:
    """As pgvector reads it, in the precision that it keeps."""
    return "[" + ",".join(map(str, vector.astype(np.float16).tolist())) + "]"


def graph_name(workspace: str, model: str) -> str:
    """The index that is the graph over the workspace's vectors of the model."""
    return "graph_" + hashlib.sha256(f"{workspace} {model}".encode()).hexdigest()[:24]


def quoted(value: str) -> str:
    """For a place between single quotes in a statement of SQLAlchemy's ``text``."""
    return value.replace("'", "''").replace(":", "\\:")

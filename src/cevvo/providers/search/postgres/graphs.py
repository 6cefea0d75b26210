"""The graphs over vectors: built where a workspace has grown, dropped where it has shrunk.

A graph is an index of Postgres over the rows of one workspace and one model, on the partition that
has the workspace. While it is built, or when building it was broken off, vectors are compared one
by one, as in a small workspace; writes go on. So a second model's graph is built beside the first
one's before anybody asks for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from cevvo.foundation.db.advisory_locks import BUILDING_GRAPHS
from cevvo.foundation.db.database import Database
from cevvo.providers.search.postgres import vectors

# Of pgvector: links of a node, and how many are looked at for them. 22,000 and 40,000 vectors in
# clusters: .97 and 1.0 of the exact best 200 are found, at twice as many looked at.
_LINKS, _BREADTH = 16, 128

_LARGE = text("""
    SELECT workspace_id FROM chunk_counts GROUP BY workspace_id HAVING sum(chunks) > :chunks
""")
_NEXT_MODEL = text("""
    SELECT model, vector_dims(vector), CAST(tableoid::regclass AS text) FROM chunk_vectors
    WHERE workspace_id = :workspace AND model > :after ORDER BY model LIMIT 1
""")
_GRAPHS = text("""
    SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid IN (SELECT relid FROM pg_partition_tree('chunk_vectors'))
    AND starts_with(relname, 'graph_')
""")
_BUILD = """
    CREATE INDEX CONCURRENTLY {name} ON {partition}
    USING hnsw ((vector::halfvec({dimensions})) halfvec_ip_ops)
    WITH (m = {links}, ef_construction = {breadth})
    WHERE workspace_id = '{workspace}' AND model = '{model}'
"""


@dataclass(frozen=True, slots=True)
class _Graph:
    workspace: str
    model: str
    dimensions: int
    partition: str


def tend_graphs(db: Database) -> None:
    """Build the graphs that are missing and drop those that are not needed, one process at a time.

    A million vectors take minutes to half an hour; fewer where ``maintenance_work_mem`` holds them.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # from the pool: what is set here is of this connection alone
        connection.execute(text("SET statement_timeout = 0"))
        if not connection.execute(text(f"SELECT pg_try_advisory_lock({BUILDING_GRAPHS})")).scalar():
            return
        needed = _named(connection, vectors.COMPARED)
        kept = _named(connection, vectors.COMPARED // 2)  # not to build and drop at one edge
        there: dict[str, bool] = dict(connection.execute(_GRAPHS).all())
        for name, whole in there.items():
            if not whole or name not in kept:
                connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
        for name, graph in needed.items():
            if not there.get(name):
                connection.execute(text(_definition(name, graph)))


def _named(connection: Connection, chunks: int) -> dict[str, _Graph]:
    large = connection.execute(_LARGE, {"chunks": chunks}).scalars().all()
    return {
        vectors.graph_name(graph.workspace, graph.model): graph
        for workspace in large
        for graph in _of_workspace(connection, workspace)
    }


def _of_workspace(connection: Connection, workspace: str) -> Iterator[_Graph]:
    model = ""
    while True:
        found = connection.execute(_NEXT_MODEL, {"workspace": workspace, "after": model}).first()
        if found is None:
            return
        model, dimensions, partition = found
        yield _Graph(workspace, model, dimensions, partition)


def _definition(name: str, graph: _Graph) -> str:
    return _BUILD.format(
        name=name,
        partition=graph.partition,
        dimensions=graph.dimensions,
        links=_LINKS,
        breadth=_BREADTH,
        workspace=vectors.quoted(graph.workspace),
        model=vectors.quoted(graph.model),
    )

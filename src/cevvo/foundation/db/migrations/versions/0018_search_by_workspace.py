"""The search tables on Postgres are those in partitions by workspace. Graphs over vectors are built
anew by the next who tends the index."""

from collections.abc import Iterator

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_INDEXES = {
    "chunk_terms": "ix_chunk_terms_terms",
    "chunk_vectors": "ix_chunk_vectors_workspace_id_model_source_id",
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in _statements():
            op.execute(statement)


def _statements() -> Iterator[str]:
    # A graph that is being built goes with the old table: waiting for it would be for nothing.
    yield (
        "SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index"
        " WHERE relid = 'chunk_vectors'::regclass"
    )
    # In the order in which searches and writers take them. Not chunks, which these take before or
    # after: so the old tables, to which it belongs by their foreign keys, go with 0019.
    yield (
        "LOCK TABLE chunk_terms, chunk_vectors, chunk_terms_new, chunk_vectors_new"
        " IN ACCESS EXCLUSIVE MODE"
    )
    for table, index in _INDEXES.items():
        yield f"DROP TRIGGER {table}_also ON {table}"
        for change in (f"{table} RENAME TO {table}_old", f"{table}_new RENAME TO {table}"):
            yield f"ALTER TABLE {change}"
        for name in (f"pk_{table}", index):
            yield f"ALTER INDEX {name} RENAME TO {name}_old"
            yield f"ALTER INDEX {name}_new RENAME TO {name}"

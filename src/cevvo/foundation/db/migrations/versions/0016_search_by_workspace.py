"""The search index on Postgres in partitions by workspace; on SQLite nothing changes.

The tables are copied, and change places at the end. Until then questions are answered and whoever
writes documents waits. To a transaction that began before, the new tables are empty: a question in
that moment may find nothing, and a writer is refused by the foreign key and begins anew. Graphs
over vectors are built anew by the next who tends the index.
"""
# ruff: noqa: S608 - the statements are made of the constants of this file

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_PARTITIONS = 16
# A graph that is being built goes with the old table: waiting for it would be for nothing. Those
# who write take these locks in another order. Of two that wait for each other Postgres refuses one:
# where it is this one, it lets go of what it has and waits again.
_LOCK = """
    DO $$ BEGIN LOOP
        PERFORM pg_stat_clear_snapshot();
        PERFORM pg_cancel_backend(pid) FROM pg_stat_progress_create_index
            WHERE relid = 'chunk_vectors'::regclass;
        BEGIN
            LOCK TABLE chunks, chunk_terms, chunk_vectors IN SHARE ROW EXCLUSIVE MODE;
            RETURN;
        EXCEPTION WHEN deadlock_detected THEN
        END;
    END LOOP; END $$
"""
# For foreign keys that name the workspace: what these delete is looked for in one partition.
_REFERRED = "CREATE UNIQUE INDEX ix_chunks_id_workspace_id ON chunks (id, workspace_id)"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(_LOCK)
    op.execute(_REFERRED)
    _copy("chunk_terms")
    _key("chunk_terms", "chunk_id, workspace_id")
    _index("chunk_terms", "ix_chunk_terms_terms", "USING gin (terms) WITH (fastupdate = off)")
    _copy("chunk_vectors")
    _key("chunk_vectors", "chunk_id, workspace_id, model")
    _index(
        "chunk_vectors",
        "ix_chunk_vectors_workspace_id_model_source_id",
        "(workspace_id, model, source_id)",
    )
    for table in ("chunk_terms", "chunk_vectors"):  # from here on questions wait, for a moment
        op.execute(f"DROP TABLE {table}")
        op.execute(f"ALTER TABLE {table}_new RENAME TO {table}")


def _copy(table: str) -> None:
    op.execute(f"CREATE TABLE {table}_new (LIKE {table}) PARTITION BY HASH (workspace_id)")
    for number in range(_PARTITIONS):
        op.execute(
            f"CREATE TABLE {table}_{number} PARTITION OF {table}_new"
            f" FOR VALUES WITH (MODULUS {_PARTITIONS}, REMAINDER {number})"
            " WITH (toast_tuple_target = 8160)"
        )
    op.execute(f"INSERT INTO {table}_new SELECT * FROM {table}")


def _key(table: str, columns: str) -> None:
    op.execute(f"ALTER INDEX pk_{table} RENAME TO pk_{table}_old")
    op.execute(f"ALTER TABLE {table}_new ADD CONSTRAINT pk_{table} PRIMARY KEY ({columns})")
    op.execute(
        f"ALTER TABLE {table}_new ADD CONSTRAINT fk_{table}_chunk_id"
        " FOREIGN KEY (chunk_id, workspace_id) REFERENCES chunks (id, workspace_id)"
        " ON DELETE CASCADE"
    )


def _index(table: str, name: str, definition: str) -> None:
    op.execute(f"ALTER INDEX {name} RENAME TO {name}_old")
    op.execute(f"CREATE INDEX {name} ON {table}_new {definition}")

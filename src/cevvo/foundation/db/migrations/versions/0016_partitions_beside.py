"""Beside the search tables on Postgres others in partitions by workspace, which get what is written
from now on. 0017 copies what is there, 0018 puts them in their place, 0019 drops the others. On
SQLite nothing changes."""

from collections.abc import Iterator

from alembic import op

from cevvo.foundation.db.migrations.concurrently import create_index

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_PARTITIONS = 16
_KEYS = {
    "chunk_terms": ("chunk_id", "workspace_id"),
    "chunk_vectors": ("chunk_id", "workspace_id", "model"),
}
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS ix_chunk_terms_terms_new ON chunk_terms_new"
    " USING gin (terms) WITH (fastupdate = off)",
    "CREATE INDEX IF NOT EXISTS ix_chunk_vectors_workspace_id_model_source_id_new"
    " ON chunk_vectors_new (workspace_id, model, source_id)",
)
_TABLE = """
    CREATE TABLE IF NOT EXISTS {table}_new (
        LIKE {table}, CONSTRAINT pk_{table}_new PRIMARY KEY ({key})
    ) PARTITION BY HASH (workspace_id)
"""
_PARTITION = """
    CREATE TABLE IF NOT EXISTS {table}_{number} PARTITION OF {table}_new
    FOR VALUES WITH (MODULUS {of}, REMAINDER {number}) WITH (toast_tuple_target = 8160)
"""
# The foreign key names the workspace: what it deletes is looked for in one partition.
_REFERENCE = """
    DO $$ BEGIN
        ALTER TABLE {table}_new ADD CONSTRAINT fk_{table}_chunk_id
            FOREIGN KEY (chunk_id, workspace_id) REFERENCES chunks (id, workspace_id)
            ON DELETE CASCADE;
    EXCEPTION WHEN duplicate_object THEN
    END $$
"""
# A writer that does not see yet what was copied is refused as any that has lost a race, and begins
# anew: by ON CONFLICT, and by the foreign key where it deletes.
_WRITTEN = """
    CREATE OR REPLACE FUNCTION {table}_also() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP <> 'INSERT' THEN
            DELETE FROM {table}_new WHERE ({key}) = ({old});
        END IF;
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO {table}_new VALUES (NEW.*) ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END $$
"""
_ALSO = """
    CREATE OR REPLACE TRIGGER {table}_also AFTER INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {table}_also()
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    create_index("ix_chunks_id_workspace_id", "chunks", ["id", "workspace_id"], unique=True)
    # Each statement is a transaction of its own: writers take these tables in more than one order,
    # and who waits for one of them while it keeps another may wait for ever.
    with op.get_context().autocommit_block():
        for statement in _statements():
            op.execute(statement)


def _statements() -> Iterator[str]:
    for table, key in _KEYS.items():
        yield _TABLE.format(table=table, key=", ".join(key))
        for number in range(_PARTITIONS):
            yield _PARTITION.format(table=table, number=number, of=_PARTITIONS)
    yield from _INDEXES
    for table, key in _KEYS.items():
        old = ", ".join(f"OLD.{column}" for column in key)
        yield _WRITTEN.format(table=table, key=", ".join(key), old=old)
        yield _REFERENCE.format(table=table)
        yield _ALSO.format(table=table)

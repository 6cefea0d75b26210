"""Vectors of a second embedding model beside the first; question clusters say whose they are."""

import sqlalchemy as sa
from alembic import op

from cevvo.foundation.db.migrations.concurrently import create_index

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MODEL = "all-MiniLM-L6-v2/int8"  # the only one there has been
# The key's index is there by then: it is a matter of names, and of both at once.
_POSTGRES = (
    """ALTER TABLE embeddings DROP CONSTRAINT pk_embeddings,
        ADD CONSTRAINT pk_embeddings PRIMARY KEY USING INDEX pk_embeddings_by_model""",
)
# A key of SQLite cannot be changed: the table is written anew.
_SQLITE = (
    """CREATE TABLE embeddings_by_model (
        chunk_id INTEGER NOT NULL,
        model TEXT NOT NULL,
        vector BLOB NOT NULL,
        sentence_vectors BLOB NOT NULL,
        CONSTRAINT pk_embeddings PRIMARY KEY (chunk_id, model),
        CONSTRAINT fk_embeddings_chunk_id FOREIGN KEY(chunk_id) REFERENCES chunks (id)
            ON DELETE CASCADE
    )""",
    "INSERT INTO embeddings_by_model (chunk_id, model, vector, sentence_vectors)"
    " SELECT chunk_id, model, vector, sentence_vectors FROM embeddings ORDER BY chunk_id",
    "DROP TABLE embeddings",
    "ALTER TABLE embeddings_by_model RENAME TO embeddings",
)


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if not on_sqlite:
        create_index("pk_embeddings_by_model", "embeddings", ["chunk_id", "model"], unique=True)
    for statement in _SQLITE if on_sqlite else _POSTGRES:
        op.execute(statement)
    op.add_column(
        "question_clusters", sa.Column("model", sa.Text(), nullable=False, server_default=_MODEL)
    )

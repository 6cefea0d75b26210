"""What the search tables on Postgres hold is copied into those of 0016, some rows to a transaction,
while others read and write."""

import sqlalchemy as sa
from alembic import op

from cevvo.foundation.db.migrations.concurrently import beside_others

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Whoever deletes a passage that is being copied waits for the statement, so it is a short one; one
# that is being deleted is waited for, and left out. With ties, as a passage has a vector of each
# model.
_ROWS = 500
_COPY = """
    WITH batch AS (
        SELECT {table}.* FROM {table}
        JOIN chunks ON chunks.id = {table}.chunk_id
        WHERE chunk_id > :after ORDER BY chunk_id FETCH FIRST (:rows) ROWS WITH TIES
        FOR KEY SHARE OF chunks
    ), copied AS (
        INSERT INTO {table}_new SELECT * FROM batch ON CONFLICT DO NOTHING
    )
    SELECT max(chunk_id) FROM batch
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    with beside_others():
        for table in ("chunk_terms", "chunk_vectors"):
            copy = sa.text(_COPY.format(table=table))
            after: int | None = 0
            while after is not None:
                after = op.get_bind().execute(copy, {"after": after, "rows": _ROWS}).scalar()

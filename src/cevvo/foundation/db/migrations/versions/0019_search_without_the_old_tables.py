"""The search tables on Postgres that have no partitions go: nothing has used them since 0018."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # Whoever deletes passages has this one before it comes to the others.
    "LOCK TABLE chunks IN ACCESS EXCLUSIVE MODE",
    "DROP TABLE chunk_terms_old, chunk_vectors_old",
    "DROP FUNCTION chunk_terms_also(), chunk_vectors_also()",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in _STATEMENTS:
            op.execute(statement)

"""An index of the jobs that stored something: each document asks whether a later one did."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_jobs_stored",
        "jobs",
        ["source_id", "created_at"],
        sqlite_where=sa.text("documents_processed > 0"),
        postgresql_where=sa.text("documents_processed > 0"),
    )

"""Indexes of taking documents in.

One of the jobs that stored something: each document asks whether a later one did. And that of the
passages begins with what tells them apart: where it began with the workspace, SQLite took it for a
document's chunks, too, and read those of the whole workspace.
"""

from cevvo.foundation.db.migrations.concurrently import create_index, drop_index

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_index(
        "ix_jobs_stored", "jobs", ["source_id", "created_at"], where="documents_processed > 0"
    )
    create_index("ix_chunks_passage_hash_workspace_id", "chunks", ["passage_hash", "workspace_id"])
    drop_index("ix_chunks_workspace_id_passage_hash", "chunks")

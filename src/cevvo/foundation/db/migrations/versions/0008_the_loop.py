"""Gaps that are kept and asked again, traces of answers, and what answers rest on."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coverage_gaps",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("last_asked", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("nearest", sa.JSON(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("checked_seq", sa.BigInteger(), nullable=False),
        sa.Column("outcomes", sa.JSON(), nullable=False),
        sa.Column("answer_document", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["question_clusters.id"],
            name=op.f("fk_coverage_gaps_id"),
            ondelete="CASCADE",
        ),
        _of_workspace("coverage_gaps"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_gaps")),
    )
    op.create_index(
        op.f("ix_coverage_gaps_workspace_id_status_last_asked"),
        "coverage_gaps",
        ["workspace_id", "status", "last_asked"],
    )
    op.create_table(
        "message_traces",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        _of_message("message_traces"),
        _of_workspace("message_traces"),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_traces")),
    )
    _stale_answers()
    _conflicts()
    # Those there are; at the next chance they are asked again.
    op.execute(
        "INSERT INTO coverage_gaps (id, workspace_id, status, opened_at, reopened, last_asked,"
        " reason, nearest, checked_seq, outcomes)"
        " SELECT cluster_id, workspace_id, 'open', min(asked_at), 0, max(asked_at), 'too_weak',"
        " '[]', -1, '[]' FROM turns"
        " WHERE cluster_id IS NOT NULL AND kind = 'question' AND is_test = false"
        " AND off_topic = false AND confidence IS NOT NULL"
        " AND (answered = false OR (rating = 'negative' AND confidence < 0.5))"
        " GROUP BY cluster_id, workspace_id"
    )


def _conflicts() -> None:
    op.create_table(
        "passage_conflicts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("one", sa.JSON(), nullable=False),
        sa.Column("other", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        _of_workspace("passage_conflicts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage_conflicts")),
        sa.UniqueConstraint(
            "workspace_id", "key", name=op.f("uq_passage_conflicts_workspace_id_key")
        ),
    )
    op.create_index(
        op.f("ix_passage_conflicts_workspace_id_found_at"),
        "passage_conflicts",
        ["workspace_id", "found_at"],
    )


def _stale_answers() -> None:
    op.create_table(
        "cited_documents",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        _of_message("cited_documents"),
        _of_workspace("cited_documents"),
        sa.PrimaryKeyConstraint("message_id", "document_id", name=op.f("pk_cited_documents")),
    )
    op.create_index(
        op.f("ix_cited_documents_workspace_id_document_id"),
        "cited_documents",
        ["workspace_id", "document_id"],
    )
    op.create_table(
        "stale_answers",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("now", sa.JSON(), nullable=True),
        _of_message("stale_answers"),
        _of_workspace("stale_answers"),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_stale_answers")),
    )
    op.create_index(
        op.f("ix_stale_answers_workspace_id_found_at"),
        "stale_answers",
        ["workspace_id", "found_at"],
    )
    op.create_table(
        "recheck_marks",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        _of_workspace("recheck_marks"),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_recheck_marks")),
    )


def _of_workspace(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id"],
        ["workspaces.id"],
        name=op.f(f"fk_{table}_workspace_id"),
        ondelete="CASCADE",
    )


def _of_message(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["message_id"],
        ["messages.id"],
        name=op.f(f"fk_{table}_message_id"),
        ondelete="CASCADE",
    )

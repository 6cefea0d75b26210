"""Indexes that a list of conversations is counted from, and a period's questions in one stretch."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_FIGURES = (
    *("workspace_id", "asked_at", "is_test", "kind", "next_at", "next_question_at"),
    *("next_same_at", "resolution", "response_ms", "first_token_ms", "cluster_id"),
    "conversation_id",
)


def upgrade() -> None:
    op.drop_index("ix_turns_conversation_id_asked_at", "turns")
    op.create_index(
        "ix_turns_conversation_id_asked_at_is_test",
        "turns",
        ["conversation_id", "asked_at", "is_test"],
    )
    op.drop_index("ix_turns_figures", "turns")
    op.create_index(
        "ix_turns_figures", "turns", [*_FIGURES, "answered", "rating", "confidence", "model"]
    )
    rated = ["workspace_id", "rating", "asked_at", "is_test", "conversation_id"]
    _partial("ix_turns_rated", "turns", rated, "rating IS NOT NULL")
    _partial("ix_turns_tests", "turns", ["workspace_id", "conversation_id"], "is_test IS TRUE")
    _partial(
        "ix_conversations_escalated",
        "conversations",
        ["workspace_id", "updated_at", "id"],
        "escalated_at IS NOT NULL",
    )
    op.create_index(
        "ix_daily_questions_by_day",
        "daily_questions",
        ["workspace_id", "day", "cluster_id", "conversations", "resolved"],
    )


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name,
        table,
        columns,
        # As the queries have it: SQLite compares the words.
        sqlite_where=sa.text(where.replace("IS TRUE", "IS 1")),
        postgresql_where=sa.text(where),
    )

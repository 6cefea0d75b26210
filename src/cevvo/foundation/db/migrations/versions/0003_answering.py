"""Answers by language models: settings, budgets, cache; what a confidence rests on; metadata."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("tokens_per_day", sa.Integer(), nullable=True))
    op.add_column("messages", sa.Column("handover", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("cached", sa.Boolean(), nullable=True))
    op.add_column("turns", sa.Column("signals", sa.JSON(), nullable=True))
    op.add_column("turns", sa.Column("model", sa.Text(), nullable=True))
    op.add_column("turns", sa.Column("handover", sa.Text(), nullable=True))
    _document_metadata()
    _workspace_settings()
    _answer_cache()
    _token_usage()


def _document_metadata() -> None:
    op.create_table(
        "document_metadata",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_document_metadata_document_id"),
            ondelete="CASCADE",
        ),
        _of_workspace("document_metadata"),
        sa.PrimaryKeyConstraint("document_id", "name", name=op.f("pk_document_metadata")),
    )
    op.create_index(
        op.f("ix_document_metadata_workspace_id_name_value"),
        "document_metadata",
        ["workspace_id", "name", "value"],
    )


def _workspace_settings() -> None:
    op.create_table(
        "workspace_settings",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("answering", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        _of_workspace("workspace_settings"),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_workspace_settings")),
    )


def _answer_cache() -> None:
    op.create_table(
        "answer_cache",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("made_with", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_answer_cache_conversation_id"),
            ondelete="CASCADE",
        ),
        _of_workspace("answer_cache"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_cache")),
    )
    op.create_index(
        op.f("ix_answer_cache_workspace_id_made_with"),
        "answer_cache",
        ["workspace_id", "made_with"],
    )
    op.create_index(op.f("ix_answer_cache_conversation_id"), "answer_cache", ["conversation_id"])
    op.create_index(op.f("ix_answer_cache_created_at"), "answer_cache", ["created_at"])


def _token_usage() -> None:
    op.create_table(
        "token_usage",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        _of_workspace("token_usage"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "day", "key_id", "model", name=op.f("pk_token_usage")
        ),
    )


def _of_workspace(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id"],
        ["workspaces.id"],
        name=op.f(f"fk_{table}_workspace_id"),
        ondelete="CASCADE",
    )

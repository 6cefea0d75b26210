"""What a sync needs to know of the last one; reports of jobs; passages told by a hash."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("next_sync_at", sa.BigInteger(), nullable=True))
    op.add_column("chunks", sa.Column("passage_hash", sa.LargeBinary(), nullable=True))
    op.create_index(
        op.f("ix_chunks_workspace_id_passage_hash"), "chunks", ["workspace_id", "passage_hash"]
    )
    op.add_column("jobs", sa.Column("claimed_at", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("claimed_progress", sa.Float(), nullable=True))
    op.add_column("jobs", sa.Column("report", sa.JSON(), nullable=True))
    op.add_column("crawl_pages", sa.Column("content_hash", sa.Text(), nullable=True))
    op.add_column("crawl_pages", sa.Column("bytes", sa.Integer(), nullable=True))
    op.add_column("crawl_pages", sa.Column("visited_at", sa.BigInteger(), nullable=True))
    op.add_column("crawl_pages", sa.Column("same_as", sa.Text(), nullable=True))
    op.add_column("crawl_pages", sa.Column("absence", sa.Text(), nullable=True))
    op.add_column("crawl_pages", sa.Column("passages_embedded", sa.Integer(), nullable=True))
    op.add_column("crawl_pages", sa.Column("passages_reused", sa.Integer(), nullable=True))
    op.create_table(
        "crawl_responses",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("head", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_crawl_responses_job_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_crawl_responses_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "url", name=op.f("pk_crawl_responses")),
    )
    op.create_table(
        "site_pages",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("links", sa.LargeBinary(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_site_pages_document_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name=op.f("fk_site_pages_source_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_site_pages_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", "url", name=op.f("pk_site_pages")),
    )
    op.create_index(op.f("ix_site_pages_document_id"), "site_pages", ["document_id"])
    if op.get_bind().dialect.name == "sqlite":
        _known_pages()


def _known_pages() -> None:
    """Pages that earlier crawls took in, so that the next crawl can tell what is gone."""
    op.execute(
        """INSERT INTO site_pages (source_id, url, workspace_id, document_id, made_by, links,
            checked_at, changed_at, missing)
        SELECT documents.source_id, documents.key, documents.workspace_id, documents.id, '', x'',
            documents.updated_at, documents.updated_at, 0
        FROM documents JOIN crawl_pages ON crawl_pages.document_id = documents.id
        GROUP BY documents.id"""
    )

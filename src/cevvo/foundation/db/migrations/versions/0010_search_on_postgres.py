"""The search index on Postgres; on SQLite it is there since 0001."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Derived from documents, chunks and embeddings, for providers/search/postgres alone. Scope columns
# stand in each table, so that a search reads no other.
_STATEMENTS = (
    # ``terms`` holds the index terms at their places, those of title and heading twice, and the
    # tokens that keep a search within its workspace and sources. ``length`` counts terms. Rows of
    # this table and the next are read by the thousand: what they hold stays in them.
    """CREATE TABLE chunk_terms (
        chunk_id BIGINT NOT NULL CONSTRAINT pk_chunk_terms PRIMARY KEY
            CONSTRAINT fk_chunk_terms_chunk_id REFERENCES chunks (id) ON DELETE CASCADE,
        workspace_id TEXT NOT NULL,
        document_id TEXT NOT NULL,
        language TEXT,
        length INTEGER NOT NULL,
        terms TSVECTOR NOT NULL
    ) WITH (toast_tuple_target = 8160)""",
    # Without a list of what is to be sorted in later: every search would read through it.
    "CREATE INDEX ix_chunk_terms_terms ON chunk_terms USING gin (terms) WITH (fastupdate = off)",
    # No number of dimensions, as each model has its own: a graph over some of them gives it.
    """CREATE TABLE chunk_vectors (
        chunk_id BIGINT NOT NULL
            CONSTRAINT fk_chunk_vectors_chunk_id REFERENCES chunks (id) ON DELETE CASCADE,
        model TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        source_id TEXT NOT NULL,
        document_id TEXT NOT NULL,
        language TEXT,
        vector HALFVEC NOT NULL,
        CONSTRAINT pk_chunk_vectors PRIMARY KEY (chunk_id, model)
    ) WITH (toast_tuple_target = 8160)""",
    """CREATE INDEX ix_chunk_vectors_workspace_id_model_source_id
        ON chunk_vectors (workspace_id, model, source_id)""",
    # In how many chunks of the workspace a term is, and how many chunks of how many terms there
    # are. A writer adds to one of several rows, its ``part``: the sum counts.
    """CREATE TABLE term_counts (
        workspace_id TEXT NOT NULL CONSTRAINT fk_term_counts_workspace_id
            REFERENCES workspaces (id) ON DELETE CASCADE,
        term TEXT COLLATE "C" NOT NULL,
        part SMALLINT NOT NULL,
        chunks BIGINT NOT NULL,
        CONSTRAINT pk_term_counts PRIMARY KEY (workspace_id, term, part)
    ) WITH (fillfactor = 80)""",
    """CREATE TABLE chunk_counts (
        workspace_id TEXT NOT NULL CONSTRAINT fk_chunk_counts_workspace_id
            REFERENCES workspaces (id) ON DELETE CASCADE,
        language TEXT NOT NULL,
        part SMALLINT NOT NULL,
        chunks BIGINT NOT NULL,
        terms BIGINT NOT NULL,
        CONSTRAINT pk_chunk_counts PRIMARY KEY (workspace_id, language, part)
    ) WITH (fillfactor = 50)""",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in _STATEMENTS:
            op.execute(statement)

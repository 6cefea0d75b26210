"""Documents that are said to be in a language after they were stored."""

from sqlalchemy import Connection, text, update

from cevvo.foundation.db.tables import documents
from features.chat.chat_room import OURS

# What the index on Postgres keeps of it with the passages, and counts.
_IN_THE_INDEX = (
    "UPDATE chunk_terms SET language = documents.language FROM documents WHERE id = document_id",
    "UPDATE chunk_vectors SET language = documents.language FROM documents WHERE id = document_id",
    "DELETE FROM chunk_counts WHERE workspace_id = :ours",
    "INSERT INTO chunk_counts (workspace_id, language, part, chunks, terms)"
    " SELECT workspace_id, coalesce(language, ''), 0, count(*), sum(length) FROM chunk_terms"
    " WHERE workspace_id = :ours GROUP BY workspace_id, coalesce(language, '')",
)


def say_language(connection: Connection, language: str, title: str | None = None) -> None:
    """Of the document with the title, or of all."""
    told = update(documents).values(language=language)
    connection.execute(told if title is None else told.where(documents.c.title == title))
    if connection.dialect.name == "postgresql":
        for statement in _IN_THE_INDEX:
            connection.execute(text(statement), {"ours": OURS})

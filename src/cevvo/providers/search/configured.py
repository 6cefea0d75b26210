"""The search index that goes with the database."""

from cevvo.foundation.db.database import Database
from cevvo.providers.search.base import SearchIndex
from cevvo.providers.search.embedded import EmbeddedSearchIndex
from cevvo.providers.search.postgres.index import PostgresSearchIndex


def search_index(db: Database, embedder_id: str, dimensions: int) -> SearchIndex:
    """The index inside ``db``, for vectors of the model ``embedder_id``."""
    if db.is_shared:
        return PostgresSearchIndex(db, embedder_id, dimensions)
    return EmbeddedSearchIndex(db, embedder_id, dimensions)

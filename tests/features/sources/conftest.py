"""Sources and ingestion with everything they need."""

from ingestion_room import db, embedder, migrated, room, site

__all__ = ["db", "embedder", "migrated", "room", "site"]

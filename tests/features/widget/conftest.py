"""A real database with one workspace, and a small API on it."""

from api_fixtures import api, db, logs, migrated, workspace

__all__ = ["api", "db", "logs", "migrated", "workspace"]

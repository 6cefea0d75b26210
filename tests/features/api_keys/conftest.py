"""A real database with one workspace, and a small API on it."""

from api_fixtures import api, logs, workspace

__all__ = ["api", "logs", "workspace"]

"""Databases as older versions left them."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from cevvo.foundation.db.sqlite import SqliteDatabase


def database_of(revision: str, folder: Path) -> SqliteDatabase:
    """An empty one with the schema of that revision, open."""
    folder.mkdir(exist_ok=True)
    db = SqliteDatabase(folder)
    upgrade(db.engine, revision)
    return db


def upgrade(engine: Engine, revision: str) -> None:
    """Make or bring a schema to that revision."""
    config = Config()
    config.set_main_option("script_location", "cevvo.foundation.db:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

"""Databases as older versions left them."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from cevvo.foundation.db.sqlite import SqliteDatabase


def database_of(revision: str, folder: Path) -> SqliteDatabase:
    """An empty one with the schema of that revision, open."""
    folder.mkdir(exist_ok=True)
    db = SqliteDatabase(folder)
    config = Config()
    config.set_main_option("script_location", "cevvo.foundation.db:migrations")
    with db.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return db

"""Bring the schema up to date at start.

Alembic takes most of a second to import, so it is imported only when there is something to do.
"""

from sqlalchemy import Connection, Engine, inspect, text

from cevvo.errors import StartError

HEAD = "0006"
"""The newest revision in ``migrations/versions``; a test keeps it true."""


def schema_revision(connection: Connection) -> str | None:
    """The revision of the database, None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return revision


def migrate(engine: Engine) -> None:
    """Apply what is missing, in one transaction: it is there whole or not at all.

    Raises StartError when the database was written by a newer version of the program.
    """
    with engine.begin() as connection:
        revision = schema_revision(connection)
        if revision == HEAD:
            return
        if revision is not None and revision > HEAD:
            raise StartError(
                f"The data directory was written by a newer version of cevvo (schema {revision}; "
                f"this one knows {HEAD}). Install that version, or take another --data-dir."
            )
        from alembic import command  # slow to import: only when there is something to migrate
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "cevvo.foundation.db:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

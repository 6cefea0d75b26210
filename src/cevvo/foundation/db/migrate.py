"""Bring the schema up to date at start.

Alembic takes most of a second to import, so it is imported only when there is something to do.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, inspect, text

from cevvo.errors import StartError

HEAD = "0019"
"""The newest revision in ``migrations/versions``; a test keeps it true."""


def schema_revision(connection: Connection) -> str | None:
    """The revision of the database, None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return revision


def refuse_newer(revision: str | None) -> None:
    """Raises StartError when a newer version of the program wrote the schema."""
    if revision is not None and revision > HEAD:
        raise StartError(
            f"The database was written by a newer version of cevvo (schema {revision}; this one "
            f"knows {HEAD}). Install that version, or take another database or --data-dir."
        )


def migrate(engine: Engine, before: Callable[[str], object] = lambda _revision: None) -> None:
    """Apply what is missing to a SQLite file, in one transaction: it is there whole or not at all.

    ``before`` is called with the revision of a database that is going to be changed, while nobody
    can write to it; what it raises leaves the database as it is.
    Raises StartError when the database was written by a newer version of the program.
    """
    with engine.begin() as connection:
        revision = schema_revision(connection)
        if revision == HEAD:
            return
        refuse_newer(revision)
        if revision is not None:
            before(revision)
        upgrade(connection)


def upgrade(connection: Connection, to: str = "head") -> None:
    """Apply the migrations up to a revision: in the transaction that ``connection`` is in, or each
    in one of its own."""
    from alembic import command  # slow to import: only when there is something to migrate
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "cevvo.foundation.db:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, to)

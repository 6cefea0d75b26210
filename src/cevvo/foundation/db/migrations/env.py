"""Run by Alembic: applies the migrations on the connection that ``migrate`` hands in."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, text

from cevvo.foundation.db.tables import metadata

_connection: Connection = context.config.attributes["connection"]

_OTHERWISE_COLLATED = text("""
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type = 'text' AND table_name <> 'alembic_version'
    AND collation_name IS DISTINCT FROM 'C'
""")


def _compare_by_bytes(*_: Any, **__: Any) -> None:
    """Texts compare by their bytes, as on SQLite, whatever the locale of the database."""
    if _connection.dialect.name != "postgresql":
        return
    quote = _connection.dialect.identifier_preparer.quote
    for table, column in _connection.execute(_OTHERWISE_COLLATED).all():
        _connection.exec_driver_sql(
            f'ALTER TABLE {quote(table)} ALTER {quote(column)} TYPE text COLLATE "C"'
        )


context.configure(
    connection=_connection,
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=True,  # unless ``_connection`` is in one: then all is in that
    on_version_apply=_compare_by_bytes,
)
with context.begin_transaction():
    context.run_migrations()

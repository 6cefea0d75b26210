"""Indexes made and dropped while others write.

On Postgres CREATE INDEX keeps writers out for as long as it takes, and DROP INDEX waits for readers
with everybody else waiting behind it. CONCURRENTLY, they keep nobody out; they are transactions of
their own then, so a migration that is broken off may find its index there, whole or not.
https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY

What a migration did before is committed by these: they come first in it, or alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

_BROKEN_OFF = sa.text(
    "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(quote_ident(:name))"
)


def create_index(
    name: str, table: str, columns: Sequence[str], *, unique: bool = False, where: str | None = None
) -> None:
    """Make an index, unless it is there and whole. ``where``: over these rows alone."""
    condition = None if where is None else sa.text(where)
    with beside_others():
        if _on_postgres() and op.get_bind().execute(_BROKEN_OFF, {"name": name}).scalar():
            op.drop_index(name, table, postgresql_concurrently=True)
        op.create_index(
            name,
            table,
            list(columns),
            unique=unique,
            sqlite_where=condition,
            postgresql_where=condition,
            postgresql_concurrently=True,
            if_not_exists=_on_postgres(),
        )


def drop_index(name: str, table: str) -> None:
    """Drop an index."""
    with beside_others():
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=_on_postgres())


def _on_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


@contextmanager
def beside_others() -> Iterator[None]:
    """On Postgres each statement in it is a transaction of its own, that waits for locks for as
    long as it takes: for those behind which nobody waits."""
    if not _on_postgres():
        yield
        return
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        patience = connection.execute(sa.text("SHOW lock_timeout")).scalar_one()
        connection.execute(sa.text("SET lock_timeout = 0"))
        yield
        connection.execute(sa.text(f"SET lock_timeout = '{patience}'"))

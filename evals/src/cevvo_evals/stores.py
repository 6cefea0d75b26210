"""Empty databases to measure in: a file, or one of their own on a Postgres server."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url, text

from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.postgres import postgres_engine


@contextmanager
def new_database(folder: Path, server: str | None = None) -> Iterator[Database]:
    """A database of the newest schema in ``folder``, or on the server that the URL ``server``
    names, whose user may create databases: that one is dropped afterwards."""
    if server is None:
        db = open_database(folder)
        try:
            yield db
        finally:
            db.close()
        return
    name = f"cevvo_evals_{secrets.token_hex(4)}"
    administrator = postgres_engine(server, 1).execution_options(isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
        url = make_url(server).set(database=name).render_as_string(hide_password=False)
        try:
            db = open_database(folder, url)
            try:
                yield db
            finally:
                db.close()
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administrator.dispose()

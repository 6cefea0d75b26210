"""The database that tests run on: a SQLite file, or with TEST_STORE=postgres one of Postgres.

A template is made and filled once; every test has a copy of its own.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from cevvo.foundation.db.database import Database
from cevvo.foundation.db.migrate import HEAD
from cevvo.foundation.db.opening import open_database
from postgres_server import the_server

ON_POSTGRES = os.environ.get("TEST_STORE") == "postgres"


def only_on_sqlite(why: str) -> pytest.MarkDecorator:
    """Marks what is about the file or SQLite itself."""
    return pytest.mark.skipif(ON_POSTGRES, reason=f"of SQLite: {why}")


@dataclass(frozen=True, slots=True)
class Template:
    """``place`` is a database file, or the name of a database."""

    place: Path | str


def template(folder: Path, fill: Callable[[Database], object] | None = None) -> Template:
    """A database of the newest schema with what ``fill`` puts in; ``folder`` is for files."""
    place = empty_postgres() if ON_POSTGRES else folder / "cevvo.db"
    filled = _open(folder, place)
    try:
        if fill is not None:
            fill(filled)
    finally:
        filled.close()
    if fill is None:
        _empty.add(place)
    return Template(place)


@contextmanager
def copied(original: Template, folder: Path) -> Iterator[Database]:
    """A database that is like ``original``, with its files in ``folder``; gone at the end."""
    if isinstance(original.place, Path):
        shutil.copy(original.place, folder / "cevvo.db")
        opened = _open(folder, folder / "cevvo.db")
        try:
            yield opened
        finally:
            opened.close()
        return
    filled = original.place not in _empty
    name = the_server().new_database(original.place) if filled else empty_postgres()
    opened = _open(folder, name)
    try:
        yield opened
    finally:
        opened.close()
        the_server().drop(name) if filled else clean(name)


@contextmanager
def made(folder: Path, fill: Callable[[Database], object] = lambda _db: None) -> Iterator[Database]:
    """A database of the newest schema that is used once."""
    place = empty_postgres() if ON_POSTGRES else folder / "cevvo.db"
    opened = _open(folder, place)
    try:
        fill(opened)
        yield opened
    finally:
        opened.close()
        if isinstance(place, str):
            clean(place)


def _open(folder: Path, place: Path | str) -> Database:
    return open_database(folder, the_server().url(place) if isinstance(place, str) else None)


_migrated: list[str] = []
_free: list[str] = []
_empty: set[Path | str] = set()

_CLEAN = """
    SET session_replication_role = replica;
    DO $$ DECLARE name text; there boolean; BEGIN
        FOR name IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r'
            AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version' LOOP
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', name) INTO there;
            IF there THEN EXECUTE format('DELETE FROM %s', name); END IF;
        END LOOP;
        UPDATE alembic_version SET version_num = '{head}';
        PERFORM setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'
            AND relnamespace = 'public'::regnamespace;
    END $$
"""


def empty_postgres() -> str:
    """A migrated database without rows: one that was cleaned, or a copy of the first one."""
    if _free:
        return _free.pop()
    server = the_server()
    if not _migrated:
        name = server.new_database()
        open_database(server.folder / "files", server.url(name)).close()
        _migrated.append(name)
    return server.new_database(_migrated[0])


def clean(name: str) -> None:
    """Take out all rows, which is faster than to make a database anew."""
    the_server().execute(_CLEAN.replace("{head}", HEAD), name)
    _free.append(name)


_of_servers: dict[Path, str] = {}


def store_of(data_dir: Path) -> dict[str, str]:
    """The setting with which a server has its database where the tests have theirs."""
    if not ON_POSTGRES:
        return {}
    if data_dir not in _of_servers:
        _of_servers[data_dir] = empty_postgres()
    return {"CEVVO_DATABASE_URL": the_server().url(_of_servers[data_dir])}


def executed(data_dir: Path, query: str, values: Sequence[object]) -> list[Any]:
    """What a query answers in the database of a running server; ``?`` stands for a value."""
    if url := store_of(data_dir).get("CEVVO_DATABASE_URL"):
        with psycopg.connect(url) as on_postgres:
            cursor = on_postgres.execute(query.replace("?", "%s").encode(), values)
            return cursor.fetchall() if cursor.description else []
    with sqlite3.connect(data_dir / "cevvo.db", timeout=30) as connection:
        rows = connection.execute(query, values).fetchall()
    connection.close()
    return rows


def everything_in(db: Database) -> bytes:
    """All that is stored in a database, as a thief of it would have it. Closes it."""
    rows: list[str] = []
    if db.is_shared:
        tables = text("SELECT relname FROM pg_stat_user_tables")
        for table in db.read_now(lambda c: c.execute(tables).scalars().all()):
            each = text(f'SELECT t::text FROM "{table}" AS t')
            rows += db.read_now(lambda c, each=each: c.execute(each).scalars().all())  # type: ignore[misc]
    db.close()
    files = [path.read_bytes() for path in db.data_dir.glob("cevvo.db*")]
    return b"".join(files) + "\n".join(rows).encode()

"""Which messages say something, without reading all of them.

On SQLite an index of trigrams names the messages that may say it (``message_trigrams``, an FTS5
table that triggers on ``messages`` fill); the words themselves are then looked for in those. Other
databases are asked for the words alone, so that an index on the text serves, such as Postgres's
``gin_trgm_ops``. Words that are said everywhere are read for: that is one pass over the messages,
where the index would name them one by one.
"""

# ruff: noqa: S608 - what is put into the statement is the name of a bound parameter
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, and_, bindparam, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType

from cevvo.foundation.db.tables import messages

_LENGTH = 3  # characters of what is indexed; shorter words are read for


_MANY = 50_000  # messages; to look one up costs as much as reading nine in a row
_AT_MOST = text(
    "SELECT count(*) FROM (SELECT 1 FROM message_trigrams WHERE message_trigrams MATCH :parts "
    "LIMIT :most)"
)


def says(connection: Connection, words: str) -> ColumnElement[bool]:
    """A condition on ``messages``: the words stand there so, ASCII letters in either case."""
    said: ColumnElement[bool] = messages.c.content.icontains(words, autoescape=True)
    if len(words) < _LENGTH or connection.dialect.name != "sqlite":
        return said
    parts = _parts(words)
    if connection.execute(_AT_MOST, {"parts": parts, "most": _MANY}).scalar() == _MANY:
        return said
    return and_(_MaySay(parts), said)


def _parts(words: str) -> str:
    """What FTS5 looks for: every third three characters, and the last three."""
    starts = {*range(0, len(words) - _LENGTH + 1, _LENGTH), len(words) - _LENGTH}
    parts = (words[start : start + _LENGTH] for start in sorted(starts))
    quoted = ('"' + part.replace('"', '""') + '"' for part in parts)
    return " AND ".join(dict.fromkeys(quoted))


class _MaySay(ColumnElement[Any]):
    """True for every message that says the words, and for some others."""

    inherit_cache = False
    type = NullType()  # a Boolean would be compared with 1, which keeps SQLite from its index

    def __init__(self, parts: str) -> None:
        self.parts: BindParameter[str] = bindparam(None, parts, unique=True)


@compiles(_MaySay, "sqlite")
def _by_trigrams(element: _MaySay, compiler: SQLCompiler, **kw: Any) -> str:
    expression = compiler.process(element.parts, **kw)
    return (
        "messages.id IN (SELECT message_id FROM message_trigrams_rows WHERE number IN ("
        f"SELECT rowid FROM message_trigrams WHERE message_trigrams MATCH {expression}))"
    )

"""Which messages say something, without reading all of them.

On SQLite an index of trigrams names the messages that may say it (``message_trigrams``, an FTS5
table that triggers on ``messages`` fill); the words themselves are then looked for in those. Other
databases are asked for the words alone, so that an index on the text serves, such as Postgres's
``gin_trgm_ops``.
"""

# ruff: noqa: S608 - what is put into the statement is the name of a bound parameter
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType

from cevvo.foundation.db.tables import messages

_LENGTH = 3  # characters of what is indexed; shorter words are read for


def says(words: str) -> ColumnElement[bool]:
    """A condition on ``messages``: the words stand there so, ASCII letters in either case."""
    said: ColumnElement[bool] = messages.c.content.icontains(words, autoescape=True)
    if len(words) < _LENGTH:
        return said
    return and_(_MaySay(words), said)


class _MaySay(ColumnElement[Any]):
    """True for every message that says the words, and for some others."""

    inherit_cache = False
    type = NullType()  # a Boolean would be compared with 1, which keeps SQLite from its index

    def __init__(self, words: str) -> None:
        starts = {*range(0, len(words) - _LENGTH + 1, _LENGTH), len(words) - _LENGTH}
        parts = (words[start : start + _LENGTH] for start in sorted(starts))
        quoted = ('"' + part.replace('"', '""') + '"' for part in parts)
        self.expression_words: BindParameter[str] = bindparam(
            None, " AND ".join(dict.fromkeys(quoted)), unique=True
        )


@compiles(_MaySay)
def _anywhere(_element: _MaySay, _compiler: SQLCompiler, **_kw: Any) -> str:
    return "true"


@compiles(_MaySay, "sqlite")
def _by_trigrams(element: _MaySay, compiler: SQLCompiler, **kw: Any) -> str:
    expression = compiler.process(element.expression_words, **kw)
    return (
        "messages.id IN (SELECT message_id FROM message_trigrams_rows WHERE number IN ("
        f"SELECT rowid FROM message_trigrams WHERE message_trigrams MATCH {expression}))"
    )

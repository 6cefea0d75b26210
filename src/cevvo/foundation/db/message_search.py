"""Which messages say something, without reading all of them.

On SQLite an index of trigrams names the messages that may say it (``message_trigrams``, an FTS5
table that triggers on ``messages`` fill); the words themselves are then looked for in those. Other
databases are asked for the words alone, so that an index on the text serves, such as Postgres's
``gin_trgm_ops``. For words that are said everywhere, and for those of one or two characters,
messages have to be read.
"""

# ruff: noqa: S608 - what is put into the statement is the name of a bound parameter
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType

from cevvo.foundation.db.tables import messages

_LENGTH = 3  # characters of what is indexed; shorter words are read for
_FEW = 5_000  # messages that are looked up while somebody waits, some ten microseconds each
_MANY = 50_000  # messages; to look one up costs as much as reading nine in a row
_AT_MOST = text(
    "SELECT count(*) FROM (SELECT 1 FROM message_trigrams WHERE message_trigrams MATCH :parts "
    "LIMIT :most)"
)


def that_say(connection: Connection, workspace: str, words: str) -> Select[str]:
    """The ids of the conversations of a workspace in which a message says the words, ASCII letters
    in either case, as often as it is said there. All messages are read if need be."""
    if len(words) < _LENGTH or connection.dialect.name != "sqlite":
        return _that_say(workspace, words, None)
    parts = _parts(words)
    return _that_say(workspace, words, parts if _may_say(connection, parts, _MANY) else None)


def few_that_say(connection: Connection, workspace: str, words: str) -> list[str] | None:
    """The same, each once; None where no index names them, or too many messages to look up."""
    if len(words) < _LENGTH:
        return None
    parts = None
    if connection.dialect.name == "sqlite":
        parts = _parts(words)
        if not _may_say(connection, parts, _FEW):
            return None
    found = connection.execute(_that_say(workspace, words, parts).limit(_FEW)).scalars().all()
    return None if len(found) == _FEW else list(dict.fromkeys(found))


def _may_say(connection: Connection, parts: str, fewer_than: int) -> bool:
    """Whether the index names fewer messages than that."""
    found = connection.execute(_AT_MOST, {"parts": parts, "most": fewer_than}).scalar()
    return found != fewer_than


def _that_say(workspace: str, words: str, parts: str | None) -> Select[str]:
    query = select(messages.c.conversation_id).where(
        messages.c.workspace_id == workspace, messages.c.content.icontains(words, autoescape=True)
    )
    if parts is None:
        return query
    # Not by workspace, which would read every message of it.
    hint = "INDEXED BY sqlite_autoindex_messages_1"
    return query.where(_MaySay(parts)).with_hint(messages, hint, "sqlite")


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

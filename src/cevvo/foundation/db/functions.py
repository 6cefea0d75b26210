"""What SQLite and Postgres can both do, and call by different names."""

from typing import Any

from sqlalchemy import ColumnElement, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _Position(FunctionElement[int]):
    name = "position"
    type = Integer()
    inherit_cache = True


def position(text: ColumnElement[str], words: ColumnElement[str]) -> ColumnElement[int]:
    """Where ``words`` begin in ``text``, counted from 1; 0 where they are not in it."""
    return _Position(text, words)


@compiles(_Position)
def _on_sqlite(element: _Position, compiler: Any, **more: Any) -> str:
    return f"instr({compiler.process(element.clauses, **more)})"


@compiles(_Position, "postgresql")
def _on_postgres(element: _Position, compiler: Any, **more: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **more)})"

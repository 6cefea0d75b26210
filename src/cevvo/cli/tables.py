"""How lists and single things look in a terminal. In a pipe nothing is cut or wrapped."""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cevvo.cli.quiet import is_quiet

_UNCUT = 10_000  # columns


def console() -> Console:
    """The terminal, or the pipe with as many columns as a line may need."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _UNCUT)


def print_table(
    names: Sequence[str], rows: Iterable[Sequence[object]], *, only: str = "id"
) -> None:
    """Rows under their names; None is an empty cell. Ids stay in one piece.

    ``only`` is the column that a script needs, which is all that is printed when asked to be
    quiet; without such a column that is nothing.
    """
    if is_quiet():
        for row in rows if only in names else ():
            sys.stdout.write(f"{row[names.index(only)]}\n")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for name in names:
        table.add_column(name, no_wrap=name in ("id", "verdict"), overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    if table.row_count:
        console().print(table)


def print_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line; those without a value are left out. Not when quiet."""
    if is_quiet():
        return
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        if value not in (None, ""):
            table.add_row(name, Text(str(value)))
    console().print(table)


def plural(count: int, one: str) -> str:
    """``1 page``, ``2 pages``, ``1,204 pages``."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def duration(seconds: int) -> str:
    """About how long: ``40 s``, ``5 min``, ``2 h``."""
    if seconds < 90:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{round(minutes / 60)} h"

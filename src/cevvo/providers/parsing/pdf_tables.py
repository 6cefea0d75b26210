"""Tables of a PDF: lines whose words stand in columns, wide gaps between them."""

from collections.abc import Sequence

from cevvo.providers.parsing.pdf_lines import Cell, Line

_ALIGNED = 4.0  # points
_CLOSE = 1.6  # lines of a cell that is wrapped stand no further apart, in type sizes


def table_end(lines: Sequence[Line], start: int) -> int:
    """Where the table that starts at ``start`` ends; ``start`` if none does.

    It takes two lines in columns, one of these columns shared. A line without columns belongs to
    it if it goes on with a cell above: close below it and aligned with a later column.
    """
    columns = list(lines[start].cells)
    if len(columns) < 2 or lines[start].mono:
        return start
    end, rows = start + 1, 1
    while end < len(lines):
        above, line = lines[end - 1], lines[end]
        if len(line.cells) > 1 and _shares_column(line.cells, columns):
            columns += [cell for cell in line.cells if _column(cell, columns) is None]
            columns.sort(key=lambda cell: cell.left)
            rows += 1
        elif not _continues(above, line, columns):
            break
        end += 1
    return end if rows > 1 else start


def table_text(lines: Sequence[Line]) -> str:
    """The lines of a table as a pipe table. A first row in bold is its header."""
    columns: list[Cell] = []
    for line in lines:
        columns += [cell for cell in line.cells if _column(cell, columns) is None]
    columns.sort(key=lambda cell: cell.left)
    rows: list[list[str]] = []
    for line in lines:
        cells = line.cells or (Cell(line.left, line.right, line.text),)
        if len(cells) > 1 or not rows:
            rows.append([""] * len(columns))
        for cell in cells:
            index = _column(cell, columns) or 0
            text = cell.text.replace("|", "\\|")
            rows[-1][index] = f"{rows[-1][index]} {text}".strip()
    header, body = (rows[0], rows[1:]) if lines[0].bold else ([""] * len(columns), rows)
    shown = (header, ["---"] * len(columns), *body)
    return "\n".join(f"| {' | '.join(row)} |" for row in shown)


def _column(cell: Cell, columns: Sequence[Cell]) -> int | None:
    """The column whose left or right edge the cell shares."""
    for index, column in enumerate(columns):
        if abs(cell.left - column.left) <= _ALIGNED or abs(cell.right - column.right) <= _ALIGNED:
            return index
    return None


def _shares_column(cells: Sequence[Cell], columns: Sequence[Cell]) -> bool:
    """Whether a cell but the first stands in a column but the first."""
    return any((_column(cell, columns) or 0) > 0 for cell in cells[1:])


def _continues(above: Line, line: Line, columns: Sequence[Cell]) -> bool:
    close = 0 < above.bottom - line.top < _CLOSE * line.size
    own = Cell(line.left, line.right, line.text)
    later = any(abs(own.left - column.left) <= _ALIGNED for column in columns[1:])
    return close and later and not line.cells

"""HTML tables as pipe tables, cells spanning rows and columns laid out."""

from cevvo.providers.parsing.characters import one_line
from cevvo.providers.parsing.html_inline import inline_text
from cevvo.providers.parsing.html_junk import Junk
from cevvo.providers.parsing.html_nodes import HEADINGS, Node, contains, elements

_STRUCTURE = HEADINGS | {"table", "pre"}
_MAX_COLUMNS = 60
_MAX_CELL = 2000


def pipe_table(table: Node, junk: Junk, *, first_row_is_header: bool = False) -> str | None:
    """``table`` as Markdown: header row, rule, body rows, one line each.

    None if it only lays out the page: text in one column, or cells that hold headings, code blocks,
    other tables or very long text. A cell over several rows is repeated in each, so that a row can
    be read alone; one over several columns leaves the others empty. Without a marked header row the
    header is empty, unless ``first_row_is_header``. Empty string for a table without text.
    """
    if table.attributes.get("role") in ("presentation", "none") or contains(table, _STRUCTURE):
        return None
    heads, bodies = _grid(table, junk)
    if first_row_is_header and not heads:
        heads, bodies = bodies[:1], bodies[1:]
    rows = [row for row in (*heads, *bodies) if any(row)]
    width = max((len(row) for row in rows), default=0)
    if not rows:
        return ""
    filled = {column for row in rows for column, cell in enumerate(row) if cell}
    if len(filled) < 2 or any(len(cell) > _MAX_CELL for row in rows for cell in row):
        return None
    header = _merged(heads, width)
    body = [row + [""] * (width - len(row)) for row in bodies if any(row)]
    return "\n".join(map(_line, (header, ["---"] * width, *body)))


def _grid(table: Node, junk: Junk) -> tuple[list[list[str]], list[list[str]]]:
    """Cell texts of the header rows (in thead, or leading rows of th only) and of the others."""
    heads: list[list[str]] = []
    bodies: list[list[str]] = []
    pending: dict[int, tuple[int, str]] = {}  # column → rows still to fill, text
    for in_head, row in _rows(table, junk):
        texts, all_heads = _cells(row, junk, pending)
        is_head = in_head or (all_heads and not bodies)
        (heads if is_head and not bodies else bodies).append(texts)
    return heads, bodies


def _rows(table: Node, junk: Junk) -> list[tuple[bool, Node]]:
    found = []
    for tag, part in elements(table):
        if tag == "tr":
            found.append((False, part))
        elif tag in ("thead", "tbody", "tfoot"):
            found += [(tag == "thead", row) for inner, row in elements(part) if inner == "tr"]
    return [(head, row) for head, row in found if not junk.drops(row, "tr", row.attributes)]


def _cells(row: Node, junk: Junk, pending: dict[int, tuple[int, str]]) -> tuple[list[str], bool]:
    texts: list[str] = []
    tags: list[str] = []
    for tag, cell in elements(row):
        if tag not in ("td", "th") or junk.drops(cell, tag, cell.attributes):
            continue
        _fill(texts, pending)
        tags.append(tag)
        text = one_line(inline_text(cell, junk)).replace("|", "\\|")
        columns = min(_span(cell, "colspan"), _MAX_COLUMNS)
        rows = _span(cell, "rowspan")
        for offset in range(columns):
            if rows > 1:
                pending[len(texts)] = (rows - 1, text if offset == 0 else "")
            texts.append(text if offset == 0 else "")
    _fill(texts, pending)
    return texts[:_MAX_COLUMNS], bool(tags) and "td" not in tags


def _fill(texts: list[str], pending: dict[int, tuple[int, str]]) -> None:
    """Append the cells that rows above stretch into this place."""
    while len(texts) in pending:
        column = len(texts)
        rows, text = pending.pop(column)
        if rows > 1:
            pending[column] = (rows - 1, text)
        texts.append(text)


def _span(cell: Node, name: str) -> int:
    value = cell.attributes.get(name) or ""
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 5 else 1


def _merged(heads: list[list[str]], width: int) -> list[str]:
    """Header rows as one: what stands above each other is joined, repetitions left out."""
    merged = []
    for column in range(width):
        parts = [row[column] for row in heads if column < len(row) and row[column]]
        merged.append(" ".join(dict.fromkeys(parts)))
    return merged


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"

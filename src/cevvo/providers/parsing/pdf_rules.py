"""Tables of a PDF that are drawn with rules: the grid that the rules make tells the cells."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cevvo.providers.parsing.pdf_lines import Line

_TOUCHING = 2.0  # points
_INSET = 3.0  # points; the boxes of characters reach beyond their lines
_MAX_RULES = 2_000  # of a page
_MAX_CELLS = 5_000
_FILLED = 0.4  # share of cells with text; a drawing or a form to fill in has less


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in points from the page's lower left."""

    left: float
    right: float
    bottom: float
    top: float

    def touches(self, other: "Box") -> bool:
        """Whether the two overlap or all but meet."""
        return (
            self.left <= other.right + _TOUCHING
            and other.left <= self.right + _TOUCHING
            and self.bottom <= other.top + _TOUCHING
            and other.bottom <= self.top + _TOUCHING
        )

    def within(self) -> "Box":
        """A smaller one: what stands in it does not reach in from beside."""
        inset = min(_INSET, (self.top - self.bottom) / 4)
        return Box(self.left + 1, self.right - 1, self.bottom + inset, self.top - inset)


@dataclass(frozen=True, slots=True)
class Grid:
    """Rules that cross: ``columns`` from left to right and ``rows`` from top to bottom are where
    they stand; ``across`` are those that run horizontally, ``upright`` the others."""

    box: Box
    columns: tuple[float, ...]
    rows: tuple[float, ...]
    across: tuple[Box, ...]
    upright: tuple[Box, ...]

    def holds(self, line: Line) -> bool:
        """Whether a line stands inside."""
        return (
            self.box.bottom - _TOUCHING < line.top < self.box.top + _TOUCHING
            and self.box.left - _TOUCHING < line.left < self.box.right
        )

    def parted(self, row: int, column: int) -> bool:
        """Whether a rule divides the cell at ``row`` from that above."""
        middle = (self.columns[column] + self.columns[column + 1]) / 2
        return any(
            rule.left < middle < rule.right and abs(rule.top - self.rows[row]) < 2 * _TOUCHING
            for rule in self.across
        )

    def divided(self, column: int, start: int, end: int) -> bool:
        """Whether a rule divides the cell of ``column`` in these rows from that on its left."""
        middle = (self.rows[start] + self.rows[end]) / 2
        return any(
            rule.bottom < middle < rule.top
            and abs(rule.left - self.columns[column]) < 2 * _TOUCHING
            for rule in self.upright
        )


def grids_of(rules: Sequence[Box]) -> list[Grid]:
    """The grids of at least two columns and two rows that these rules make, highest first."""
    grids = []
    for group in _connected(rules[:_MAX_RULES]):
        upright = [rule for rule in group if rule.top - rule.bottom > rule.right - rule.left]
        across = [rule for rule in group if rule.top - rule.bottom <= rule.right - rule.left]
        columns = _places((rule.left + rule.right) / 2 for rule in upright)
        rows = _places((rule.bottom + rule.top) / 2 for rule in across)[::-1]
        if len(columns) > 2 and len(rows) > 2 and len(columns) * len(rows) < _MAX_CELLS:
            box = Box(columns[0], columns[-1], rows[-1], rows[0])
            grids.append(Grid(box, tuple(columns), tuple(rows), tuple(across), tuple(upright)))
    return sorted(grids, key=lambda grid: -grid.box.top)


def ruled_table(grid: Grid, text_within: Callable[[Box], str]) -> str:
    """The grid as a pipe table, the first row its header; empty if hardly a cell holds text.

    A cell that spans rows stands in the first of them, a text that runs across columns without a
    rule between in the first of those.
    """

    def text_from(column: int, *edges: float) -> str:
        box = Box(grid.columns[column], *edges)
        return text_within(box.within()).replace("|", "\\|")

    width, last = len(grid.columns) - 1, len(grid.rows) - 1
    cells = [[""] * width for _ in range(last)]
    firsts: dict[tuple[int, int, int], int] = {}  # the column in which the text of a cell begins
    for column in range(width):
        start = 0
        for end in range(1, last + 1):
            if end == last or grid.parted(end, column):
                right, bottom, top = grid.columns[column + 1], grid.rows[end], grid.rows[start]
                text = text_from(column, right, bottom, top)
                first = firsts.get((column - 1, start, end))
                if text and first is not None and not grid.divided(column, start, end):
                    whole = text_from(first, right, bottom, top)
                    parts = f"{cells[start][first]} {text}"
                    if sorted(whole.split()) != sorted(parts.split()):  # cut within a word
                        cells[start][first], text = whole, ""
                        firsts[column, start, end] = first
                cells[start][column] = text
                firsts.setdefault((column, start, end), column)
                start = end
    rows = [row for row in cells if any(row)]
    filled = sum(bool(cell) for row in rows for cell in row)
    if len(rows) < 2 or filled < _FILLED * len(rows) * width:
        return ""
    shown = (rows[0], ["---"] * width, *rows[1:])
    return "\n".join(f"| {' | '.join(row)} |" for row in shown)


def _connected(rules: Sequence[Box]) -> list[list[Box]]:
    """Rules by which others they touch, directly or through third ones."""
    done: list[list[Box]] = []
    open_groups: list[tuple[Box, list[Box]]] = []
    for rule in sorted(rules, key=lambda rule: -rule.top):
        bounds, members, apart = rule, [rule], []
        for outline, others in open_groups:
            if outline.bottom > rule.top + _TOUCHING:  # all that follow stand lower still
                done.append(others)
            elif rule.touches(outline) and any(map(rule.touches, others)):
                bounds, members = _around(bounds, outline), [*others, *members]
            else:
                apart.append((outline, others))
        open_groups = [*apart, (bounds, members)]
    return done + [members for _, members in open_groups]


def _around(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        max(one.right, other.right),
        min(one.bottom, other.bottom),
        max(one.top, other.top),
    )


def _places(positions: Iterable[float]) -> list[float]:
    """Positions in order, those that all but coincide once."""
    places: list[float] = []
    for position in sorted(positions):
        if not places or position - places[-1] > 2 * _TOUCHING:
            places.append(position)
    return places

"""Line charts as SVG, for the documentation: readable in light and dark, without a library."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 48, 48
_NAMES, _ROW = 30, 16  # where the first row of the lines' names stands, and to the next
_COLOURS = ("#2563eb", "#d97706", "#059669", "#db2777", "#7c3aed", "#0891b2")
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#3f3f46}.t{font-size:14px;font-weight:600}"
    ".g{stroke:#d4d4d8}.b{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#d4d4d8}"
    ".g{stroke:#3f3f46}.b{fill:#18181b}}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of points (x, y), and what it is called."""

    name: str
    points: Sequence[tuple[float, float]]


def chart(title: str, x: str, y: str, lines: Sequence[Line], mark: float | None = None) -> str:
    """An SVG of ``lines`` from zero on; ``x`` and ``y`` name the axes, ``mark`` is a level of y.

    Raises ValueError where there are more lines than colours: six.
    """
    xs = [point[0] for line in lines for point in line.points]
    ys = [point[1] for line in lines for point in line.points] + [mark or 0]
    x_ticks, y_ticks = _ticks(max(xs, default=1)), _ticks(max(ys, default=1))
    places = _places([line.name for line in lines])
    top = _TOP + max((y for _, y in places), default=_NAMES) - _NAMES

    def at_x(value: float) -> float:
        return round(_LEFT + value / x_ticks[-1] * (_WIDTH - _LEFT - _RIGHT), 1)

    def at_y(value: float) -> float:
        return round(_HEIGHT - _BOTTOM - value / y_ticks[-1] * (_HEIGHT - top - _BOTTOM), 1)

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}"><style>{_STYLE}</style>'
        f'<rect class="b" width="{_WIDTH}" height="{_HEIGHT}"/>',
        _text(_LEFT, 20, title, "start", "t"),
        _text((_LEFT + _WIDTH) / 2, _HEIGHT - 10, x),
        f'<g transform="rotate(-90 14 {_HEIGHT / 2})">{_text(14, _HEIGHT / 2, y)}</g>',
    ]
    for tick in y_ticks:
        level = at_y(tick)
        drawn.append(f'<path class="g" d="M{_LEFT} {level}H{_WIDTH - _RIGHT}"/>')
        drawn.append(_text(_LEFT - 6, level + 4, f"{tick:g}", "end"))
    drawn += [_text(at_x(tick), _HEIGHT - _BOTTOM + 18, f"{tick:g}") for tick in x_ticks]
    if mark is not None:
        level = at_y(mark)
        drawn.append(
            f'<path d="M{_LEFT} {level}H{_WIDTH - _RIGHT}" stroke="#dc2626" stroke-dasharray="4"/>'
        )
    for colour, line, (left, above) in zip(_COLOURS[: len(lines)], lines, places, strict=True):
        path = "L".join(f"{at_x(a)} {at_y(b)}" for a, b in line.points)
        drawn.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [
            f'<circle cx="{at_x(a)}" cy="{at_y(b)}" r="3" fill="{colour}"/>'
            for a, b in (line.points if len(line.points) < 40 else ())
        ]
        drawn.append(f'<rect x="{left}" y="{above}" width="12" height="4" fill="{colour}"/>')
        drawn.append(_text(left + 18, above + 6, line.name, "start"))
    return "\n".join([*drawn, "</svg>"]) + "\n"


def _places(names: Sequence[str]) -> list[tuple[int, int]]:
    """Where each name begins: in a row of its own from the one on that has no room."""
    places: list[tuple[int, int]] = []
    left, above = _LEFT, _NAMES
    for name in names:
        width = 18 + 7 * len(name)
        if left > _LEFT and left + width > _WIDTH:
            left, above = _LEFT, above + _ROW
        places.append((left, above))
        left += width + 22
    return places


def _text(x: float, y: float, words: str, anchor: str = "middle", kind: str = "") -> str:
    shown = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{shown}>{escape(words)}</text>'


def _ticks(most: float) -> list[float]:
    """From 0 to ``most`` or a little more, in five or so steps of 1, 2 or 5 times a power of 10."""
    rough = max(most, 1e-9) / 5
    power: float = 10.0 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in (1, 2, 5, 10) if power * nice >= rough)
    return [round(step * number, 10) for number in range(math.ceil(most / step - 1e-9) + 1)]

"""Text recognition (OCR) of pages that are pictures: the optional extra ``cevvo[ocr]``.

RapidOCR (https://github.com/RapidAI/RapidOCR) brings its models in its wheel; nothing is
downloaded. It takes 6 to 10 s of CPU a page and 1.2 GB of memory, which is why it runs in a process
of a kind of its own (``child.py``).
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from statistics import mean, median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cevvo.providers.parsing.pdf_lines import Line

MAX_PICTURES = 300  # of a document; a machine has to be fast to reach this in READING_SECONDS
READING_SECONDS = 900
"""No further picture of a document is begun after that; the next document waits for its turn."""
DOTS_PER_INCH = 200
REMEDY = (
    'have the operator of the server install text recognition (pip install "cevvo[ocr]"), or run '
    "it on the file first."
)
Picture = NDArray[np.uint8]
"""Shape (height, width, 3), blue, green, red: a page at ``DOTS_PER_INCH``."""
PageReader = Callable[[Picture, int], list[Line]]
"""The lines of a page's picture, in reading order; the number is the page's, from 1."""

_POINTS = 72 / DOTS_PER_INCH
_LEAST_SCORE = 0.5
_TYPE_SIZE = 0.75  # of the height of a recognised line
_LARGE = 1.4  # lines that much higher than usual are set larger; less is noise
_GUTTER = 12.0  # points between columns
_LEAST_LINES = 3  # of a column
_SPANNING = 0.6  # share of the page's width
_COLUMN = 0.2  # share that lines of a column have on average, cells of a table mostly not


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("rapidocr") is not None


def page_reader() -> PageReader:
    """A reader with its models loaded, which opens no file from then on. Raises ImportError."""
    # A heavy optional dependency: 160 MB, 3 s.
    from rapidocr import RapidOCR

    engine = RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    engine(_three_letters())  # some models are loaded when first needed

    def read(picture: Picture, page: int) -> list[Line]:
        return _lines(engine(picture), picture.shape[0], page)

    return read


def _three_letters() -> Picture:
    """HHH, large."""
    picture = np.full((120, 320, 3), 255, np.uint8)
    for left in (40, 120, 200):
        picture[30:90, left : left + 10] = 0
        picture[30:90, left + 40 : left + 50] = 0
        picture[55:65, left : left + 50] = 0
    return picture


def _lines(found: Any, height: int, page: int) -> list[Line]:
    """What was recognised, as lines; RapidOCR's boxes have four corners from the upper left on."""
    if found.boxes is None:
        return []
    lines = []
    for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
        left, right = float(min(box[:, 0])), float(max(box[:, 0]))
        top, bottom = height - float(min(box[:, 1])), height - float(max(box[:, 1]))
        if score >= _LEAST_SCORE and text.strip():
            size = (top - bottom) * _TYPE_SIZE
            lines.append(_line(page, text.strip(), left, right, bottom, size))
    usual = median(line.size for line in lines) if lines else 0.0
    return in_reading_order([_evened(line, usual) for line in lines])


def _line(page: int, text: str, left: float, right: float, bottom: float, size: float) -> Line:
    y = bottom * _POINTS
    return Line(page, text, left * _POINTS, right * _POINTS, y, y, max(0.1, size * _POINTS))


def _evened(line: Line, usual: float) -> Line:
    """The line in the usual size, unless it is clearly larger: boxes are of all heights."""
    size = line.size if line.size > _LARGE * usual else usual
    return Line(line.page, line.text, line.left, line.right, line.top, line.bottom, size)


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """From top to bottom, columns one after the other: lines that span the page divide it into
    bands, a gutter divides a band."""
    if not lines:
        return []
    width = max(line.right for line in lines) - min(line.left for line in lines)
    bands: list[list[Line]] = [[]]
    for line in sorted(lines, key=lambda line: (-line.top, line.left)):
        if line.right - line.left > _SPANNING * width:
            bands += [[line], []]
        else:
            bands[-1].append(line)
    return [line for band in bands for line in _by_columns(band, width)]


def _by_columns(band: list[Line], width: float) -> list[Line]:
    gutter = _gutter(band)
    if gutter is None:
        return band
    left = [line for line in band if line.right <= gutter]
    right = [line for line in band if line.left >= gutter]
    if any(mean(x.right - x.left for x in side) < _COLUMN * width for side in (left, right)):
        return band  # cells of a table: a row is read together
    return _by_columns(left, width) + _by_columns(right, width)


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where the widest gap runs from top to bottom with enough lines on both sides."""
    best, place = _GUTTER, None
    reach = 0.0
    by_left = sorted(lines, key=lambda line: line.left)
    for n, line in enumerate(by_left):
        apart = line.left - reach
        if apart > best and min(n, len(by_left) - n) >= _LEAST_LINES:
            best, place = apart, reach + apart / 2
        reach = max(reach, line.right)
    return place

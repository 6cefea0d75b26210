"""Vectors in int8: a quarter of the memory, and an exact scan at the speed of memory.

Each vector is scaled by itself so that its largest component is 127, and read back by restoring
its length to 1. On 100,000 passages of MiniLM the cosines are off by .0004 on average and the
best 50 are the exact ones to .996.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cevvo.domain.documents import Vector, Vectors

numkong: Any
try:
    import numkong
except ImportError:  # no wheel for this platform: numpy does it at an eighth of the speed
    numkong = None

Quantised = NDArray[np.int8]
"""Shape (n, dimensions)."""

_BLOCK = 32_768  # rows scanned in one call, which holds the interpreter lock: less than 1 ms


def quantise(vectors: Vectors) -> Quantised:
    """Each row scaled to -127..127. The rows' lengths are lost: they are 1."""
    largest = np.maximum(np.abs(vectors).max(axis=1, initial=0.0, keepdims=True), 1e-12)
    rows: Quantised = np.rint(vectors * (127 / largest)).astype(np.int8)
    return rows


def restore(rows: Quantised) -> Vectors:
    """The rows as floats of L2 norm 1."""
    floats = rows.astype(np.float32)
    unit: Vectors = floats * scales(rows)[:, None]
    return unit


def scales(rows: Quantised) -> Vector:
    """What each row is multiplied with to have L2 norm 1, shape (n,)."""
    lengths = np.linalg.norm(rows.astype(np.float32), axis=1)
    result: Vector = (1 / np.maximum(lengths, 1e-12)).astype(np.float32)
    return result


def dots(rows: Quantised, query: Vector) -> Vector:
    """The dot product of every row with ``query`` (norm 1), shape (n,), in units of the rows.

    Times ``scales(rows)`` it is the cosine.
    """
    row = quantise(query[None])
    products = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        if numkong is None:
            products[start : start + _BLOCK] = block.astype(np.float32) @ row[0]
        else:
            products[start : start + _BLOCK] = np.asarray(numkong.inner(row, block)).ravel()
    products *= scales(row)[0]
    return products

"""The vectors of one workspace in memory: arrays that grow at the end."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cevvo.domain.documents import Vector
from cevvo.providers.search.quantised import Quantised, dots, quantise, scales

_FIRST_CAPACITY = 1024


class StoredVector(NamedTuple):
    """As the database has it: ``vector`` is float16, little endian; None where there is none."""

    chunk_id: int
    document_id: str
    source_id: str
    language: str | None
    vector: bytes | None


@dataclass(frozen=True, slots=True)
class VectorView:
    """The vectors at one moment, in ascending order of chunk ids. Later changes do not show.

    ``embedded``: a chunk without a vector has a row, too, of zeros.
    """

    chunk_ids: NDArray[np.int64]
    rows: Quantised
    scales: Vector
    sources: NDArray[np.int32]
    languages: NDArray[np.int32]
    alive: NDArray[np.bool_]
    embedded: NDArray[np.bool_]
    source_codes: Mapping[str, int]
    language_codes: Mapping[str, int]

    def cosines(self, query: Vector) -> Vector:
        """The cosine of each row with ``query``, shape (n,)."""
        cosines: Vector = dots(self.rows, query) * self.scales
        return cosines

    def wanted(
        self,
        source_ids: Collection[str] | None = None,
        language: str | None = None,
        chunk_ids: Collection[int] | None = None,
    ) -> NDArray[np.bool_]:
        """Which rows are of these sources, in this language, of these chunks, shape (n,). None
        takes all."""
        wanted = self.alive
        if source_ids is not None:
            codes = [self.source_codes[id] for id in source_ids if id in self.source_codes]
            wanted = wanted & np.isin(self.sources, codes)
        if language is not None:
            wanted = wanted & (self.languages == self.language_codes.get(language, -1))
        if chunk_ids is not None:
            wanted = wanted & np.isin(self.chunk_ids, list(chunk_ids))
        return wanted

    def best(self, cosines: Vector, limit: int, wanted: NDArray[np.bool_]) -> list[int]:
        """The chunks of the ``limit`` highest cosines, best first, of the ``wanted`` rows only."""
        candidates = np.flatnonzero(wanted & self.embedded)
        if len(candidates) > limit:
            candidates = candidates[np.argpartition(-cosines[candidates], limit)[:limit]]
        ordered = candidates[np.argsort(-cosines[candidates], kind="stable")]
        chunk_ids: list[int] = self.chunk_ids[ordered].tolist()
        return chunk_ids

    def of_chunks(
        self, cosines: Vector, chunk_ids: Sequence[int]
    ) -> list[tuple[float, Vector] | None]:
        """Cosine and vector of each of these chunks, None for one that has none here."""
        if not len(self.chunk_ids):
            return [None] * len(chunk_ids)
        wanted = np.array(chunk_ids, np.int64)
        rows = np.minimum(np.searchsorted(self.chunk_ids, wanted), len(self.chunk_ids) - 1)
        there = (self.chunk_ids[rows] == wanted) & self.alive[rows] & self.embedded[rows]
        vectors = self.rows[rows].astype(np.float32) * self.scales[rows][:, None]
        return [
            (cosine, vector) if ok else None
            for cosine, vector, ok in zip(
                cosines[rows].tolist(), vectors, there.tolist(), strict=True
            )
        ]


class _Codes(dict[str, int]):
    """Numbers for ids, from 1, never the same one twice."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __missing__(self, id: str) -> int:
        self[id] = next(self._numbers)
        return self[id]


class WorkspaceVectors:
    """A row that goes is marked, and swept out when half of them are gone.

    Its methods are for one thread at a time; a view may be read by any thread meanwhile.
    """

    def __init__(self, dimensions: int) -> None:
        self._used = 0
        self._ascending = True
        self._documents = _Codes()
        self._sources = _Codes()
        self._languages = _Codes()
        self._columns: dict[str, NDArray[Any]] = {
            "chunk_ids": np.empty(0, np.int64),
            "rows": np.empty((0, dimensions), np.int8),
            "scales": np.empty(0, np.float32),
            "sources": np.empty(0, np.int32),
            "languages": np.empty(0, np.int32),
            "documents": np.empty(0, np.int32),
            "alive": np.empty(0, np.bool_),
            "embedded": np.empty(0, np.bool_),
        }

    def view(self) -> VectorView:
        """The rows as they are now."""
        if not self._ascending:
            # Without those that are gone: a chunk that was embedded anew has a row among them, too.
            kept = np.flatnonzero(self._columns["alive"][: self._used])
            order = kept[np.argsort(self._columns["chunk_ids"][kept])]
            self._used = len(order)
            self._resize(len(self._columns["alive"]), order)
            self._ascending = True
        columns = {name: column[: self._used] for name, column in self._columns.items()}
        del columns["documents"]
        return VectorView(**columns, source_codes=self._sources, language_codes=self._languages)

    def languages(self) -> frozenset[str]:
        """Those that rows which are there are in."""
        codes, alive = (self._columns[name][: self._used] for name in ("languages", "alive"))
        counts = np.bincount(codes[alive], minlength=len(self._languages) + 1)
        return frozenset(name for name, code in self._languages.items() if counts[code])

    def append(self, stored: Sequence[StoredVector]) -> None:
        """Add rows. Their chunks have none yet, or their documents were removed."""
        if not stored:
            return
        none = bytes(2 * self._columns["rows"].shape[1])
        vectors = np.frombuffer(b"".join(row.vector or none for row in stored), "<f2")
        rows = quantise(vectors.reshape(len(stored), -1).astype(np.float32))
        end = self._used + len(stored)
        if end > len(self._columns["alive"]):
            self._resize(max(_FIRST_CAPACITY, 2 * end), slice(self._used))
        new = {
            "chunk_ids": [row.chunk_id for row in stored],
            "rows": rows,
            "scales": scales(rows),
            "sources": [self._sources[row.source_id] for row in stored],
            "languages": [self._languages[row.language] if row.language else 0 for row in stored],
            "documents": [self._documents[row.document_id] for row in stored],
            "alive": True,
            "embedded": [row.vector is not None for row in stored],
        }
        for name, values in new.items():
            self._columns[name][self._used : end] = values
        chunk_ids = self._columns["chunk_ids"][max(0, self._used - 1) : end]
        self._ascending &= bool(np.all(chunk_ids[1:] > chunk_ids[:-1]))
        self._used = end

    def remove(self, document_ids: Iterable[str]) -> None:
        """Drop the rows of these documents."""
        # A document that comes back gets a new number: rows of the old one may still be there.
        codes = [code for id in document_ids if (code := self._documents.pop(id, None)) is not None]
        if codes:
            gone = np.isin(self._columns["documents"], codes)
            # A new array, as views have the old one.
            self._columns["alive"] = self._columns["alive"] & ~gone
            self._sweep()

    def _sweep(self) -> None:
        kept = np.flatnonzero(self._columns["alive"][: self._used])
        if 2 * len(kept) < self._used:
            self._used = len(kept)
            self._resize(max(_FIRST_CAPACITY, 2 * len(kept)), kept)

    def _resize(self, capacity: int, kept: slice | NDArray[np.int64]) -> None:
        """New columns of ``capacity`` rows, which begin with those that are kept."""
        for name, column in self._columns.items():
            resized = np.zeros((capacity, *column.shape[1:]), column.dtype)
            resized[: self._used] = column[kept]
            self._columns[name] = resized

"""Vectors in memory: int8 rows that grow, go and are swept out."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.domain.documents import Vectors
from cevvo.providers.search import quantised
from cevvo.providers.search.quantised import dots, quantise, restore, scales
from cevvo.providers.search.vectors import StoredVector, WorkspaceVectors

DIMENSIONS = 24


def unit_vectors(count: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def stored(ids: Sequence[int], document: str = "doc", source: str = "src") -> list[StoredVector]:
    """Rows whose vector is the one of their chunk id."""
    return [
        StoredVector(id, document, source, None, unit_vectors(1, id)[0].astype("<f2").tobytes())
        for id in ids
    ]


def ranking(
    vectors: WorkspaceVectors, like: int, sources: Sequence[str] | None = None
) -> list[int]:
    view = vectors.view()
    return view.best(view.cosines(unit_vectors(1, like)[0]), 1000, view.wanted(sources))


def test_int8_keeps_the_direction() -> None:
    vectors = unit_vectors(200)
    rows = quantise(vectors)
    assert rows.dtype == np.int8
    assert np.abs(rows).max(axis=1).tolist() == [127] * 200
    assert np.sum(restore(rows) * vectors, axis=1).min() > 0.9995
    np.testing.assert_allclose(np.linalg.norm(restore(rows), axis=1), 1, atol=1e-6)


def test_no_rows_and_a_zero_row() -> None:
    assert quantise(np.empty((0, DIMENSIONS), np.float32)).shape == (0, DIMENSIONS)
    zero = quantise(np.zeros((1, DIMENSIONS), np.float32))
    assert not zero.any()
    assert np.isfinite(restore(zero)).all()


@pytest.mark.parametrize("with_numkong", [True, False])
@pytest.mark.parametrize("count", [0, 1, 7, 100])
def test_dots_are_cosines(monkeypatch: pytest.MonkeyPatch, with_numkong: bool, count: int) -> None:
    monkeypatch.setattr(quantised, "_BLOCK", 16)
    if not with_numkong:
        monkeypatch.setattr(quantised, "numkong", None)
    vectors, query = unit_vectors(count), unit_vectors(1, 99)[0]
    rows = quantise(vectors)
    np.testing.assert_allclose(dots(rows, query) * scales(rows), vectors @ query, atol=0.01)


def test_numkong_is_there() -> None:
    assert quantised.numkong is not None


def test_best_first_within_the_limit() -> None:
    vectors = WorkspaceVectors(DIMENSIONS)
    vectors.append(stored(range(1, 51)))
    view = vectors.view()
    cosines = view.cosines(unit_vectors(1, 17)[0])
    assert view.best(cosines, 5, view.wanted())[0] == 17
    assert view.best(cosines, 5, view.wanted()) == ranking(vectors, 17)[:5]
    assert len(ranking(vectors, 17)) == 50


def test_a_view_does_not_change() -> None:
    vectors = WorkspaceVectors(DIMENSIONS)
    vectors.append(stored([1, 2, 3], "one"))
    vectors.append(stored([4, 5], "two"))
    view = vectors.view()
    before = view.best(view.cosines(unit_vectors(1, 4)[0]), 9, view.wanted())
    vectors.append(stored([6, 7], "three"))
    vectors.remove(["one", "two"])
    vectors.append(stored([8], "one"))
    assert view.best(view.cosines(unit_vectors(1, 4)[0]), 9, view.wanted()) == before
    assert sorted(ranking(vectors, 1)) == [6, 7, 8]


def test_rows_that_come_out_of_order_are_found() -> None:
    vectors = WorkspaceVectors(DIMENSIONS)
    vectors.append(stored([7, 3, 9], "one"))
    vectors.append(stored([1, 8], "two"))
    view = vectors.view()
    assert view.chunk_ids.tolist() == [1, 3, 7, 8, 9]
    for chunk_id in (1, 3, 7, 8, 9):
        assert ranking(vectors, chunk_id)[0] == chunk_id
    cosines = view.cosines(unit_vectors(1, 7)[0])
    assert view.of_chunks(cosines, [7, 2, 100, 0])[1:] == [None, None, None]
    [found] = view.of_chunks(cosines, [7])
    assert found is not None
    cosine, vector = found
    assert cosine == pytest.approx(1, abs=1e-3)
    assert vector @ unit_vectors(1, 7)[0] == pytest.approx(1, abs=1e-3)


def test_an_empty_workspace() -> None:
    view = WorkspaceVectors(DIMENSIONS).view()
    cosines = view.cosines(unit_vectors(1)[0])
    assert view.best(cosines, 5, view.wanted()) == []
    assert view.of_chunks(cosines, [1, 2]) == [None, None]


changes = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 40), st.sampled_from(["src_1", "src_2"])),
    max_size=25,
)


@given(changes)
def test_any_order_of_changes_ends_where_a_plain_dict_does(
    steps: list[tuple[str, int, str]],
) -> None:
    """Each step replaces a document by one of so many chunks (0: removes it)."""
    vectors = WorkspaceVectors(DIMENSIONS)
    plain: dict[str, tuple[range, str]] = {}
    next_id = 1
    for document, count, source in steps:
        vectors.remove([document])
        plain[document] = range(next_id, next_id + count), source
        vectors.append(stored(plain[document][0], document, source))
        next_id += count
        expected = sorted(id for ids, _ in plain.values() for id in ids)
        assert sorted(ranking(vectors, 1)) == expected
    for wanted in (["src_1"], ["src_2"], ["src_1", "src_2"]):
        expected = sorted(id for ids, source in plain.values() if source in wanted for id in ids)
        assert sorted(ranking(vectors, 1, wanted)) == expected
    view = vectors.view()
    cosines = view.cosines(unit_vectors(1, 5)[0])
    of_chunks = view.of_chunks(cosines, list(range(next_id)))
    alive = {id for ids, _ in plain.values() for id in ids}
    assert {id for id, found in enumerate(of_chunks) if found is not None} == alive


def test_a_chunk_that_comes_again_counts_once() -> None:
    vectors = WorkspaceVectors(DIMENSIONS)
    without = [row._replace(vector=None) for row in stored([3, 4], "late")]
    vectors.append([*stored([1, 2]), *without, *stored([5])])
    view = vectors.view()
    assert sorted(ranking(vectors, 1)) == [1, 2, 5]
    assert view.of_chunks(view.cosines(unit_vectors(1, 3)[0]), [3]) == [None]
    vectors.remove(["late"])
    vectors.append(stored([3, 4], "late"))
    assert ranking(vectors, 3)[0] == 3
    view = vectors.view()
    [(cosine, _)] = view.of_chunks(view.cosines(unit_vectors(1, 3)[0]), [3])  # type: ignore[misc]
    assert cosine == pytest.approx(1, abs=0.01)
    assert sorted(ranking(vectors, 1)) == [1, 2, 3, 4, 5]

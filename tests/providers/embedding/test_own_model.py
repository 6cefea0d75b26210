"""An embedding model of the operator's own: what is taken and what is not, and its name."""

from pathlib import Path

import numpy as np
import pytest

from cevvo.domain.documents import Span
from cevvo.errors import ProviderError
from cevvo.providers.embedding.base import PassageText
from cevvo.providers.embedding.minilm import MiniLmEmbedder, model_file
from table_model import write_table_model

TEXT = "Balloons are filled on Mondays."


def test_a_model_of_another_size_makes_its_own_vectors(tmp_path: Path) -> None:
    embedder = MiniLmEmbedder(1, write_table_model(tmp_path / "own.onnx", dimensions=48))
    passage = PassageText("Balloons", TEXT, (Span(0, 8), Span(9, len(TEXT))))
    (vectors,) = embedder.embed_passages([passage])
    assert embedder.dimensions == 48
    assert vectors.vector.shape == (48,)
    assert vectors.sentences.shape == (2, 48)
    assert np.linalg.norm(vectors.vector) == pytest.approx(1, abs=1e-5)
    own, other = embedder.embed_query("When are balloons filled?"), embedder.embed_query("Taxes")
    assert vectors.vector @ own > 0.3 > vectors.vector @ other


def test_an_exported_encoder_is_the_model_that_ships_in_float() -> None:
    """The package's file has the form that exporters write."""
    exported, shipped = MiniLmEmbedder(1, model_file()), MiniLmEmbedder(1)
    assert exported.dimensions == shipped.dimensions
    assert exported.embed_query(TEXT) @ shipped.embed_query(TEXT) > 0.98
    assert exported.model_id != shipped.model_id


def test_a_model_is_named_by_its_content(tmp_path: Path) -> None:
    one = write_table_model(tmp_path / "one.onnx")
    same = tmp_path / "same.onnx"
    same.write_bytes(one.read_bytes())
    ids = [MiniLmEmbedder(1, each).model_id for each in (one, same)]
    write_table_model(one, seed=2)
    ids.append(MiniLmEmbedder(1, one).model_id)
    assert ids[0] == ids[1] != ids[2]
    assert all(each.startswith("onnx/") for each in ids)


@pytest.mark.parametrize(
    "unfit",
    [{"words": 1000}, {"rank": 2}],
    ids=["of a smaller vocabulary", "of one vector for a text"],
)
def test_a_network_that_is_no_such_model_is_refused(tmp_path: Path, unfit: dict[str, int]) -> None:
    file = write_table_model(tmp_path / "unfit.onnx", **unfit)
    with pytest.raises(ProviderError, match=r"unfit\.onnx is none that can be used"):
        MiniLmEmbedder(1, file)


def test_a_file_that_is_missing_or_cut_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"none\.onnx cannot be read: No such file"):
        MiniLmEmbedder(1, tmp_path / "none.onnx")
    file = write_table_model(tmp_path / "cut.onnx")
    file.write_bytes(file.read_bytes()[:10_000])
    with pytest.raises(ProviderError, match=r"cut\.onnx is none .* no network that can be run"):
        MiniLmEmbedder(1, file)


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    file = write_table_model(tmp_path / "nan.onnx", words=30522, seed=3)
    content = file.read_bytes()
    table = np.random.default_rng(3).normal(size=(30522, 32)).astype(np.float32)
    row = table[-1].tobytes()
    assert content.count(row) == 1
    file.write_bytes(content.replace(row, np.full(32, np.nan, np.float32).tobytes()))
    with pytest.raises(ProviderError, match="or such as are none"):
        MiniLmEmbedder(1, file)

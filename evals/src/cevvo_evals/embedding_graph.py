"""Build the graph of the embedding model: ``python -m cevvo_evals.embedding_graph``.

Writes ``minilm.onnx`` beside the embedder. The file holds the operators and the names and shapes
of the weights, not the weights: those come from the pinned package at run time (see
``cevvo.providers.embedding.minilm``, which uses the same names). It needs running again only when
the graph below changes; a test holds the committed file against it.

The model is BERT (Devlin et al. 2018, https://arxiv.org/abs/1810.04805) with 6 layers. Matrix
products run in int8: activations are quantised per tensor as they come, weights are int8 with one
scale per output column. One text a run, so there is neither padding nor a mask, and a text's
vector does not depend on its neighbours. Layer normalisation is the plain operator after an Add:
onnxruntime 1.32 takes eight times as long for its fused SkipLayerNormalization on a CPU.
"""

import argparse
from pathlib import Path
from typing import Any

from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

import cevvo.providers.embedding
from cevvo.providers.embedding.minilm import packaged_weights

LAYERS, HIDDEN, INNER, HEADS = 6, 384, 1536, 12
VOCABULARY, POSITIONS = 30522, 512
TEMPLATE = Path(cevvo.providers.embedding.__file__).with_name("minilm.onnx")


class Graph:
    """Nodes and weights as they are added; every method returns the name of what it computes."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []

    def weight(
        self, name: str, shape: tuple[int, ...], element_type: int = TensorProto.FLOAT
    ) -> str:
        tensor = TensorProto(name=name, data_type=element_type, dims=shape)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights")
        self.weights.append(tensor)
        return name

    def constant(self, name: str, value: int) -> str:
        self.weights.append(helper.make_tensor(name, TensorProto.INT64, (1,), [value]))
        return name

    def node(
        self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any
    ) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def norm(self, name: str, value: str, output: str) -> str:
        scale = self.weight(f"{name}.scale", (HIDDEN,))
        bias = self.weight(f"{name}.bias", (HIDDEN,))
        return self.node("LayerNormalization", [value, scale, bias], output, axis=-1, epsilon=1e-12)

    def linear(self, name: str, value: str, rows: int, columns: int) -> list[str]:
        """The weights of ``value @ weight * scale + bias``."""
        return [
            self.weight(f"{name}.weight", (rows, columns), TensorProto.INT8),
            self.weight(f"{name}.scale", (columns,)),
            self.weight(f"{name}.bias", (columns,)),
        ]

    def product(self, name: str, value: str, rows: int, columns: int) -> str:
        weight, scale, bias = self.linear(name, value, rows, columns)
        inputs = [value, weight, scale, "", bias]
        return self.node("DynamicQuantizeMatMul", inputs, name, "com.microsoft")


def embedded(graph: Graph, reach: int = POSITIONS) -> str:
    """The sum of the word's and the position's embedding of each of ``ids``, at most ``reach``."""
    word = graph.weight("word.weight", (VOCABULARY, HIDDEN), TensorProto.INT8)
    word_scale = graph.weight("word.scale", (VOCABULARY, 1))
    position = graph.weight("position.weight", (reach, HIDDEN))
    zero = graph.constant("zero", 0)
    rows = graph.node("Gather", [word, "ids"], "word.rows")
    floats = graph.node("Cast", [rows], "word.floats", to=TensorProto.FLOAT)
    scales = graph.node("Gather", [word_scale, "ids"], "word.scales")
    words = graph.node("Mul", [floats, scales], "words")
    length = graph.node("Shape", ["ids"], "length", start=1, end=2)
    positions = graph.node("Slice", [position, zero, length, zero], "positions")
    return graph.node("Add", [words, positions], "embedded")


def layer(graph: Graph, name: str, state: str, output: str) -> str:
    """One encoder layer."""
    weight, scale, bias = graph.linear(f"{name}.attention", state, HIDDEN, 3 * HIDDEN)
    quantised = [f"{name}.int8", f"{name}.int8_scale", f"{name}.int8_zero"]
    graph.nodes.append(helper.make_node("DynamicQuantizeLinear", [state], quantised))
    inputs = [quantised[0], weight, bias, quantised[1], scale, "", quantised[2]]
    attended = graph.node(
        "QAttention", inputs, f"{name}.attended", "com.microsoft", num_heads=HEADS
    )
    attended = graph.product(f"{name}.output", attended, HIDDEN, HIDDEN)
    attended = graph.node("Add", [attended, state], f"{name}.attended_sum")
    state = graph.norm(f"{name}.attention_norm", attended, f"{name}.middle")
    inner = graph.product(f"{name}.inner", state, HIDDEN, INNER)
    inner = graph.node("Gelu", [inner], f"{name}.gelu", "com.microsoft")
    outer = graph.product(f"{name}.outer", inner, INNER, HIDDEN)
    outer = graph.node("Add", [outer, state], f"{name}.outer_sum")
    return graph.norm(f"{name}.norm", outer, output)


def build() -> ModelProto:
    """The model without its weights: ``ids`` int64 (1, n) → ``states`` float32 (1, n, 384)."""
    graph = Graph()
    state = graph.norm("embeddings", embedded(graph), "state")
    for number in range(LAYERS):
        output = "states" if number == LAYERS - 1 else f"state.{number}"
        state = layer(graph, f"layer.{number}", state, output)
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "n"])],
            [helper.make_tensor_value_info("states", TensorProto.FLOAT, [1, "n", HIDDEN])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
        ir_version=8,
        producer_name="cevvo",
    )


def whole() -> ModelProto:
    """The committed model with the weights that it gets at run time, to run elsewhere."""
    model = ModelProto()
    model.ParseFromString(TEMPLATE.read_bytes())
    weights = packaged_weights()
    for tensor in model.graph.initializer:
        if tensor.data_location == TensorProto.EXTERNAL:
            tensor.CopyFrom(numpy_helper.from_array(weights[tensor.name], tensor.name))
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=TEMPLATE)
    output: Path = parser.parse_args().output
    size = output.write_bytes(build().SerializeToString(deterministic=True))
    print(f"{output}: {size} bytes")


if __name__ == "__main__":
    main()

"""Embedding models that are tables: a text's vector is the mean of its words' rows."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cevvo.providers.wordpiece import CLS, SEP

_VOCABULARY = 30522


def write_table_model(
    file: Path, *, dimensions: int = 32, seed: int = 1, words: int = _VOCABULARY, rank: int = 3
) -> Path:
    """A model in the form of an exported sentence encoder, as a file.

    ``words`` that it knows and the ``rank`` of what it gives are those of a model, or are not.
    """
    table = np.random.default_rng(seed).normal(size=(words, dimensions)).astype(np.float32)
    table[[CLS, SEP]] = 0  # they are in every text
    names = ("input_ids", "attention_mask")
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
        for name in names
    ]
    nodes = [
        helper.make_node("Mul", names, ["read"]),
        helper.make_node("Gather", ["table", "read"], ["last_hidden_state"]),
    ]
    shape: list[str | int | None] = ["batch", "sequence", dimensions]
    if rank == 2:
        nodes[1] = helper.make_node("Gather", ["table", "read"], ["rows"])
        nodes.append(helper.make_node("ReduceMean", ["rows"], ["pooled"], axes=[1], keepdims=0))
        shape = ["batch", dimensions]
    output = helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, shape)
    weights = [numpy_helper.from_array(table, "table")]
    graph = helper.make_graph(nodes, "table", inputs, [output], weights)
    opset = [helper.make_opsetid("", 17)]
    file.write_bytes(
        helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    )
    return file

"""A reader whose model is a table: it points at one word, and answers where that word stands."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cevvo.providers.wordpiece import CLS, word_pieces

SURE, UNSURE = 9.0, -9.0


def write_keyword_reader(
    file: Path, word: str, *, outputs: int = 2, unsure: float = UNSURE
) -> Path:
    """The model of a reader that points at ``word``, which must be one token, as a file."""
    table = np.full((30522, outputs), unsure, np.float32)
    table[CLS] = 0.0
    (token,) = word_pieces().encode(word).ids
    table[token] = SURE
    nodes = [
        helper.make_node("Mul", ["ids", "kinds"], ["passage"]),
        helper.make_node("Gather", ["table", "ids"], ["spans"]),
        helper.make_node("Gather", ["table", "passage"], ["read"]),
        helper.make_node("ReduceMax", ["read"], ["whole"], axes=[1], keepdims=0),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, [1, "n"])
        for name in ("ids", "kinds")
    ]
    results = [
        helper.make_tensor_value_info("spans", TensorProto.FLOAT, [1, "n", outputs]),
        helper.make_tensor_value_info("whole", TensorProto.FLOAT, [1, outputs]),
    ]
    weights = [numpy_helper.from_array(table, "table")]
    graph = helper.make_graph(nodes, "keyword", inputs, results, weights)
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    file.write_bytes(model.SerializeToString())
    return file

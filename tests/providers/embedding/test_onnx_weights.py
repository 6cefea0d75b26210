"""The reader of weights against files written by the onnx package."""

from contextlib import suppress
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from cevvo.providers.embedding.onnx_weights import read_initializers


def model(*tensors: TensorProto) -> bytes:
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([], "graph", [], [output], list(tensors))
    content: bytes = helper.make_model(graph).SerializeToString()
    return content


def test_reads_what_onnx_wrote() -> None:
    arrays: dict[str, NDArray[Any]] = {
        "floats": np.arange(6, dtype=np.float32).reshape(2, 3),
        "int8": np.array([[-127, 0], [1, 127]], np.int8),
        "int64": np.array([2**40, -1], np.int64),
        "scalar": np.array(1.5, np.float32),
    }
    tensors = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    read = read_initializers(model(*tensors))
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype


def test_leaves_other_element_types_out() -> None:
    tensors = (
        numpy_helper.from_array(np.array([True]), "bool"),
        numpy_helper.from_array(np.ones(2, np.float32), "floats"),
    )
    assert list(read_initializers(model(*tensors))) == ["floats"]


def test_skips_fields_that_do_not_matter() -> None:
    written = onnx.load_from_string(model(numpy_helper.from_array(np.ones(2, np.float32), "w")))
    written.doc_string = "a note"
    written.metadata_props.add(key="key", value="value")
    assert list(read_initializers(written.SerializeToString())) == ["w"]


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_or_hold_nothing(content: bytes) -> None:
    with suppress(ValueError):
        assert read_initializers(content) == {}


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_file_that_ends_early_is_refused(cut: int) -> None:
    content = model(numpy_helper.from_array(np.ones(64, np.float32), "w"))
    with pytest.raises(ValueError, match="no protobuf message"):
        read_initializers(content[:-cut])

"""Read the weights out of an ONNX file without the onnx package.

An ONNX file is one protobuf message. Only three fields of it matter here: the graph (field 7 of
ModelProto), its initializers (field 5 of GraphProto) and of each (TensorProto) the dimensions (1),
the element type (2), the name (8) and the raw little-endian data (9). Field numbers are those of
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_GRAPH, _INITIALIZER = 7, 5
_DIMS, _ELEMENT_TYPE, _NAME, _RAW_DATA = 1, 2, 8, 9
_ELEMENT_TYPES: dict[int, str] = {1: "<f4", 3: "|i1", 7: "<i8"}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def read_initializers(model: bytes) -> dict[str, NDArray[Any]]:
    """Every float32, int8 and int64 initializer by name, in file order, as views into ``model``.

    Raises ValueError when the bytes are no such file.
    """
    tensors: dict[str, NDArray[Any]] = {}
    for field, graph in _fields(memoryview(model)):
        if field != _GRAPH or isinstance(graph, int):
            continue
        for inner, tensor in _fields(graph):
            if inner == _INITIALIZER and not isinstance(tensor, int):
                _read_tensor(tensor, tensors)
    return tensors


def _read_tensor(message: memoryview, tensors: dict[str, NDArray[Any]]) -> None:
    shape: list[int] = []
    name, element_type, data = "", 0, memoryview(b"")
    for field, value in _fields(message):
        if isinstance(value, int):
            if field == _DIMS:
                shape.append(value)
            elif field == _ELEMENT_TYPE:
                element_type = value
        elif field == _DIMS:  # packed
            shape.extend(_varints(value))
        elif field == _NAME:
            name = bytes(value).decode()
        elif field == _RAW_DATA:
            data = value
    if element_type in _ELEMENT_TYPES:
        tensors[name] = np.frombuffer(data, _ELEMENT_TYPES[element_type]).reshape(shape)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field numbers and values of one message: numbers as int, everything else as its bytes."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        wire_type = key & 7
        if wire_type == _VARINT:
            value, position = _varint(message, position)
            yield key >> 3, value
            continue
        if wire_type == _BYTES:
            length, position = _varint(message, position)
        elif wire_type in (_FIXED64, _FIXED32):
            length = 8 if wire_type == _FIXED64 else 4
        else:
            raise ValueError(f"no protobuf message: wire type {wire_type}")
        if position + length > len(message):
            raise ValueError("no protobuf message: it ends within a field")
        yield key >> 3, message[position : position + length]
        position += length


def _varints(message: memoryview) -> Iterator[int]:
    position = 0
    while position < len(message):
        value, position = _varint(message, position)
        yield value


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            break
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError("no protobuf message: a number does not end")

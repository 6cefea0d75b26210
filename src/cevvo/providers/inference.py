"""Neural networks on the CPU, by onnxruntime.

A model runs on the thread that calls it and on no other, so that the threads of those who call are
all that there are in the process, and a question never waits behind a queue of documents.
"""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from cevvo.errors import ProviderError


class Network:
    """A network out of an ONNX graph; ``weights`` by name where the graph does not hold them.

    Raises ProviderError when that is no graph, or one that onnxruntime cannot run.
    """

    def __init__(self, graph: bytes, weights: Mapping[str, NDArray[Any]] | None = None) -> None:
        # Memory stays with onnxruntime's arena, which one text at a time keeps small: without it
        # 500 passages and 240 questions on six threads left the process at 228 MB, with it at 154.
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        if _saturates():
            options.add_session_config_entry("session.x64quantprecision", "1")
        given = weights or {}
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(weight) for weight in given.values()]
        options.add_external_initializers(list(given), values)
        try:
            self._session = onnxruntime.InferenceSession(
                graph, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ProviderError(f"This is no network that can be run: {error}") from error

    def shapes(self) -> dict[str, list[Any]]:
        """The shape of each input and output; a name stands for a length that may differ."""
        ports = (*self._session.get_inputs(), *self._session.get_outputs())
        return {port.name: port.shape for port in ports}

    def run(self, **inputs: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """The outputs, in the graph's order."""
        results: list[NDArray[np.float32]] = self._session.run(None, inputs)
        return results


def _saturates() -> bool:
    """Whether this processor's int8 products can overflow: x86 before VNNI.

    There onnxruntime multiplies unsigned by unsigned when it is told to, at half the speed.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    try:
        return "vnni" not in Path("/proc/cpuinfo").read_text()
    except OSError:
        return True

"""all-MiniLM-L6-v2 in int8 for a peer: the same network that Cevvo runs, in the peer's own process.

The network takes one text at a time and one thread, so texts of a batch run side by side, one a
core; that is as fast as padded batches and wastes nothing. A text is cut where the model ends.
"""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import BertWordPieceTokenizer

MAX_TOKENS = 256  # with [CLS] and [SEP]


class MiniLm:
    """Vectors of length 1 out of the ONNX file ``model`` and the word pieces of ``vocabulary``."""

    def __init__(self, model: Path, vocabulary: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        if "vnni" not in Path("/proc/cpuinfo").read_text():  # int8 sums could overflow there
            options.add_session_config_entry("session.x64quantprecision", "1")
        self._session = onnxruntime.InferenceSession(str(model), options)
        self._tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
        self._pool = ThreadPoolExecutor(os.cpu_count())
        self._lock = threading.Lock()
        self.texts = self.tokens = 0
        self.cpu_seconds = 0.0

    def count_tokens(self, text: str) -> int:
        """Tokens without the special ones."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def pieces(self, text: str) -> list[int]:
        """Token ids without the special ones, for splitters that ask for a tokenizer."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def embed(self, texts: list[str]) -> list[list[float]]:
        """The vector of each text."""
        if len(texts) == 1:
            return [self._one(texts[0])]
        return list(self._pool.map(self._one, texts))

    def _one(self, text: str) -> list[float]:
        started = time.thread_time()
        ids = self._tokenizer.encode(text).ids
        if len(ids) > MAX_TOKENS:
            ids = [*ids[: MAX_TOKENS - 1], ids[-1]]
        (states,) = self._session.run(None, {"ids": np.array([ids], np.int64)})
        vector = states[0].mean(axis=0)
        vector /= np.linalg.norm(vector)
        spent = time.thread_time() - started
        with self._lock:
            self.texts += 1
            self.tokens += len(ids) - 2
            self.cpu_seconds += spent
        return vector.tolist()

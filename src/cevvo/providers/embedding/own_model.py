"""An embedding model of the operator's own, out of a file.

A sentence encoder in the form that exporters to ONNX give it (``last_hidden_state`` for
``input_ids``), which reads the vocabulary of BERT (uncased, English) and whose vector of a text is
the mean of its tokens: all-MiniLM-L12-v2, multi-qa-MiniLM-L6-cos-v1, gte-small, or one that was
trained further from these.
"""

import hashlib
from pathlib import Path

import numpy as np

from cevvo.domain.documents import Vectors
from cevvo.errors import ProviderError
from cevvo.providers.inference import Network
from cevvo.providers.wordpiece import CLS, SEP, word_pieces

_IDS = "input_ids"
_INPUTS = {_IDS, "attention_mask", "token_type_ids"}


class OwnModel:
    """The model in ``file``. ``model_id`` is made of the content, so that another one under the
    same name is another model, and the same one elsewhere is the same. ``dimensions``: of a vector.

    Raises ProviderError when the file cannot be read, is no such model, or does not read
    ``longest`` tokens (with the two special ones) of that vocabulary.
    """

    def __init__(self, file: Path, *, longest: int) -> None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise ProviderError(
                f"The embedding model {file} cannot be read: {error.strerror}."
            ) from error
        self.model_id = f"onnx/{hashlib.sha256(content).hexdigest()[:16]}"
        try:
            self._network = Network(content)
            shapes = self._network.shapes()
            self._inputs = [name for name in shapes if name in _INPUTS]
            outputs = [shape for name, shape in shapes.items() if name not in _INPUTS]
            self._place = next(n for n, shape in enumerate(outputs) if len(shape) == 3)
            last_word = word_pieces().size - 1
            states = self.states([CLS, *[last_word] * (longest - 2), SEP])
        except Exception as error:  # of onnxruntime, which has no class of its own for them
            reason = error.message if isinstance(error, ProviderError) else str(error)
            raise ProviderError(
                f"The embedding model {file} is none that can be used: it must give a row of "
                f"numbers for each of {longest} `input_ids` of BERT's vocabulary "
                f"(docs/search.md). {reason}"
            ) from error
        if states.shape[0] != longest or not np.isfinite(states).all():
            raise ProviderError(
                f"The embedding model {file} is none that can be used: for {longest} tokens it "
                f"gives numbers of the shape {states.shape}, or such as are none."
            )
        self.dimensions = states.shape[1]

    def states(self, ids: list[int]) -> Vectors:
        """The last hidden state of each token, shape (len(ids), dimensions), not normalised."""
        tokens = np.array([ids], np.int64)
        other = {"attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
        inputs = {name: other.get(name, tokens) for name in self._inputs}
        result: Vectors = self._network.run(**inputs)[self._place][0]
        return result

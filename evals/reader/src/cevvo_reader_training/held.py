"""The examples on the device that trains, and what a teacher says of each."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cevvo_reader_training.batches import (
    ANSWERED,
    END,
    GROUP,
    IRRELEVANT,
    JUDGED,
    KIND,
    LENGTH,
    START,
    Examples,
)

_STEP = 16  # lengths are multiples of it: tensor cores and attention kernels want that
LOW = -1e4  # a logit of what cannot be


@dataclass(frozen=True, slots=True)
class Said:
    """A model's logits: ``spans`` float16 (tokens of all examples, 2), ``whole`` float16
    (examples, 2), in the order of the examples."""

    spans: Tensor
    whole: Tensor

    def save(self, file: Path) -> None:
        """Write to a ``.npz`` file."""
        np.savez(file, spans=self.spans.cpu().numpy(), whole=self.whole.cpu().numpy())

    @classmethod
    def load(cls, file: Path, device: str) -> "Said":
        """Read what ``save`` wrote."""
        with np.load(file) as stored:
            return cls(*(torch.from_numpy(stored[name]).to(device) for name in ("spans", "whole")))


@dataclass(frozen=True, slots=True)
class Batch:
    """Some examples, padded with zeros: all (examples, tokens) but ``rows``, theirs of
    ``Examples``, and their ``numbers``.

    ``readable`` is true where an answer may stand: in the passage, or on [CLS]. ``starts`` and
    ``ends`` mark it. ``places`` are the tokens' among all.
    """

    ids: Tensor
    kinds: Tensor
    readable: Tensor
    starts: Tensor
    ends: Tensor
    rows: Tensor
    places: Tensor
    numbers: Tensor

    @property
    def groups(self) -> Tensor:
        """Examples of one number are compared with each other."""
        return self.rows[:, GROUP]

    @property
    def answers(self) -> Tensor:
        """Whether the passage answers."""
        return self.rows[:, ANSWERED].bool()

    @property
    def elsewhere(self) -> Tensor:
        """Whether the passage is about something else."""
        return self.rows[:, IRRELEVANT].bool()

    @property
    def judged(self) -> Tensor:
        """Who says so, see ``examples``."""
        return self.rows[:, JUDGED]

    def low(self, spans: Tensor) -> Tensor:
        """``spans`` (examples, tokens, 2) without what cannot be."""
        return spans.masked_fill(~self.readable[..., None], LOW)


class Held:
    """``examples`` in the memory of ``device``."""

    def __init__(self, examples: Examples, device: str) -> None:
        self.device = device
        self.examples = examples
        self._ids = torch.from_numpy(examples.ids.astype(np.int32)).to(device)
        self._marks = torch.from_numpy(examples.marks).to(device)
        self._rows = torch.from_numpy(examples.rows.astype(np.int64)).to(device)
        self._lengths = examples.rows[:, LENGTH]

    def batch(self, numbers: NDArray[np.int64]) -> Batch:
        """The examples of these numbers."""
        most = int(self._lengths[numbers].max())
        which = torch.from_numpy(numbers).to(self.device)
        rows = self._rows[which]
        steps = torch.arange(-(-most // _STEP) * _STEP, device=self.device)
        there = steps < rows[:, LENGTH, None]
        places = torch.where(there, rows[:, :1] + steps, 0)
        ids = torch.where(there, self._ids[places], 0)
        marks = torch.where(there, self._marks[places], 0)
        kinds = (marks & KIND).bool()
        readable = kinds.clone()
        readable[:, 0] = True
        return Batch(
            ids.long(),
            kinds.long(),
            readable,
            (marks & START).bool(),
            (marks & END).bool(),
            rows,
            places,
            which,
        )

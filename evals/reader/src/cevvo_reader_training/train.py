"""Trains: ``python -m cevvo_reader_training.train --batches FILE --output DIR --steps N``.

A step takes one batch, in the file's order. The learning rate warms up, stays, and over the last
``--decay`` of the steps goes down to nothing. Every few minutes, and where the rate begins to go
down (``stable.pt``), everything that goes on from there is kept in DIR; started again, training
goes on with the step after. To train longer than once planned, copy ``stable.pt`` over ``last.pt``
and ask for more ``--steps``.
"""

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from cevvo_reader_training.batches import Batches
from cevvo_reader_training.model import ANSWERABLE, RELEVANT, ReaderModel, begin

_RATE, _HEAD_RATE = 2e-4, 6e-4
_WARM_UP = 120  # steps
_FROZEN = 2  # layers; a step takes three quarters of the time then
_KEEP_EVERY = 180  # seconds
_SPAN, _ANSWERS, _RELEVANCE, _PAIRS = 1.0, 1.0, 0.5, 0.5  # what each loss counts


def losses(spans: Tensor, whole: Tensor, tokens: Tensor, rows: Tensor) -> dict[str, Tensor]:
    """The four losses of one batch.

    ``span``: that the marginal likelihood of the marked starts and ends is low. ``answers``,
    ``relevance``: cross-entropy; a near miss says nothing about relevance. ``pairs``: within a
    group, an answerable example should be above one that is not, by both of the whole logits.
    """
    groups, answers, elsewhere = rows[:, 2], rows[:, 3].bool(), rows[:, 4].bool()
    readable = (tokens[..., 1] == 1) & (tokens[..., 0] != 0)
    readable[:, 0] = True
    spans = spans.masked_fill(~readable[..., None], -1e4)
    marked = spans.masked_fill(tokens[..., 2:4] == 0, -1e4)
    span = (torch.logsumexp(spans, 1) - torch.logsumexp(marked, 1)).mean()
    target = answers.float()
    entropy = functional.binary_cross_entropy_with_logits(whole[:, ANSWERABLE], target)
    told = answers | elsewhere
    relevance = functional.binary_cross_entropy_with_logits(
        whole[told, RELEVANT], target[told]
    ) if told.any() else whole.sum() * 0  # fmt: skip
    compared = (groups[:, None] == groups) & answers[:, None] & ~answers
    gaps = whole[:, None] - whole
    pairs = whole.sum() * 0
    for column, which in ((ANSWERABLE, compared), (RELEVANT, compared & elsewhere)):
        if which.any():
            pairs = pairs + functional.softplus(-gaps[..., column][which]).mean()
    return {"span": span, "answers": entropy, "relevance": relevance, "pairs": pairs}


def rate(step: int, steps: int, decay: float) -> float:
    """The share of the full learning rate that a step has."""
    falling = steps * decay
    return min(1.0, (step + 1) / _WARM_UP, max(0.0, steps - step) / falling if falling else 1.0)


class Training:
    """What training goes on with: model, optimiser and the number of steps taken."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self.model = begin(seed, _FROZEN)
        heads = [*self.model.span.parameters(), *self.model.whole.parameters()]
        others = {id(each) for each in heads}
        body = [
            each
            for each in self.model.parameters()
            if each.requires_grad and id(each) not in others
        ]
        self.optimiser = torch.optim.AdamW(
            [{"params": body, "full": _RATE}, {"params": heads, "full": _HEAD_RATE}],
            weight_decay=0.01,
            betas=(0.9, 0.98),
        )
        self.step = 0

    def resume(self) -> None:
        """Go on from what was kept last, if anything was."""
        file = self._folder / "last.pt"
        if file.exists():
            kept = torch.load(file, weights_only=True)
            self.model.load_state_dict(kept["model"])
            self.optimiser.load_state_dict(kept["optimiser"])
            self.step = kept["step"]

    def keep(self, name: str) -> None:
        """Write all of it, so that a kill leaves the old file or the new one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        part = self._folder / f"{name}.part"
        torch.save(state, part)
        os.replace(part, self._folder / name)

    def take(self, batches: Batches, share: float) -> dict[str, float]:
        """One step; the losses."""
        for group in self.optimiser.param_groups:
            group["lr"] = group["full"] * share
        marked, described = batches.batch(self.step % len(batches))
        tokens, rows = torch.from_numpy(marked), torch.from_numpy(described)
        with torch.autocast("cpu", torch.bfloat16):
            spans, whole = self.model(tokens[..., 0], tokens[..., 1])
        found = losses(spans.float(), whole.float(), tokens, rows)
        weights = {"span": _SPAN, "answers": _ANSWERS, "relevance": _RELEVANCE, "pairs": _PAIRS}
        total: Tensor = sum(weights[name] * loss for name, loss in found.items())
        self.optimiser.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        return {name: loss.item() for name, loss in found.items()} | {"pairs_read": len(rows)}


def train(batches: Batches, folder: Path, steps: int, decay: float, seed: int) -> ReaderModel:
    """Train up to ``steps``, from what ``folder`` has. Leaves ``last.pt`` there."""
    training = Training(folder, seed)
    training.resume()
    training.model.train()
    falls = int(steps * (1 - decay))
    kept = told = time.monotonic()
    sums: dict[str, float] = {}
    counted = 0
    while training.step < steps:
        if training.step == falls:
            training.keep("stable.pt")
        for name, value in training.take(batches, rate(training.step, steps, decay)).items():
            sums[name] = sums.get(name, 0.0) + value
        counted += 1
        now = time.monotonic()
        if training.step % 25 == 0:
            line: dict[str, Any] = {"step": training.step}
            line |= {name: round(value / counted, 3) for name, value in sums.items()}
            line["pairs_a_second"] = round(sums["pairs_read"] / (now - told), 1)
            print(json.dumps(line), flush=True)
            sums, counted, told = {}, 0, now
        if now - kept > _KEEP_EVERY:
            training.keep("last.pt")
            kept = now
    training.keep("last.pt")
    return training.model


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--batches", type=Path, required=True, help="what prepare wrote")
    parser.add_argument("--output", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--decay", type=float, default=0.3, help="share of the steps")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    batches = Batches.load(arguments.batches)
    print(batches.describe(), flush=True)
    train(batches, arguments.output, arguments.steps, arguments.decay, arguments.seed)


if __name__ == "__main__":
    main()

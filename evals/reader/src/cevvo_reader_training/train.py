"""Trains: ``python -m cevvo_reader_training.train --examples FILE --output DIR --steps N``.

A step takes one batch. The learning rate warms up, stays, and over the last ``--decay`` of the
steps goes down to nothing. Every few minutes, and where the rate begins to go down (``stable.pt``),
everything that goes on from there is kept in DIR; started again, training goes on with the step
after. To train longer than once planned, copy ``stable.pt`` over ``last.pt`` and ask for more
``--steps``.

``--model teacher`` trains the teacher, on what people judged alone. With ``--taught``, what that
says of every example (``cevvo_reader_training.teach``), the reader learns from it, and from what
people judged (Hinton et al. 2015, https://arxiv.org/abs/1503.02531); without, from what rules judge
as well.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cevvo_reader_training.batches import TOKENS, Examples
from cevvo_reader_training.examples import PERSON, RULE
from cevvo_reader_training.held import LOW, Batch, Held, Said
from cevvo_reader_training.model import ANSWERABLE, RELEVANT, begin
from cevvo_reader_training.start import teacher_start_weights
from cevvo_reader_training.teacher import begin_teacher

_HEADS = ("span", "whole")
_HEAD_RATE = 3  # times that of the body
_WARM_UP = 120  # steps
_KEEP_EVERY = 180  # seconds
_SPAN, _ANSWERS, _RELEVANCE, _PAIRS = 1.0, 1.0, 0.5, 0.5  # what each loss counts
_TAUGHT = 0.7  # share of what the teacher says where a person judged as well
_SOFTER = 2.0  # the temperature at which places are compared with the teacher's


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train: the highest rate of the body, the tokens of a batch, and the seed of their
    order."""

    rate: float
    tokens: int
    seed: int


def losses(spans: Tensor, whole: Tensor, batch: Batch, least: int) -> dict[str, Tensor]:
    """The four losses of one batch, over the examples that were judged at least so well.

    ``span``: that the marginal likelihood of the marked starts and ends is low. ``answers``,
    ``relevance``: cross-entropy; a near miss says nothing about relevance. ``pairs``: within a
    group, an answerable example should be above one that is not, by both of the whole logits.
    """
    sure, answers, elsewhere = batch.judged >= least, batch.answers, batch.elsewhere
    spans = batch.low(spans)
    marked = spans.masked_fill(~torch.stack([batch.starts, batch.ends], -1), LOW)
    span = (torch.logsumexp(spans, 1) - torch.logsumexp(marked, 1)).sum(-1) / 2
    entropy = functional.binary_cross_entropy_with_logits(
        whole, answers.float()[:, None].expand(-1, 2), reduction="none"
    )
    compared = (batch.groups[:, None] == batch.groups) & answers[:, None] & ~answers
    compared &= sure[:, None] & sure
    gaps = functional.softplus(whole - whole[:, None])
    return {
        "span": _mean(span, sure),
        "answers": _mean(entropy[:, ANSWERABLE], sure),
        "relevance": _mean(entropy[:, RELEVANT], sure & (answers | elsewhere)),
        "pairs": _mean(gaps[..., ANSWERABLE], compared)
        + _mean(gaps[..., RELEVANT], compared & elsewhere),
    }


def taught_losses(spans: Tensor, whole: Tensor, batch: Batch, taught: Said) -> dict[str, Tensor]:
    """How far what is said is from what the teacher says: of places, of both whole logits."""
    own = torch.log_softmax(batch.low(spans) / _SOFTER, 1)
    theirs = torch.softmax(batch.low(taught.spans[batch.places].float()) / _SOFTER, 1)
    apart = functional.kl_div(own, theirs, reduction="none").sum(1).mean(-1) * _SOFTER**2
    probable = torch.sigmoid(taught.whole[batch.numbers].float())
    entropy = functional.binary_cross_entropy_with_logits(whole, probable, reduction="none")
    return {
        "span": apart.mean(),
        "answers": entropy[:, ANSWERABLE].mean(),
        "relevance": entropy[:, RELEVANT].mean(),
    }


def _mean(values: Tensor, which: Tensor) -> Tensor:
    """Of those; 0 of none. Without a look at the values, for which a GPU would be waited for."""
    return torch.where(which, values, 0.0).sum() / which.sum().clamp(min=1)


_WEIGHTS = {"span": _SPAN, "answers": _ANSWERS, "relevance": _RELEVANCE, "pairs": _PAIRS}


def rate(step: int, steps: int, decay: float) -> float:
    """The share of the full learning rate that a step has."""
    falling = steps * decay
    return min(1.0, (step + 1) / _WARM_UP, max(0.0, steps - step) / falling if falling else 1.0)


class Training:
    """What training goes on with: model, optimiser and the number of steps taken.

    The model computes in bfloat16; what is trained is a copy of its weights in float32."""

    def __init__(self, model: nn.Module, held: Held, taught: Said | None, plan: Plan) -> None:
        self._begun = {name: each.clone() for name, each in model.state_dict().items()}
        self.step = 0
        self._held, self._taught, self._plan = held, taught, plan
        trained = {name: each for name, each in model.named_parameters() if each.requires_grad}
        self._exact = {
            name: each.detach().clone().to(held.device) for name, each in trained.items()
        }
        self.model = model.to(held.device, torch.bfloat16)
        self._rounded = list(trained.values())
        heads = [each for name, each in self._exact.items() if name.split(".")[0] in _HEADS]
        body = [each for name, each in self._exact.items() if name.split(".")[0] not in _HEADS]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": body, "full": plan.rate},
                {"params": heads, "full": plan.rate * _HEAD_RATE},
            ],
            weight_decay=0.01,
            betas=(0.9, 0.98),
            fused=True,
        )

    def resume(self, folder: Path) -> None:
        """Go on from what was kept last in ``folder``, if anything was."""
        file = folder / "last.pt"
        if file.exists():
            kept = torch.load(file, weights_only=True)
            self.model.load_state_dict(kept["model"])
            for name, exact in self._exact.items():
                exact.copy_(kept["model"][name])
            self._optimiser.load_state_dict(kept["optimiser"])
            self.step = kept["step"]

    def weights(self) -> dict[str, Tensor]:
        """Those of the model, in float32."""
        return self._begun | self._exact

    def keep(self, file: Path) -> None:
        """Write all of it, so that a kill leaves the old file or the new one."""
        file.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.weights(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
        }
        part = file.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, file)

    def take(self, numbers: NDArray[np.int64], share: float) -> dict[str, Tensor]:
        """One step with these examples at this share of the rate; the losses."""
        for group in self._optimiser.param_groups:
            group["lr"] = group["full"] * share
        batch = self._held.batch(numbers)
        spans, whole = (each.float() for each in self.model(batch.ids, batch.kinds))
        if self._taught is None:
            found = losses(spans, whole, batch, RULE)
            total = sum(_WEIGHTS[name] * loss for name, loss in found.items())
        else:
            found = losses(spans, whole, batch, PERSON)
            taught = taught_losses(spans, whole, batch, self._taught)
            total = (1 - _TAUGHT) * sum(_WEIGHTS[name] * loss for name, loss in found.items())
            total = total + _TAUGHT * sum(_WEIGHTS[name] * loss for name, loss in taught.items())
            found |= {f"taught_{name}": loss for name, loss in taught.items()}
        assert isinstance(total, Tensor)
        total.backward()
        exact = list(self._exact.values())
        for rounded, each in zip(self._rounded, exact, strict=True):
            each.grad = None if rounded.grad is None else rounded.grad.float()
            rounded.grad = None
        nn.utils.clip_grad_norm_(exact, 1.0)
        self._optimiser.step()
        with torch.no_grad():
            torch._foreach_copy_(self._rounded, exact)
        self.step += 1
        return {name: loss.detach() for name, loss in found.items()}

    def batches(self) -> Iterator[NDArray[np.int64]]:
        """Those of the steps that come, for ever."""
        passed = 0
        for batches in self._held.examples.batches(self._plan.tokens, self._plan.seed):
            yield from batches[max(0, self.step - passed) :]
            passed += len(batches)


def train(training: Training, folder: Path, steps: int, decay: float) -> None:
    """Train up to ``steps``, from what ``folder`` has. Leaves ``last.pt`` there."""
    training.resume(folder)
    training.model.train()
    falls = int(steps * (1 - decay))
    kept = told = time.monotonic()
    sums: dict[str, Tensor] = {}
    counted = read = 0
    batches = training.batches()
    while training.step < steps:
        if training.step == falls:
            training.keep(folder / "stable.pt")
        numbers = next(batches)
        for name, value in training.take(numbers, rate(training.step, steps, decay)).items():
            sums[name] = sums.get(name, 0.0) + value
        counted, read = counted + 1, read + len(numbers)
        now = time.monotonic()
        if training.step % 25 == 0:
            line: dict[str, Any] = {"step": training.step}
            line |= {name: round(float(value) / counted, 3) for name, value in sums.items()}
            line["pairs_a_second"] = round(read / (now - told), 1)
            print(json.dumps(line), flush=True)
            sums, counted, read, told = {}, 0, 0, now
        if now - kept > _KEEP_EVERY:
            training.keep(folder / "last.pt")
            kept = now
    training.keep(folder / "last.pt")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--examples", type=Path, required=True, help="what prepare wrote")
    parser.add_argument("--output", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--model", choices=["reader", "teacher"], default="reader")
    parser.add_argument("--begin", type=Path, help="a checkpoint whose weights are begun from")
    parser.add_argument("--taught", type=Path, help="what teach wrote")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="of a batch")
    parser.add_argument("--rate", type=float, default=2e-4, help="of learning, the highest")
    parser.add_argument("--frozen", type=int, default=2, help="layers not trained")
    parser.add_argument("--decay", type=float, default=0.3, help="share of the steps")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device = arguments.device
    examples = Examples.load(arguments.examples)
    if arguments.model == "teacher":
        examples = examples.judged(PERSON)
        model: nn.Module = begin_teacher(teacher_start_weights(), arguments.seed)
    else:
        model = begin(arguments.seed, arguments.frozen)
    if arguments.begin:
        model.load_state_dict(torch.load(arguments.begin, weights_only=True)["model"])
    print(examples.describe(), flush=True)
    plan = Plan(arguments.rate, arguments.tokens, arguments.seed)
    taught = Said.load(arguments.taught, device) if arguments.taught else None
    training = Training(model, Held(examples, device), taught, plan)
    train(training, arguments.output, arguments.steps, arguments.decay)


if __name__ == "__main__":
    main()

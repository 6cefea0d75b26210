"""What the teacher says of every example: ``python -m cevvo_reader_training.teach --examples FILE
--checkpoint FILE --output FILE``, for ``train --taught``.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from cevvo_reader_training.batches import LENGTH, TOKENS, Examples
from cevvo_reader_training.held import Held, Said
from cevvo_reader_training.teacher import TeacherModel


def said(model: nn.Module, held: Held, tokens: int) -> Said:
    """The logits of all of ``held``, read in batches of about so many tokens."""
    rows = held.examples.rows
    spans = torch.zeros((len(held.examples.ids), 2), dtype=torch.float16, device=held.device)
    whole = torch.zeros((len(rows), 2), dtype=torch.float16, device=held.device)
    model = model.to(held.device, torch.bfloat16).eval()
    order = np.argsort(rows[:, LENGTH], kind="stable")
    first = 0
    while first < len(order):
        count = max(1, tokens // int(rows[order[min(len(order) - 1, first + 1)], LENGTH]))
        numbers = order[first : first + count]
        batch = held.batch(numbers)
        with torch.no_grad():
            found, pair = model(batch.ids, batch.kinds)
        there = batch.ids != 0
        spans[batch.places[there]] = found[there].to(torch.float16)
        whole[batch.numbers] = pair.to(torch.float16)
        first += count
    return Said(spans, whole)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--examples", type=Path, required=True, help="what prepare wrote")
    parser.add_argument("--checkpoint", type=Path, required=True, help="what train wrote")
    parser.add_argument("--output", type=Path, required=True, help="a .npz file")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--tokens", type=int, default=TOKENS, help="of a batch")
    arguments = parser.parse_args()
    started = time.monotonic()
    model = TeacherModel()
    model.load_state_dict(torch.load(arguments.checkpoint, weights_only=True)["model"])
    held = Held(Examples.load(arguments.examples), arguments.device)
    said(model, held, arguments.tokens).save(arguments.output)
    print(f"{len(held.examples)} examples in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()

"""A small month: what the analytics say is what a plain script counts."""

import random
import re
from pathlib import Path

import numpy as np
import pytest

from cevvo_evals.month import compared, script


def test_a_month_is_counted_as_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = np.random.default_rng(4)
    meanings = chance.standard_normal((12, 32)) * 3
    vectors = {}
    for number in range(60):
        vector = meanings[number % 12] + chance.standard_normal(32) * 1.1
        vector /= np.linalg.norm(vector)
        vectors[f"Question {number % 12} in wording {number}?"] = vector.astype("<f2").astype("<f4")
    words = list(vectors)
    random.Random(4).shuffle(words)
    said = script(words, conversations=250, seed=4)
    assert compared(tmp_path, said, vectors) == {7: True, 30: True}
    happened = re.findall(r"\d+", capsys.readouterr().out.splitlines()[-1])
    assert all(int(count) > 5 for count in happened)  # all that the rules tell apart

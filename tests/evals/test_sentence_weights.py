"""The fit of the weights by which sentences are chosen."""

import numpy as np

from cevvo_evals.sentence_weights import Choice, chosen_right, fit


def made(number: int, weights: list[float]) -> list[Choice]:
    """Questions whose right candidate was drawn in proportion to the exponential of its score."""
    chance = np.random.default_rng(3)
    found = []
    for _ in range(number):
        parts = chance.normal(size=(8, len(weights)))
        powers = np.exp(parts @ np.array(weights))
        right = np.zeros(8)
        right[chance.choice(8, p=powers / powers.sum())] = 1.0
        found.append(Choice(parts, right))
    return found


def test_the_fit_finds_the_weights_that_made_the_choices() -> None:
    found = made(800, [2.0, -1.0, 0.0])
    weights = fit(found)
    assert np.abs(weights - [2.0, -1.0, 0.0]).max() < 0.25
    assert chosen_right(found, weights) > chosen_right(found, -weights)


def test_any_of_several_right_ones_will_do() -> None:
    both = Choice(np.array([[1.0], [0.9], [0.0]]), np.array([1.0, 1.0, 0.0]))
    assert fit([both] * 50)[0] > 0
    assert chosen_right([both], np.array([1.0])) == 1.0

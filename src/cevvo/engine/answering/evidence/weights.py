"""What a unit's score is made of, and how much each part counts.

``python -m cevvo_evals.sentence_weights`` fits the weights.
"""

from operator import mul
from typing import NamedTuple


class Parts(NamedTuple):
    """What a score is the weighted sum of. Shares are of the question's term weight.

    ``coverage`` is what the unit has itself, ``near`` what it has in another form. Of the terms
    that it has not, the one before it has ``leaning`` where the unit begins with a word that stands
    for something, ``answers`` where the one before is a question, ``neighbour`` else; the nearest
    heading has ``heading``, the title and the headings above that one ``titles``. ``opening`` is
    the heading's share, for the first sentence under it. ``subject`` is the heading's share times
    the share of its own terms that are asked for: what stands under *KeepAlive* rather than under
    *KeepAliveTimeout*. ``phrases`` is the share of the question's
    neighbouring terms that are neighbours here, ``passage_coverage`` that of the whole passage.
    ``pointed`` is the share of the answer that a reader model sees in the unit, among its passage.
    """

    cosine: float
    coverage: float
    near: float
    leaning: float
    neighbour: float
    answers: float
    heading: float
    titles: float
    opening: float
    subject: float
    phrases: float
    passage_score: float
    passage_coverage: float
    pointed: float


WEIGHTS = Parts(
    cosine=1.43,
    coverage=0.68,
    near=0.33,
    leaning=0.47,
    neighbour=0.3,
    answers=0.6,
    heading=0.5,
    titles=0.4,
    opening=0.35,
    subject=0.35,
    phrases=0.14,
    passage_score=1.0,
    passage_coverage=0.15,
    pointed=0.8,
)
"""Fitted by listwise logistic regression on 19 articles of SQuAD 2.0 (Rajpurkar et al. 2018),
candidates being all sentences of the eight best passages, and scaled to be comparable with the
weights of ``answers``, ``heading``, ``titles``, ``opening``, ``subject`` and of the form. Those
were set by hand on technical documentation, as that collection has none of it; there ``coverage``
counts a little less than in the fit. ``pointed`` was chosen on technical documentation that no
reader was trained on (decision 17); it is 0 where nothing was read."""


def weighted(parts: Parts) -> float:
    """The weighted sum."""
    total: float = sum(map(mul, WEIGHTS, parts))
    return total


def pointing(parts: Parts) -> float:
    """What a reader adds to the weighted sum."""
    return WEIGHTS.pointed * parts.pointed

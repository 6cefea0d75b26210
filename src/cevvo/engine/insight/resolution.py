"""What a single turn tells about the ones around it, and how sure a rate of resolved ones is.

The rule itself, when a question counts as resolved, is kept in ``turns.resolution`` by a trigger.
"""

import math
from collections.abc import Sequence

from cevvo.domain.documents import Passage, Vector

SAME_AGAIN_COSINE = 0.80
"""From this cosine on, the next question of a thread asks the same again.

No two of 5,000 pairs of different questions came so near, of one domain or of many, and a quarter
of the paraphrases did (``cevvo_evals.clustering``). Not lower: "create a model" and "create a view"
are at 0.76, and what the rule says against an answer should be sure.
"""

_Z_95 = 1.959964  # of the normal distribution: 95 % lie nearer to the mean
WEAK_CONFIDENCE = 0.5
"""Below this an answer is more likely wrong than right (confidence is calibrated). A negative
rating then says that something is missing, not only that the words were poor."""


RETURN_MS = 24 * 3_600_000
"""Who asks the same in another thread within this time was not helped the first time."""


def wilson(successes: int, trials: int) -> tuple[float, float] | None:
    """The 95 % interval of a share, from its lower to its upper bound; None of no trials.

    Wilson's score interval (1927), which holds for few trials and for shares near 0 and 1 too
    (Brown, Cai & DasGupta 2001).
    """
    if trials == 0:
        return None
    share, z2 = successes / trials, _Z_95**2
    middle = share + z2 / (2 * trials)
    half = _Z_95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    low, high = ((middle + side) / (1 + z2 / trials) for side in (-half, half))
    return max(low, 0.0), min(high, 1.0)


def asks_again(question: Vector, previous: Vector) -> bool:
    """Whether a question asks the same as the one before it in its thread."""
    return float(question @ previous) >= SAME_AGAIN_COSINE


def is_off_topic(nearest: Sequence[Passage], passages_known: int) -> bool:
    """Whether an unanswered question is far from everything known.

    ``nearest`` were found for it among ``passages_known``.
    """
    bound = off_topic_cosine(passages_known)
    cosines = [passage.dense for passage in nearest if passage.dense is not None]
    return bound is not None and bool(cosines) and max(cosines) < bound


def off_topic_cosine(passages_known: int) -> float | None:
    """An unanswered question is off-topic when no passage comes this near; None: cannot be told.

    The more passages, the nearer the nearest of them to anything. Of knowledge bases of 200 to
    2,000 passages this bound takes at most 1.6 % of their own questions, the answers taken out, for
    off-topic, and it finds a quarter (cloud documentation) to three quarters (encyclopaedia) of
    what other sets ask (``cevvo_evals.clustering``): it errs towards showing a gap that is none. Of
    fewer passages, none being near tells nothing.
    """
    if passages_known < 200:
        return None
    return 0.20 + 0.035 * math.log(min(passages_known, 2000) / 200)

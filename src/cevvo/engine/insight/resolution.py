"""Whether a conversation was resolved, and what a single turn tells about the ones around it.

Analytics count conversations by equal outcome in the database and ask ``is_resolved`` once per
kind of outcome, so that no query holds a second copy of the rule.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cevvo.domain.documents import Passage, Vector

SAME_AGAIN_COSINE = 0.80
"""From this cosine on, the next question of a thread asks the same again.

No two of 5,000 pairs of different questions came so near, of one domain or of many, and a quarter
of the paraphrases did (``cevvo_evals.clustering``). Not lower: "create a model" and "create a view"
are at 0.76, and what the rule says against an answer should be sure.
"""

WEAK_CONFIDENCE = 0.5
"""Below this an answer is more likely wrong than right (confidence is calibrated). A negative
rating then says that something is missing, not only that the words were poor."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a conversation's last question.

    ``answered``: grounded and cited. ``rephrased``: the same was asked again after it.
    ``escalated``: a person was asked for after it.
    """

    answered: bool
    rating: str | None
    rephrased: bool
    escalated: bool


def is_resolved(last: Outcome) -> bool:
    """Whether a conversation whose last question ended so counts as resolved."""
    return last.answered and last.rating != "negative" and not last.rephrased and not last.escalated


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

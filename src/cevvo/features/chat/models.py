"""Which answerer a requested model name means."""

from collections.abc import Sequence

from cevvo.engine.answering.base import Answerer
from cevvo.errors import InvalidRequest

AUTO = "auto"
ALIASES: tuple[str, ...] = ("gpt-4o", "claude-sonnet-4-20250514")
"""Names that the public documentation promises for good, whatever stands behind them by now."""


def resolve(requested: str, answerers: Sequence[Answerer]) -> Answerer:
    """The answerer for a name; ``answerers`` are the configured ones, the preferred one first.

    ``auto`` is the preferred one, and so is an alias that no provider here serves by that name.
    Raises InvalidRequest, listing what there is, for any other name.
    """
    for answerer in answerers:
        if answerer.model_id == requested:
            return answerer
    if requested == AUTO or requested in ALIASES:
        return answerers[0]
    names = dict.fromkeys((AUTO, *(answerer.model_id for answerer in answerers), *ALIASES))
    raise InvalidRequest(
        f"There is no model {requested[:80]!r}. There are: {', '.join(names)}.", param="model"
    )

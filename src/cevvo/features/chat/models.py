"""Which answerer a requested model name means."""

from collections.abc import Sequence

from cevvo.engine.answering.base import Answerer
from cevvo.errors import InvalidRequest

AUTO = "auto"
ALIASES = {"gpt-4o": "openai/", "claude-sonnet-4-20250514": "anthropic/"}
"""Names that the public documentation promises for good, and the provider that each means.

Their providers end them: claude-sonnet-4-20250514 on 2026-06-15, gpt-4o on 2027-01-14.
"""


def resolve(requested: str, answerers: Sequence[Answerer]) -> Answerer:
    """The answerer for a name; ``answerers`` are the configured ones, the preferred one first.

    A model goes by its full name and by the part after its provider. ``auto`` is the preferred
    one. An alias that no model goes by is the first model of the provider that it means, or the
    preferred one where that provider is not configured. Raises InvalidRequest, listing what there
    is, for any other name.
    """
    for answerer in answerers:
        if requested in (answerer.model_id, _bare(answerer.model_id)):
            return answerer
    if requested in ALIASES:
        of_provider = (a for a in answerers if a.model_id.startswith(ALIASES[requested]))
        return next(of_provider, answerers[0])
    if requested == AUTO:
        return answerers[0]
    names = dict.fromkeys((AUTO, *(answerer.model_id for answerer in answerers), *ALIASES))
    raise InvalidRequest(
        f"There is no model {requested[:80]!r}. There are: {', '.join(names)}.", param="model"
    )


def _bare(model_id: str) -> str:
    provider, _, name = model_id.partition("/")
    return name if provider in ("openai", "anthropic") else model_id

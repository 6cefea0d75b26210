"""How replies go, in figures for the operator."""

from cevvo.domain.answers import Answer
from cevvo.features.chat.turns import Turn
from cevvo.foundation.telemetry import metrics


def count(turn: Turn, answer: Answer | None) -> None:
    """Count a turn that is over; ``answer`` is None if it was cut off."""
    metrics.REPLIES.labels(_outcome(turn, answer)).inc()
    for stage, milliseconds in turn.stages.items():
        metrics.STAGE_SECONDS.labels(stage.removesuffix("_ms")).observe(milliseconds / 1000)
    if turn.first_token_ms is not None:
        metrics.FIRST_TOKEN_SECONDS.observe(turn.first_token_ms / 1000)


def _outcome(turn: Turn, answer: Answer | None) -> str:
    if answer is None:
        return "refused" if turn.withdrawn else "left" if turn.left else "failed"
    if turn.kind == "small_talk":
        return "small_talk"
    if answer.degraded:
        return "degraded"
    return "answered" if answer.answered else "abstained"

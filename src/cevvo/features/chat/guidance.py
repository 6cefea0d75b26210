"""What an answerer is told besides question and evidence: the owner's settings and the thread."""

from collections.abc import Sequence

from cevvo.domain.answer_settings import AnswerSettings
from cevvo.engine.answering.base import Guidance, PastTurn


def guidance_of(settings: AnswerSettings, past: Sequence[PastTurn]) -> Guidance:
    """``past`` is the thread, oldest first."""
    return Guidance(
        instructions=settings.instructions or "",
        assistant_name=settings.assistant_name or "",
        refused_topics=tuple(each.topic for each in settings.refuse),
        history=tuple(past),
    )

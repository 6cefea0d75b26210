"""What an answerer is told besides question and evidence: the owner's settings and the thread."""

from collections.abc import Sequence

from cevvo.domain.answer_settings import AnswerSettings
from cevvo.engine.answering.base import Guidance, Meter, PastTurn
from cevvo.engine.answering.phrasebook import NOT_FOUND, REFUSED, guess_language
from cevvo.features.chat.replies import refusal_text


def guidance_of(
    settings: AnswerSettings, past: Sequence[PastTurn], message: str, meter: Meter
) -> Guidance:
    """``past`` is the thread, oldest first; ``message`` is what is answered."""
    return Guidance(
        instructions=settings.instructions or "",
        assistant_name=settings.assistant_name or "",
        refused_topics=tuple(each.topic for each in settings.refuse),
        history=tuple(past),
        handover_reply=_handover_reply(settings, message),
        refusal_reply=_refusal_reply(settings, message),
        topic_replies=tuple(
            _topic_reply(settings, each.reply, message) for each in settings.refuse
        ),
        meter=meter,
    )


def _handover_reply(settings: AnswerSettings, message: str) -> str:
    """No person is promised where none comes."""
    rules = settings.handover
    if not rules.customer_request:
        return NOT_FOUND[guess_language(message)]
    return rules.message or ""


def _refusal_reply(settings: AnswerSettings, message: str) -> str:
    """The owner's words if they are the same for every topic: which it was may stay unsaid."""
    replies = {each.reply for each in settings.refuse}
    return _topic_reply(settings, replies.pop() if len(replies) == 1 else None, message)


def _topic_reply(settings: AnswerSettings, reply: str | None, message: str) -> str:
    return refusal_text(reply or REFUSED[guess_language(message)], settings.handover)

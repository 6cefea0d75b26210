"""Replies that need no search, and what is added to one that found nothing."""

from collections.abc import AsyncGenerator, Sequence

from cevvo.domain.answer_settings import AnswerSettings, HandoverRules, RefusedTopic
from cevvo.domain.answers import Answer, AnswerEvent, HandoverReason, TextDelta
from cevvo.engine.answering.base import PastTurn
from cevvo.engine.answering.extractive import MODEL_ID
from cevvo.engine.answering.person import asks_for_person
from cevvo.engine.answering.phrasebook import guess_language
from cevvo.engine.answering.small_talk import small_talk
from cevvo.engine.answering.stock_replies import PERSON_ASKED_FOR, TOPIC_REFUSED
from cevvo.engine.answering.thread_questions import recollection


def unsearched(message: str, settings: AnswerSettings) -> Answer | None:
    """The reply to a message that asks nothing of the documents; None for a question."""
    rules = settings.handover
    if rules.customer_request and asks_for_person(message):
        text = rules.message or PERSON_ASKED_FOR[guess_language(message)]
        return _reply(text, answered=True, handover="customer_request")
    small = small_talk(message)
    return None if small is None else _reply(small, answered=True)


def recalled(message: str, past: Sequence[PastTurn]) -> Answer | None:
    """The reply to a question about the conversation itself, out of it; None for any other."""
    found = recollection(message, past)
    if found is None:
        return None
    return Answer(found.text, found.sources, found.citations, True, 1.0, MODEL_ID)


def refusal(question: str, topic: RefusedTopic, rules: HandoverRules) -> Answer:
    """The reply to a question about a topic that is refused."""
    text = topic.reply or TOPIC_REFUSED[guess_language(question)]
    if not rules.policy:
        return _reply(text, answered=False)
    return _reply(_joined(text, rules.message), answered=False, handover="policy")


def handed_over(answer: Answer, rules: HandoverRules) -> tuple[HandoverReason | None, str]:
    """Why a finished answer goes to a person, and what is said after it."""
    if answer.answered or answer.handover is not None or not rules.missing_knowledge:
        return answer.handover, ""
    return "missing_knowledge", f"\n\n{rules.message}" if rules.message else ""


async def said(answer: Answer, pieces: tuple[str, ...] = ()) -> AsyncGenerator[AnswerEvent, None]:
    """An answer that is there already, as the events of one; in one piece if none are given."""
    for piece in pieces or (answer.text,):
        yield TextDelta(piece)
    yield answer


def _joined(text: str, message: str | None) -> str:
    return text if message is None else f"{text}\n\n{message}"


def _reply(text: str, *, answered: bool, handover: HandoverReason | None = None) -> Answer:
    return Answer(text, (), (), answered, 1.0, MODEL_ID, handover=handover)

"""Replies that need no search, and what is added to one that found nothing."""

from collections.abc import AsyncGenerator, Sequence

from cevvo.domain.answer_settings import AnswerSettings, HandoverRules, RefusedTopic
from cevvo.domain.answers import Answer, AnswerEvent, HandoverReason, TextDelta
from cevvo.engine.answering.base import PastTurn
from cevvo.engine.answering.extractive.answerer import MODEL_ID
from cevvo.engine.answering.phrasebook import HANDED_OVER, REFUSED, guess_language
from cevvo.engine.answering.thread.person import asks_for_person
from cevvo.engine.answering.thread.small_talk import small_talk
from cevvo.engine.answering.thread.thread_questions import recollection


def unsearched(message: str, past: Sequence[PastTurn], settings: AnswerSettings) -> Answer | None:
    """The reply to a message that asks nothing of the documents; None for a question.

    ``past`` is the thread, oldest first.
    """
    rules = settings.handover
    if rules.customer_request and asks_for_person(message):
        text = rules.message or HANDED_OVER[guess_language(message)]
        return _reply(text, answered=True, handover="customer_request")
    recalled = recollection(message, past)
    if recalled is not None:
        return Answer(recalled.text, recalled.sources, recalled.citations, True, 1.0, MODEL_ID)
    small = small_talk(message)
    return None if small is None else _reply(small, answered=True)


def refusal(question: str, topic: RefusedTopic, rules: HandoverRules) -> Answer:
    """The reply to a question about a topic that is refused."""
    text = refusal_text(topic.reply or REFUSED[guess_language(question)], rules)
    return _reply(text, answered=False, handover="policy")


def refusal_text(reply: str, rules: HandoverRules) -> str:
    """A reply to what is refused, with whom to turn to where the owner wants that said."""
    return f"{reply}\n\n{rules.message}" if rules.policy and rules.message else reply


def handed_over(answer: Answer, rules: HandoverRules) -> tuple[HandoverReason | None, str]:
    """Why a finished answer goes to a person by the owner's rules, and what is said after it."""
    reason = answer.handover
    if reason is not None:
        wanted = rules.policy if reason == "policy" else rules.customer_request
        return (reason if wanted else None), ""
    if answer.answered or not rules.missing_knowledge:
        return None, ""
    return "missing_knowledge", f"\n\n{rules.message}" if rules.message else ""


async def said(answer: Answer, pieces: tuple[str, ...] = ()) -> AsyncGenerator[AnswerEvent, None]:
    """An answer that is there already, as the events of one; in one piece if none are given."""
    for piece in pieces or (answer.text,):
        yield TextDelta(piece)
    yield answer


def _reply(text: str, *, answered: bool, handover: HandoverReason | None = None) -> Answer:
    return Answer(text, (), (), answered, 1.0, MODEL_ID, handover=handover)

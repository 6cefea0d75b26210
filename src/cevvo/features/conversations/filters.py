"""Which conversations are wanted: what a figure of the analytics counts can be listed by them."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, literal_column, or_, select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.insight.resolution import WEAK_CONFIDENCE
from cevvo.foundation.db.tables import conversations, turns

Resolution = Literal["resolved", "unresolved", "confirmed"]
_WRITTEN: dict[bool, ColumnElement[int]] = {  # as indexes have it
    each: literal_column(str(int(each))) for each in (False, True)
}
_ASKED_IN_IT = select(turns.c.id).where(turns.c.conversation_id == conversations.c.id)
_NOTHING_ELSE = ~exists(_ASKED_IN_IT.where(turns.c.is_test.is_(False)))
IS_TEST = and_(exists(_ASKED_IN_IT.where(turns.c.is_test.is_(True))), _NOTHING_ELSE)


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """All that is not None has to hold; what tells of an answer, of one and the same answer.

    ``since`` is included, ``until`` is not: something was asked from the one to the other.
    ``resolution`` is that of the last question in that time, of ``question`` where it is named (the
    id of a cluster). ``words`` are looked for in the messages, ASCII letters in either case.
    ``gap``: of a question that is counted as asked in vain, as coverage gaps do, or of another.
    ``test``: every question in it was a test.
    """

    since: Millis | None = None
    until: Millis | None = None
    resolution: Resolution | None = None
    question: str | None = None
    rating: str | None = None
    model: str | None = None
    answered: bool | None = None
    gap: bool | None = None
    low_confidence: bool | None = None
    escalated: bool | None = None
    words: str | None = None
    test: bool | None = None

    def of_conversation(self, workspace: WorkspaceId) -> list[ColumnElement[bool]]:
        """What has to hold for a row of ``conversations`` of that workspace, its words apart."""
        wanted: list[ColumnElement[bool]] = []
        if self.test is not None and not (self.of_turn() and self.test is False):  # implied there
            tests = select(turns.c.conversation_id).where(
                turns.c.workspace_id == workspace, turns.c.is_test.is_(True)
            )
            is_test = and_(conversations.c.id.in_(tests), _NOTHING_ELSE)  # a short list
            wanted.append(is_test if self.test else ~is_test)
        if self.since is not None:  # implied, and a stretch of an index
            wanted.append(conversations.c.updated_at >= self.since)
        if self.escalated is not None:
            needs_person = conversations.c.escalated_at.is_not(None)
            wanted.append(needs_person if self.escalated else ~needs_person)
        return wanted

    def of_turn(self) -> list[ColumnElement[bool]]:
        """What has to hold for one of its turns; empty where none needs to be looked at."""
        wanted: list[ColumnElement[bool]] = []
        if self.question is not None:
            wanted.append(turns.c.cluster_id == self.question)
        if self.rating is not None:
            wanted.append(turns.c.rating == self.rating)
        if self.model is not None:
            wanted.append(turns.c.model == self.model)
        if self.answered is not None:
            wanted += [turns.c.kind == "question", turns.c.answered.is_(self.answered)]
        if self.gap is not None:
            wanted += [turns.c.kind == "question", turns.c.is_gap == _WRITTEN[self.gap]]
        if self.low_confidence is not None:
            weak = turns.c.confidence < WEAK_CONFIDENCE
            wanted.append(weak if self.low_confidence else turns.c.confidence >= WEAK_CONFIDENCE)
        if self.resolution is not None:
            chain = turns.c.next_question_at if self.question is None else turns.c.next_same_at
            wanted += [self._is_last(chain), _resolutions()[self.resolution]]
        if not wanted and (self.since is not None or self.until is not None):
            wanted.append(self._is_last(turns.c.next_at))  # one for all: fewer to look at
        if self.since is not None:
            wanted.append(turns.c.asked_at >= self.since)
        if self.until is not None:
            wanted.append(turns.c.asked_at < self.until)
        if wanted and self.test is False:
            wanted.append(turns.c.is_test.is_(False))
        return wanted

    def is_one_turn(self) -> bool:
        """Whether no two turns of a thread can meet ``of_turn``: the last one has to."""
        told = {self.question, self.rating, self.model, self.answered, self.gap}
        nothing_told = told | {self.low_confidence} == {None}
        return self.resolution is not None or (self.test is False and nothing_told)

    def _is_last(self, chain: ColumnElement[Any]) -> ColumnElement[bool]:
        if self.until is None:
            return chain.is_(None)
        return or_(chain.is_(None), chain >= self.until)


def with_turn(workspace: WorkspaceId, wanted: list[ColumnElement[bool]]) -> Select[str]:
    """The conversations of such turns."""
    return select(turns.c.conversation_id).where(turns.c.workspace_id == workspace, *wanted)


def _resolutions() -> dict[Resolution, ColumnElement[bool]]:
    return {
        "resolved": turns.c.resolution >= 1,
        "unresolved": turns.c.resolution == 0,
        "confirmed": turns.c.resolution == 2,
    }

"""Which conversations are wanted: what a figure of the analytics counts can be listed by them."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.insight.resolution import WEAK_CONFIDENCE
from cevvo.foundation.db.message_search import says
from cevvo.foundation.db.tables import conversations, messages, turns

Resolution = Literal["resolved", "unresolved", "confirmed"]
_ASKED_IN_IT = select(turns.c.id).where(turns.c.conversation_id == conversations.c.id)
IS_TEST = and_(
    exists(_ASKED_IN_IT.where(turns.c.is_test.is_(True))),
    ~exists(_ASKED_IN_IT.where(turns.c.is_test.is_(False))),
)


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """All that is not None has to hold; what tells of an answer, of one and the same answer.

    ``since`` is included, ``until`` is not: something was asked from the one to the other.
    ``resolution`` is that of the last question in that time, of ``question`` where it is named (the
    id of a cluster). ``words`` are looked for in the messages, ASCII letters in either case.
    ``test``: every question in it was a test.
    """

    since: Millis | None = None
    until: Millis | None = None
    resolution: Resolution | None = None
    question: str | None = None
    rating: str | None = None
    model: str | None = None
    answered: bool | None = None
    low_confidence: bool | None = None
    escalated: bool | None = None
    words: str | None = None
    test: bool | None = None

    def conditions(
        self, connection: Connection, workspace: WorkspaceId
    ) -> list[ColumnElement[bool]]:
        """On ``conversations`` of that workspace."""
        wanted = []
        of_turn = self._of_turn()
        if self.test is not None and not (of_turn and self.test is False):  # implied there
            wanted.append(IS_TEST if self.test else ~IS_TEST)
        if self.since is not None:  # implied, and a stretch of an index
            wanted.append(conversations.c.updated_at >= self.since)
        if self.escalated is not None:
            needs_person = conversations.c.escalated_at.is_not(None)
            wanted.append(needs_person if self.escalated else ~needs_person)
        if self.words is not None:
            said = select(messages.c.conversation_id).where(says(connection, self.words))
            wanted.append(conversations.c.id.in_(said))
        if of_turn:
            wanted.append(conversations.c.id.in_(_with_turn(workspace, of_turn)))
        return wanted

    def _of_turn(self) -> list[ColumnElement[bool]]:
        wanted: list[ColumnElement[bool]] = []
        if self.since is not None:
            wanted.append(turns.c.asked_at >= self.since)
        if self.until is not None:
            wanted.append(turns.c.asked_at < self.until)
        if self.question is not None:
            wanted.append(turns.c.cluster_id == self.question)
        if self.rating is not None:
            wanted.append(turns.c.rating == self.rating)
        if self.model is not None:
            wanted.append(turns.c.model == self.model)
        if self.answered is not None:
            wanted += [turns.c.kind == "question", turns.c.answered.is_(self.answered)]
        if self.low_confidence is not None:
            weak = turns.c.confidence < WEAK_CONFIDENCE
            wanted.append(weak if self.low_confidence else turns.c.confidence >= WEAK_CONFIDENCE)
        if self.resolution is not None:
            wanted += [self._is_last(), _resolutions()[self.resolution]]
        if wanted and self.test is False:
            wanted.append(turns.c.is_test.is_(False))
        return wanted

    def _is_last(self) -> ColumnElement[bool]:
        next_at = turns.c.next_question_at if self.question is None else turns.c.next_same_at
        if self.until is None:
            return next_at.is_(None)
        return or_(next_at.is_(None), next_at >= self.until)


def _with_turn(workspace: WorkspaceId, wanted: list[ColumnElement[bool]]) -> Select[str]:
    return select(turns.c.conversation_id).where(turns.c.workspace_id == workspace, *wanted)


def _resolutions() -> dict[Resolution, ColumnElement[bool]]:
    return {
        "resolved": turns.c.resolution >= 1,
        "unresolved": turns.c.resolution == 0,
        "confirmed": turns.c.resolution == 2,
    }

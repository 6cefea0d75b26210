"""A turn while it runs: what is asked, what has been said so far, what came out."""

import time
from dataclasses import dataclass, field
from typing import Any, Literal

from cevvo.domain.access import Principal
from cevvo.domain.answer_settings import AnswerSettings
from cevvo.domain.answers import Answer, TextDelta
from cevvo.domain.documents import Passage, Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.engine.answering.base import Answerer, Meter, PastTurn
from cevvo.engine.answering.calibration import SHIPPED, Calibration
from cevvo.engine.retrieval.candidates import Candidate
from cevvo.features.usage.budgets import Reservation
from cevvo.providers.search.base import UNFILTERED, Filters


@dataclass(frozen=True, slots=True)
class Ask:
    """What a client asks. ``model`` is a name or alias; ``source_ids`` None searches them all.

    A ``test`` is answered like any other question and counts in no figure. ``history`` is a
    conversation that is not kept here, for a message that opens a new thread.
    """

    message: str
    thread_id: str | None = None
    model: str = "auto"
    source_ids: tuple[str, ...] | None = None
    filters: Filters = UNFILTERED
    user_id: str | None = None
    metadata: dict[str, Any] | None = None
    test: bool = False
    history: tuple[PastTurn, ...] = ()


@dataclass(slots=True)
class Turn:
    """An open turn and what has become of it so far. ``message_id`` is the reply's.

    ``settings`` are those that held when it was opened. ``set_aside``: refused, or a person was
    asked for; nothing that documents could say. The ``meter`` has what language models took for
    it until now. ``withdrawn``: as if it had never been asked. ``left``: whoever asked went away.
    ``degraded``: something lesser than was asked for answers from the beginning.
    ``saved``: it is kept, and its thread can be gone on with; False when the disk is full.
    """

    principal: Principal
    ask: Ask
    settings: AnswerSettings
    answerer: Answerer
    thread_id: str
    question_id: str
    question_position: int
    message_id: str
    asked_at: Millis
    started: float  # on the monotonic clock
    said: list[str] = field(default_factory=list)
    first_token_ms: int | None = None
    response_ms: int | None = None
    kind: Literal["question", "small_talk"] = "question"
    standalone: str | None = None
    vector: Vector | None = None
    retrieved: tuple[Passage, ...] = ()
    searched_for: str = ""  # the standalone question with misspelt words put right
    candidates: tuple[Candidate, ...] = ()
    stages: dict[str, int] = field(default_factory=dict)  # milliseconds that each took
    calibration: Calibration = SHIPPED  # how sure its answer had to be
    set_aside: bool = False
    reservation: Reservation | None = None
    meter: Meter = field(default_factory=Meter)
    withdrawn: bool = False
    left: bool = False
    degraded: bool = False
    saved: bool = True

    @property
    def workspace(self) -> WorkspaceId:
        """Whose turn it is."""
        return self.principal.workspace

    def elapsed_ms(self) -> int:
        """Since the request was accepted."""
        return round((time.monotonic() - self.started) * 1000)

    def passed(self, stage: str) -> None:
        """Note that a stage has just ended: it took the time since the one before."""
        self.stages[stage] = self.elapsed_ms() - sum(self.stages.values())

    def say(self, text: str) -> None:
        """Note a piece of the reply that goes out now."""
        if not self.said:
            self.first_token_ms = self.elapsed_ms()
        self.said.append(text)

    def text(self) -> str:
        """What was said until now."""
        return "".join(self.said)


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished reply; recorded, unless it could not be ``saved``."""

    message_id: str
    thread_id: str
    answer: Answer
    retrieved: tuple[Passage, ...]
    saved: bool = True


ReplyEvent = TextDelta | Reply
"""Any number of deltas, then exactly one Reply, last."""

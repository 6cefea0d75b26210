"""The questions of gaps, asked again when content has come or gone.

By the built-in answerer with the workspace's settings: a retrieval and the decision whether its
passages suffice, some tens of milliseconds and no token of a language model. What it can answer,
chat answers too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from cevvo.domain.access import Principal
from cevvo.domain.answers import Answer
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock
from cevvo.engine.answering.calibration import Signals
from cevvo.engine.answering.extractive.answerer import MODEL_ID
from cevvo.engine.insight.clustering import most_central
from cevvo.engine.insight.gaps import nearest_of, shortened, why_unanswered
from cevvo.errors import CevvoError
from cevvo.features.chat.service import ChatService
from cevvo.features.chat.turns import Ask, Turn
from cevvo.features.conversations.gaps import (
    Asking,
    close,
    newest_entry,
    open_again,
    status_of,
)
from cevvo.features.gaps import repository
from cevvo.features.gaps.repository import Asked, Found
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs import queue
from cevvo.foundation.jobs.queue import Job, LeaseLost
from cevvo.foundation.jobs.upkeep import Upkeep
from cevvo.foundation.jobs.worker import JobContext, JobHandler
from cevvo.foundation.telemetry.logging import get_logger

log = get_logger(__name__)

_GAPS = 100  # of one job; the next one has the others
_READ = 30  # newest questions of a gap among which those to ask are looked for
_ASKED = 5  # of a gap, wordings that differ
_ANSWER_CHARACTERS = 2000
_QUOTE_CHARACTERS = 300


UPKEEP = Upkeep(
    "replay",
    repository.workspaces_with_gaps,
    lambda connection, workspace: bool(repository.due_gaps(connection, workspace, 1)),
)
"""When content has come or gone since a gap's questions were asked last."""


class Replays:
    """The handler of ``replay`` jobs."""

    def __init__(self, db: Database, chat: ChatService, clock: Clock) -> None:
        self._db = db
        self._chat = chat
        self._clock = clock

    @property
    def handlers(self) -> Mapping[str, JobHandler]:
        """What a Worker takes."""
        return {UPKEEP.kind: self.replay}

    async def replay(self, job: Job, context: JobContext) -> None:
        """Ask the questions of some gaps again; close or open those of which it is time."""

        def read(connection: Connection) -> tuple[int, list[str]]:
            seen = newest_entry(connection, job.workspace)
            return seen, repository.due_gaps(connection, job.workspace, _GAPS)

        seen, due = await self._db.read(read)
        for done, gap_id in enumerate(due, 1):
            try:
                await self._replay_gap(job, context, gap_id, seen)
            except (CevvoError, LeaseLost):  # nothing that is wrong with this gap: the job's end
                raise
            except Exception as error:
                log.error("gap_not_replayed", gap_id=gap_id, exc_info=error)
                await self._pass_over(job, context, gap_id, seen)
            await context.progress(done, len(due), done / len(due))

    async def _replay_gap(self, job: Job, context: JobContext, gap_id: str, seen: int) -> None:
        workspace = job.workspace
        asked = await self._db.read(
            lambda c: questions_to_ask(repository.questions_of(c, workspace, gap_id, _READ))
        )
        replies = [await self.ask(workspace, each) for each in asked]
        outcomes = [
            found_of(each, *reply, now_says=says_more(each, reply[0]))
            for each, reply in zip(asked, replies, strict=True)
        ]
        answered = is_answered(outcomes)

        def write(connection: Connection) -> None:
            queue.assert_lease(connection, context.lease)
            now = self._clock()
            nearest, reason = None, None
            # By the settings of now, a question may be one that is not searched for, for which a
            # person is fetched, say: what is known of its passages stays, and a closed gap closed.
            missing = bool(replies) and not answered and bool(replies[0][1].searched_for)
            if missing:
                answer, turn = replies[0]
                signals = None if answer.signals is None else Signals.from_dict(answer.signals)
                assert turn.vector is not None
                nearest = nearest_of(turn.vector, turn.retrieved)
                if not asked[0].answered:
                    reason = why_unanswered(signals, turn.calibration)
            repository.keep_outcomes(
                connection,
                workspace,
                gap_id,
                outcomes,
                nearest=nearest,
                reason=reason,
                seen=seen,
                now=now,
            )
            status = status_of(connection, workspace, gap_id)
            if not asked:
                return
            asking = Asking(asked[0].question, asked[0].thread_id)
            if answered and status == "open":
                close(connection, workspace, gap_id, asking, now=now)
            elif missing and status == "closed":
                open_again(connection, workspace, gap_id, asking, now=now)

        await self._db.write(write)

    async def _pass_over(self, job: Job, context: JobContext, gap_id: str, seen: int) -> None:
        """It is tried again when content changes: until then it would break as it did, and the gaps
        after it would never have their turn."""

        def write(connection: Connection) -> None:
            queue.assert_lease(connection, context.lease)
            repository.pass_over(connection, job.workspace, gap_id, seen)

        await self._db.write(write)

    async def ask(self, workspace: WorkspaceId, asked: Asked) -> tuple[Answer, Turn]:
        """What chat would answer now out of quotations, and how it came to that."""
        nobody = Principal(UPKEEP.kind, workspace, "secret", frozenset())
        return await self._chat.ask_again(nobody, replace(asked.again, model=MODEL_ID))


def questions_to_ask(asked: Sequence[Asked]) -> list[Asked]:
    """Of the newest questions of a gap those to ask again: the most central one, that the gap is
    called by, and the newest with other words or of other sources or documents."""
    if not asked:
        return []
    label = asked[most_central([each.vector for each in asked])]
    chosen = {_as_asked(label): label}
    for each in asked:
        if len(chosen) < _ASKED:
            chosen.setdefault(_as_asked(each), each)
    return list(chosen.values())


def _as_asked(asked: Asked) -> Ask:
    return replace(asked.again, message=" ".join(asked.question.casefold().split()))


def says_more(asked: Asked, answer: Answer) -> bool:
    """Whether the question is answered now: with citations, and where it had been answered and
    that was of no help, with others."""
    cited = {(each.document_id, each.quote) for each in answer.citations}
    known = {(each.document_id, each.quote) for each in asked.citations}
    return answer.answered and bool(cited - known if asked.answered else cited)


def is_answered(outcomes: Sequence[Found]) -> bool:
    """Whether a gap is closed: the first, which it is called by, and more than half of all."""
    answered = sum(each.answered for each in outcomes)
    return bool(outcomes) and outcomes[0].answered and 2 * answered > len(outcomes)


def found_of(asked: Asked, answer: Answer, turn: Turn, *, now_says: bool) -> Found:
    """An answer as it is kept with the gap."""
    titles = {passage.document_id: passage.title for passage in turn.retrieved}
    citations = [
        {
            "document_id": each.document_id,
            "title": titles.get(each.document_id, ""),
            "url": each.url,
            "quote": shortened(each.quote, _QUOTE_CHARACTERS),
        }
        for each in answer.citations
    ]
    return Found(
        turn_id=asked.turn_id,
        answered=now_says,
        answer=shortened(answer.text, _ANSWER_CHARACTERS),
        confidence=round(answer.confidence, 4),
        model=answer.model,
        citations=tuple(citations),
    )

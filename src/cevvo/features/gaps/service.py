"""One coverage gap: what is behind it, what could be written, what became of that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock, Millis
from cevvo.engine.insight.outline import Outline, outline_of
from cevvo.engine.insight.privacy import mask
from cevvo.errors import NotFound
from cevvo.features.analytics.repository import asked_between
from cevvo.features.conversations.gaps import dismiss, open_again
from cevvo.features.gaps import repository
from cevvo.features.gaps.replays import UPKEEP, Replays, questions_to_ask
from cevvo.features.gaps.repository import Asked, Gap
from cevvo.features.ingestion.service import Accepted, IngestionService
from cevvo.features.sources import repository as sources
from cevvo.foundation.db.database import Database

_CONVERSATIONS = 50  # newest, shown with a gap
_READ = 30  # newest questions among which its name is looked for, as in the list of gaps


@dataclass(frozen=True, slots=True)
class GapView:
    """A gap as it is shown. ``question`` is what it is called by, masked.

    ``count`` conversations asked it in vain, ever; the times are of all that asked it, as in the
    list of gaps. ``asked`` are the newest questions; ``replayed`` those that were asked again, as
    far as their conversations exist. ``outline`` is None for a gap that is not open.
    """

    gap: Gap
    question: str
    count: int
    first_asked: Millis
    last_asked: Millis
    asked: tuple[Asked, ...]
    outline: Outline | None


class GapsService:
    """Coverage gaps of a workspace, one by one."""

    def __init__(
        self,
        db: Database,
        replays: Replays,
        ingestion: IngestionService,
        clock: Clock,
        notify: Callable[[], None],
    ) -> None:
        self._db = db
        self._replays = replays
        self._ingestion = ingestion
        self._clock = clock
        self._notify = notify

    async def get(self, workspace: WorkspaceId, gap_id: str) -> GapView:
        """The gap with its conversations and the outline of what is missing; raises NotFound, also
        when no words of its questions are left."""

        await self._adopt(workspace, gap_id)

        def read(
            connection: Connection,
        ) -> tuple[Gap, list[Asked], int, tuple[Millis, Millis]]:
            gap = _require(connection, workspace, gap_id)
            asked = repository.questions_of(connection, workspace, gap_id, _CONVERSATIONS)
            if not asked:
                raise _not_found(gap_id)
            count, _, _ = repository.asked_in_vain(connection, workspace, gap_id)
            return gap, asked, count, asked_between(connection, workspace, [gap_id])[gap_id]

        gap, asked, count, (first, last) = await self._db.read(read)
        named = questions_to_ask(asked[:_READ])
        outline = await self._outline(workspace, named) if gap.status == "open" else None
        question = mask(named[0].question)
        return GapView(gap, question, count, first, last, tuple(asked), outline)

    async def set_status(
        self, workspace: WorkspaceId, gap_id: str, status: Literal["open", "dismissed"]
    ) -> GapView:
        """Dismiss a gap, or open it again; raises NotFound."""

        await self._adopt(workspace, gap_id)

        def write(connection: Connection) -> None:
            gap = _require(connection, workspace, gap_id)
            if status == "dismissed":
                dismiss(connection, workspace, gap_id)
            elif gap.status != "open":
                open_again(connection, workspace, gap_id, None, now=self._clock())

        await self._db.write(write)
        return await self.get(workspace, gap_id)

    async def answer(
        self,
        workspace: WorkspaceId,
        gap_id: str,
        *,
        title: str,
        content: str,
        source_id: str | None,
    ) -> Accepted:
        """Queue a text that answers the gap; once it is in, the gap's questions are asked again.

        It goes into ``source_id``, else into the workspace's source for such texts. Raises NotFound
        for the gap or the source, InvalidRequest for one of another type or an empty text.
        """

        await self._adopt(workspace, gap_id)

        def target(connection: Connection) -> str:
            _require(connection, workspace, gap_id)
            return source_id or sources.answers_source(connection, workspace, now=self._clock())

        target_id = await self._db.write(target)
        accepted = await self._ingestion.text(
            workspace, title=title, content=content, url=None, source_id=target_id
        )
        await self._db.write(
            lambda c: repository.note_answer(
                c, workspace, gap_id, source_id=accepted.source_id, title=title
            )
        )
        return accepted

    async def enqueue_due(self) -> None:
        """Have the gaps asked again whose workspace's content has changed: for the schedule."""
        if await UPKEEP.enqueue_due(self._db, self._clock):
            self._notify()

    async def _adopt(self, workspace: WorkspaceId, gap_id: str) -> None:
        if await self._db.read(lambda c: repository.find_gap(c, workspace, gap_id)) is None:
            await self._db.write(lambda c: repository.adopt(c, workspace, gap_id))

    async def _outline(self, workspace: WorkspaceId, named: list[Asked]) -> Outline:
        _, turn = await self._replays.ask(workspace, named[0])
        # The same words may have been asked of one source and of another.
        questions = list(dict.fromkeys(mask(each.question) for each in named))
        vector = named[0].vector if turn.vector is None else turn.vector
        return outline_of(questions[0], questions, vector, turn.retrieved)


def _require(connection: Connection, workspace: WorkspaceId, gap_id: str) -> Gap:
    gap = repository.find_gap(connection, workspace, gap_id)
    if gap is None:
        raise _not_found(gap_id)
    return gap


def _not_found(gap_id: str) -> NotFound:
    return NotFound(f"There is no gap {gap_id[:80]!r}. GET /analytics/coverage-gaps lists them.")

"""Answers looked at again when what they rest on has changed.

An answer is stale when words that it quotes are no longer in the document. Whether the question
would be answered differently is then found out by asking it: by the built-in answerer, as with
gaps, without a token of a language model.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from cevvo.domain.access import Principal
from cevvo.domain.answers import Answer
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Clock, Millis
from cevvo.engine.answering.extractive.answerer import MODEL_ID
from cevvo.engine.insight.gaps import shortened
from cevvo.features.chat.service import ChatService
from cevvo.features.chat.traces import asked_again, find_trace
from cevvo.features.chat.turns import Ask, Turn
from cevvo.features.conversations.gaps import newest_entry
from cevvo.features.stale_answers import repository
from cevvo.features.stale_answers.repository import (
    DocumentNow,
    RestingOn,
    StaleAnswer,
    Verdict,
)
from cevvo.foundation.db.database import Database
from cevvo.foundation.jobs import queue
from cevvo.foundation.jobs.queue import Job
from cevvo.foundation.jobs.upkeep import Upkeep
from cevvo.foundation.jobs.worker import JobContext, JobHandler
from cevvo.foundation.webhooks import emit

_ANSWERS = 500  # newest ones of a document that changed
_ASKED = 100  # questions of one job; the next one asks on
_ANSWER_CHARACTERS = 2000
_QUOTE_CHARACTERS = 300


UPKEEP = Upkeep("recheck", repository.workspaces_with_answers, repository.is_due)
"""When content has come or gone since a workspace's answers were looked at last."""


class StaleAnswerTasks:
    """The handler of ``recheck`` jobs."""

    def __init__(self, db: Database, chat: ChatService, clock: Clock) -> None:
        self._db = db
        self._chat = chat
        self._clock = clock

    @property
    def handlers(self) -> Mapping[str, JobHandler]:
        """What a Worker takes."""
        return {UPKEEP.kind: self.recheck}

    async def recheck(self, job: Job, context: JobContext) -> None:
        """Find the answers that are stale, and ask some of their questions again."""
        workspace = job.workspace

        def read(connection: Connection) -> tuple[int, list[str]]:
            since = repository.seen_entry(connection, workspace)
            changed = repository.changed_documents(connection, workspace, since)
            return newest_entry(connection, workspace), changed

        entry, changed = await self._db.read(read)
        for document_id in changed:
            await self._look_at(workspace, context, document_id)

        def seen(connection: Connection) -> None:
            queue.assert_lease(connection, context.lease)
            repository.mark_seen(connection, workspace, entry)

        await self._db.write(seen)
        waiting = await self._db.read(lambda c: _to_ask(c, workspace))
        asked: dict[Ask, tuple[Answer, Turn]] = {}
        for done, (stale, ask) in enumerate(waiting, 1):
            if ask not in asked:
                nobody = Principal(UPKEEP.kind, workspace, "secret", frozenset())
                asked[ask] = await self._chat.ask_again(nobody, replace(ask, model=MODEL_ID))
            await self._judge(workspace, context, stale, *asked[ask])
            await context.progress(done, len(waiting), done / len(waiting))

    async def _look_at(self, workspace: WorkspaceId, context: JobContext, document_id: str) -> None:
        def write(connection: Connection) -> None:
            queue.assert_lease(connection, context.lease)
            document = repository.document_now(connection, workspace, document_id)
            for resting in repository.resting_on(connection, workspace, document, _ANSWERS):
                lost = lost_quotes(resting, document)
                if lost:
                    gone = _gone(resting, document, lost)
                    repository.invalidate(
                        connection, workspace, resting.message_id, gone, now=self._clock()
                    )
                else:
                    repository.note_version(connection, workspace, resting.message_id, document)
                    repository.revive(connection, workspace, resting.message_id, document_id)

        await self._db.write(write)

    async def _judge(
        self,
        workspace: WorkspaceId,
        context: JobContext,
        stale: StaleAnswer,
        answer: Answer,
        turn: Turn,
    ) -> None:
        verdict = verdict_on(stale, answer)

        def write(connection: Connection) -> None:
            queue.assert_lease(connection, context.lease)
            repository.judge(
                connection,
                workspace,
                stale.message_id,
                verdict=verdict,
                answer=_stored(answer, turn),
                now=self._clock(),
            )
            if verdict != "same":
                tell_invalidated(connection, workspace, stale, verdict, now=self._clock())

        await self._db.write(write)


def _to_ask(connection: Connection, workspace: WorkspaceId) -> list[tuple[StaleAnswer, Ask]]:
    """Some that have not been asked again, each with its question as it is asked again."""
    return [
        (stale, asked_again(stale.question, find_trace(connection, workspace, stale.message_id)))
        for stale in repository.waiting(connection, workspace, _ASKED)
    ]


def lost_quotes(resting: RestingOn, document: DocumentNow) -> list[str]:
    """What an answer quotes of a document and no longer stands in it; runs of blanks count as
    one."""
    text = _even(document.text)
    quotes = [each.quote for each in resting.citations if each.document_id == document.id]
    return [quote for quote in quotes if not quote.strip() or _even(quote) not in text]


def verdict_on(stale: StaleAnswer, answer: Answer) -> Verdict:
    """Whether the question is answered as it was: with all that was quoted, wherever it stands."""
    if not answer.answered:
        return "unanswered"
    then = {_even(each.quote) for each in stale.citations}
    return "same" if then <= {_even(each.quote) for each in answer.citations} else "different"


def tell_invalidated(
    connection: Connection,
    workspace: WorkspaceId,
    stale: StaleAnswer,
    verdict: Verdict,
    *,
    now: Millis,
) -> None:
    """Tell webhooks that an answer no longer holds."""
    emit(
        connection,
        workspace,
        "answer.invalidated",
        now=now,
        data={
            "message_id": stale.message_id,
            "thread_id": stale.thread_id,
            "document_ids": [each["document_id"] for each in stale.documents],
            "verdict": verdict,
        },
        conversation_id=stale.thread_id,
    )


def _even(text: str) -> str:
    return " ".join(text.split())


def _gone(resting: RestingOn, document: DocumentNow, lost: list[str]) -> dict[str, Any]:
    cited = next(c for c in resting.citations if c.document_id == document.id)
    source = resting.sources[cited.source - 1] if cited.source <= len(resting.sources) else {}
    return {
        "document_id": document.id,
        "title": document.title or source.get("title") or "",
        "url": document.url or source.get("url"),
        "change": "changed" if document.text else "removed",
        "quotes": [shortened(quote, _QUOTE_CHARACTERS) for quote in lost],
    }


def _stored(answer: Answer, turn: Turn) -> dict[str, Any]:
    titles = {passage.document_id: passage.title for passage in turn.retrieved}
    return {
        "answered": answer.answered,
        "answer": shortened(answer.text, _ANSWER_CHARACTERS),
        "confidence": round(answer.confidence, 4),
        "model": answer.model,
        "citations": [
            {
                "document_id": each.document_id,
                "title": titles.get(each.document_id, ""),
                "url": each.url,
                "quote": shortened(each.quote, _QUOTE_CHARACTERS),
            }
            for each in answer.citations
        ],
    }

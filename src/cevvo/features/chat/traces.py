"""Why an answer is what it is: kept with it when it is made, in a few hundred bytes.

A trace names passages and has numbers. It has no text of a document or of a prompt; of the prompt
it has a hash, by which two answers can be told to have been made from the same. The question as it
was searched for is the one in the turn. It goes with its message.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from cevvo.domain.answers import Answer
from cevvo.domain.documents import Passage
from cevvo.domain.ids import WorkspaceId
from cevvo.engine.answering.calibration import Signals
from cevvo.engine.answering.citations import page_url
from cevvo.engine.retrieval.candidates import Candidate
from cevvo.features.chat.turns import Ask, Turn
from cevvo.foundation.db.tables import message_traces
from cevvo.providers.search.base import Filters

_CANDIDATES = 16
_TITLE_CHARACTERS = 200
_URL_CHARACTERS = 500
_INSERT = insert(message_traces)


def trace_of(turn: Turn, answer: Answer) -> dict[str, Any]:
    """What can be said of an answer that was searched for."""
    used = {passage.chunk_id: place for place, passage in enumerate(turn.retrieved, 1)}
    signals = None if answer.signals is None else Signals.from_dict(answer.signals)
    calibration = turn.calibration
    return {
        "searched_for": turn.searched_for,
        "source_ids": None if turn.ask.source_ids is None else list(turn.ask.source_ids),
        "language": turn.ask.filters.language,
        "metadata": dict(turn.ask.filters.metadata),
        "requested_model": turn.ask.model[:_TITLE_CHARACTERS],
        "model": answer.model,
        "degraded": answer.degraded,
        "cached": answer.cached,
        "prompt_hash": answer.prompt_hash,
        "candidates": [
            _candidate(each, used.get(each.passage.chunk_id), answer)
            for each in turn.candidates[:_CANDIDATES]
        ],
        "signals": None if signals is None else _rounded(signals.to_dict()),
        "answerable": None if signals is None else round(calibration.answerable(signals), 4),
        "right": None if signals is None else round(calibration.right(signals), 4),
        "least_answerable": round(calibration.least_answerable, 4),
        "least_confidence": round(calibration.least_confidence, 4),
        "timings": turn.stages | {"total_ms": turn.response_ms or turn.elapsed_ms()},
    }


def _candidate(candidate: Candidate, place: int | None, answer: Answer) -> dict[str, Any]:
    passage = candidate.passage
    url = page_url(passage)
    return {
        "document_id": passage.document_id,
        "source_id": passage.source_id,
        "title": passage.title[:_TITLE_CHARACTERS],
        "heading": passage.heading_path[-1][:_TITLE_CHARACTERS] if passage.heading_path else None,
        "url": None if url is None or len(url) > _URL_CHARACTERS else url,
        "start": passage.span.start,
        "end": passage.span.end,
        "lexical": None if candidate.lexical is None else round(candidate.lexical, 3),
        "lexical_rank": candidate.lexical_rank,
        "dense": None if candidate.dense is None else round(candidate.dense, 4),
        "dense_rank": candidate.dense_rank,
        "fused": round(candidate.fused, 4),
        "fused_rank": candidate.fused_rank,
        "score": round(candidate.score, 4),
        "rank": candidate.rank,
        "evidence_rank": place,
        "cited": _is_cited(passage, answer),
    }


def _is_cited(passage: Passage, answer: Answer) -> bool:
    return any(
        citation.document_id == passage.document_id
        and passage.span.start < citation.span.end
        and citation.span.start < passage.span.end
        for citation in answer.citations
    )


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


def keep_trace(connection: Connection, turn: Turn, answer: Answer) -> None:
    """Store it with its message."""
    written = json.dumps(trace_of(turn, answer), ensure_ascii=False, separators=(",", ":"))
    connection.execute(
        _INSERT,
        {
            "message_id": turn.message_id,
            "workspace_id": turn.workspace,
            "trace": zlib.compress(written.encode("utf-8", "surrogatepass"), 9),
        },
    )


def find_trace(
    connection: Connection, workspace: WorkspaceId, message_id: str
) -> dict[str, Any] | None:
    """As ``trace_of`` made it; None where there is none."""
    packed: bytes | None = connection.execute(
        select(message_traces.c.trace).where(
            message_traces.c.workspace_id == workspace, message_traces.c.message_id == message_id
        )
    ).scalar()
    return None if packed is None else unpacked(packed)


def unpacked(packed: bytes) -> dict[str, Any]:
    """A trace as ``trace_of`` made it, of what ``keep_trace`` stored."""
    found: dict[str, Any] = json.loads(zlib.decompress(packed).decode("utf-8", "surrogatepass"))
    return found


def asked_again(question: str, trace: Mapping[str, Any] | None) -> Ask:
    """The question of a reply with this trace as it is asked again: as a test, of the same sources
    and documents.

    A source that is gone has nothing to say: what was asked of it alone finds nothing. A reply
    without a trace does not say what it was asked of: then it is everything.
    """
    if trace is None:
        return Ask(question, test=True)
    source_ids = None if trace["source_ids"] is None else tuple(trace["source_ids"])
    filters = Filters(trace["language"], tuple(trace["metadata"].items()))
    return Ask(question, source_ids=source_ids, filters=filters, test=True)

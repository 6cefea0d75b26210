"""Every page and every total is what a plain loop over the same turns finds, by each way to it."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert

from cevvo.domain.access import Visitor
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.conversations import listing
from cevvo.features.conversations.filters import ConversationFilter
from cevvo.features.conversations.listing import list_conversations, list_ids
from cevvo.foundation.db import message_search
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import conversations, messages
from features.analytics.generated_turns import DAY, NOW, Turn, generate
from stores import made, only_on_sqlite

OURS, OTHERS = WorkspaceId("ws_ours"), WorkspaceId("ws_others")
SINCE, UNTIL = Millis(NOW - 30 * DAY), Millis(NOW - 3 * DAY)
FILTERS = [
    *(dict[str, Any](), {"test": False}, {"test": True}, {"escalated": False}, {"escalated": True}),
    *({"since": SINCE}, {"until": UNTIL}, {"since": SINCE, "until": UNTIL}),
    *({"since": SINCE, "until": UNTIL, "test": each} for each in (False, True)),
    *({"since": SINCE, "test": False, "escalated": each} for each in (False, True)),
    *({"resolution": each, "since": SINCE} for each in ("resolved", "unresolved", "confirmed")),
    *({"rating": "negative"}, {"rating": "negative", "test": False, "until": UNTIL}),
    *({"answered": each, "since": SINCE, "until": UNTIL} for each in (True, False)),
    *({"low_confidence": each, "test": False} for each in (True, False)),
    *({"gap": each, "test": False, "since": SINCE} for each in (True, False)),
    *({"gap": each, "question": f"gap_{OURS}_0"} for each in (True, False)),
    *({"question": f"gap_{OURS}_0"}, {"question": f"gap_{OURS}_3", "since": SINCE}),
    *({"words": each, "since": SINCE} for each in ("balloon", "Nr", "nr 17", "nowhere")),
    *({"words": "balloon", "test": False}, {"words": "o", "rating": "positive"}),
]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with made(tmp_path_factory.mktemp("listing")) as opened:
        yield opened


@pytest.fixture(scope="module")
def threads(db: Database) -> dict[str, list[Turn]]:
    """The turns of each conversation of ours that exists."""
    store(db, generate(db, OTHERS, seed=2, conversations=60))
    return store(db, generate(db, OURS, seed=8, conversations=400))


def store(db: Database, turns: list[Turn]) -> dict[str, list[Turn]]:
    found = defaultdict(list)
    for turn in turns:
        if turn.answer_id is not None:
            found[turn.conversation_id].append(turn)
    threads = dict(found)

    def write(connection: Connection) -> None:
        rows = [row_of(thread, of_it) for thread, of_it in threads.items()]
        connection.execute(insert(conversations), rows)
        connection.execute(
            insert(messages),
            [
                {
                    "id": turn.answer_id,
                    "workspace_id": turn.workspace_id,
                    "conversation_id": thread,
                    "position": 2 * place + 1,
                    "role": "assistant",
                    "content": words_of(turn),
                    "created_at": turn.asked_at,
                    "status": "complete",
                }
                for thread, of_it in threads.items()
                for place, turn in enumerate(of_it)
            ],
        )

    db.write_now(write)
    return threads


def row_of(thread: str, turns: list[Turn]) -> dict[str, Any]:
    return {
        "id": thread,
        "workspace_id": turns[0].workspace_id,
        "title": "?",
        "visitor_id": f"vis_{len(thread) % 2}",
        "created_at": turns[0].asked_at,
        "updated_at": turns[-1].asked_at + 1,
        "escalated_at": turns[0].asked_at if turns[0].escalated else None,
    }


def words_of(turn: Turn) -> str:
    said = "The Balloon lands" if turn.answered else "A zeppelin"
    return f"{said}, nr {turn.id.rsplit('_', 2)[1]}"


def plainly(threads: dict[str, list[Turn]], wanted: dict[str, Any]) -> list[str]:
    """The ids, latest first."""
    found = [thread for thread, turns in threads.items() if holds(turns, wanted)]
    return sorted(found, key=lambda id: (threads[id][-1].asked_at, id), reverse=True)


def holds(turns: list[Turn], wanted: dict[str, Any]) -> bool:
    words = wanted.get("words")
    if words is not None and not any(words.lower() in words_of(t).lower() for t in turns):
        return False
    if wanted.get("escalated", turns[0].escalated) is not turns[0].escalated:
        return False
    if wanted.get("test", turns[0].is_test) is not turns[0].is_test:  # all of a thread alike
        return False
    since, until = wanted.get("since", 0), wanted.get("until", NOW + DAY * 365)
    within = [turn for turn in turns if since <= turn.asked_at < until]
    if "question" in wanted:
        within = [turn for turn in within if turn.cluster_id == wanted["question"]]
    if "resolution" in wanted:
        within = [t for t in within if t.kind == "question" and not t.is_test][-1:]
        within = [t for t in within if wanted["resolution"] in outcomes(t)]
    if "answered" in wanted:
        within = [t for t in within if t.kind == "question" and t.answered is wanted["answered"]]
    if "gap" in wanted:
        within = [t for t in within if t.kind == "question" and is_gap(t) is wanted["gap"]]
    if "rating" in wanted:
        within = [turn for turn in within if turn.rating == wanted["rating"]]
    if "low_confidence" in wanted:
        known = [turn for turn in within if turn.confidence is not None]
        within = [t for t in known if (t.confidence or 0) < 0.5 if wanted["low_confidence"]] or [
            t for t in known if (t.confidence or 0) >= 0.5 and not wanted["low_confidence"]
        ]
    return bool(within)


def is_gap(turn: Turn) -> bool:
    if turn.is_test or turn.off_topic or turn.confidence is None:
        return False
    return not turn.answered or (turn.rating == "negative" and turn.confidence < 0.5)


def outcomes(turn: Turn) -> set[str]:
    against = turn.rating == "negative" or turn.rephrased or turn.escalated or turn.returned
    if not turn.answered or against:
        return {"unresolved"}
    return {"resolved", "confirmed"} if turn.rating == "positive" else {"resolved"}


def listed(
    db: Database,
    wanted: dict[str, Any],
    offset: int = 0,
    limit: int = 20,
    visitor: Visitor | None = None,
) -> Any:
    chosen = ConversationFilter(**wanted)
    found = db.read_now(
        lambda c: list_conversations(c, OURS, chosen, visitor=visitor, offset=offset, limit=limit)
    )
    return [each.id for each in found.conversations], found.total, found.searched


@pytest.mark.parametrize(
    "newest", [0, 40, 1000], ids=["among all", "among some", "among the newest"]
)
@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_a_page_and_its_total(
    db: Database,
    threads: dict[str, list[Turn]],
    wanted: dict[str, Any],
    newest: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "_NEWEST", newest)
    expected = plainly(threads, wanted)
    assert expected or wanted.get("words") == "nowhere"
    for offset in (0, 20, len(expected) - 1, len(expected)):
        if offset >= 0:
            page = expected[offset : offset + 20]
            assert listed(db, wanted, offset) == (page, len(expected), None)
    every = db.read_now(lambda c: list_ids(c, OURS, ConversationFilter(**wanted)))
    assert every == expected


@pytest.mark.parametrize("wanted", [{}, {"since": SINCE, "test": False}, {"rating": "negative"}])
def test_a_visitors_own(
    db: Database, threads: dict[str, list[Turn]], wanted: dict[str, Any]
) -> None:
    expected = [id for id in plainly(threads, wanted) if len(id) % 2]
    assert listed(db, wanted, visitor=Visitor("vis_1"))[:2] == (expected[:20], len(expected))


def test_words_that_are_said_everywhere_are_read_for_in_the_newest(
    db: Database, threads: dict[str, list[Turn]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "READ_FOR_WORDS", 50)
    monkeypatch.setattr(message_search, "_FEW", 30)
    for words, more in (("balloon", {}), ("a", {"test": False}), ("nr", {"since": SINCE})):
        newest = plainly(threads, more)[:50]
        expected = [id for id in newest if holds(threads[id], {"words": words})]
        assert listed(db, {"words": words, **more}) == (expected[:20], len(expected), 50)
    few = plainly(threads, {"rating": "negative", "test": True})
    assert 0 < len(few) <= 50
    expected = [id for id in few if holds(threads[id], {"words": "o"})]
    found = listed(db, {"words": "o", "rating": "negative", "test": True}, limit=100)
    assert found == (expected, len(expected), None)  # all of them were read
    assert listed(db, {"words": "nr 17"})[2] is None


@only_on_sqlite("how its planner reads these queries")
@pytest.mark.parametrize(
    ("wanted", "plan"),
    [
        ({"test": True}, "ix_turns_tests (workspace_id=?)"),
        ({"rating": "negative"}, "COVERING INDEX ix_turns_rated (workspace_id=? AND rating=?)"),
        ({"escalated": True}, "ix_conversations_escalated (workspace_id=?)"),
        *(
            (
                {"since": SINCE, "until": UNTIL, "test": False, **told},
                "turns USING COVERING INDEX ix_turns_figures",
            )
            for told in (
                {},
                {"resolution": "resolved"},
                {"answered": True},
                {"low_confidence": True},
                {"model": "extractive"},
                {"question": "gap_1"},
            )
        ),
    ],
    ids=str,
)
def test_they_are_counted_from_an_index(db: Database, wanted: dict[str, Any], plan: str) -> None:
    statements: list[tuple[str, Any]] = []

    def explained(connection: Connection) -> str:
        def note(_c: object, _k: object, statement: str, parameters: Any, *_: object) -> None:
            statements.append((statement, parameters))

        event.listen(db.engine, "before_cursor_execute", note)
        list_conversations(connection, OURS, ConversationFilter(**wanted), offset=0, limit=20)
        event.remove(db.engine, "before_cursor_execute", note)
        statement, parameters = next(each for each in statements if "count(" in each[0])
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return "; ".join(row[3] for row in rows)

    assert plan in db.read_now(explained)

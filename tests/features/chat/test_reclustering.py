"""Clusters anew: the same whatever they were before, and ids stay where the questions do."""

import random
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, select, update

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.analytics.figures import questions
from cevvo.features.chat.clusters import QuestionClusters
from cevvo.features.chat.reclustering import rebuild
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import question_clusters, turns
from features.analytics.generated_turns import DAY, NOW, conversation
from features.chat.chat_room import OURS

MODEL = "test-model"
EVER = (Millis(0), Millis(NOW + 999 * DAY))


def near(chance: random.Random, meaning: int) -> Any:
    vector = 4 * np.eye(1, 16, meaning)[0] + [chance.gauss(0, 0.6) for _ in range(16)]
    return (vector / np.linalg.norm(vector)).astype("<f2")


@pytest.fixture
def asked(db: Database) -> None:
    """Eighty questions of eight meanings, in the clusters that they founded as they came."""
    chance, clusters = random.Random(3), QuestionClusters(16, MODEL)
    drawn = [turn for n in range(60) for turn in conversation(chance, OURS, n)]
    kept = [turn for turn in drawn if turn.kind == "question" and not turn.is_test][:80]
    for turn in sorted(kept, key=lambda t: t.asked_at):
        vector, at = near(chance, chance.randrange(8)), Millis(turn.asked_at)
        turn.vector, turn.standalone = vector.tobytes(), "Words?"
        turn.cluster_id = None

        def store(c: Any, turn: Any = turn, vector: Any = vector, at: Millis = at) -> None:
            turn.cluster_id = clusters.assign(c, OURS, vector.astype("<f4"), at)
            c.execute(insert(turns).values(asdict(turn)))

        db.write_now(store)


def members(db: Database) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    rows = db.read_now(lambda c: list(c.execute(select(turns.c.id, turns.c.cluster_id))))
    for turn, cluster in rows:
        found.setdefault(cluster, set()).add(turn)
    return found


def test_what_came_in_order_stays_as_it_is(db: Database, asked: None) -> None:
    before = members(db)
    rebuilt = db.write_now(lambda c: rebuild(c, OURS))
    assert (rebuilt.moved, rebuilt.before, rebuilt.questions) == (0, rebuilt.after, 80)
    assert members(db) == before


def test_the_result_is_the_same_whatever_there_was(db: Database, asked: None) -> None:
    right, counted = members(db), db.read_now(lambda c: questions(c, OURS, *EVER))
    ids, chance = list(right), random.Random(1)

    def disturb(connection: Any) -> None:
        in_order = select(turns.c.id).order_by(turns.c.asked_at)
        for turn in connection.execute(in_order).scalars().all():
            if chance.random() < 0.3:
                change = update(turns).where(turns.c.id == turn)
                connection.execute(change.values(cluster_id=chance.choice(ids)))

    db.write_now(disturb)
    assert db.read_now(lambda c: questions(c, OURS, *EVER)) != counted
    assert db.write_now(lambda c: rebuild(c, OURS)).moved > 10
    after = members(db)
    assert {frozenset(each) for each in after.values()} == {frozenset(e) for e in right.values()}
    great = {id: each for id, each in right.items() if len(each) >= 5}
    assert len(great) >= 4
    assert great.items() <= after.items()  # and under the same ids
    found = db.read_now(lambda c: questions(c, OURS, *EVER))
    assert sorted(found.values()) == sorted(counted.values())
    assert db.write_now(lambda c: rebuild(c, OURS)).moved == 0
    of = question_clusters.c
    rows = db.read_now(lambda c: list(c.execute(select(of.id, of.size, of.revision))))
    assert {row.id: row.size for row in rows if row.size} == {i: len(e) for i, e in after.items()}
    assert {row.id for row in rows} >= set(ids)  # no row goes: others may point to it


def test_a_question_without_words_goes_where_its_cluster_went(db: Database, asked: None) -> None:
    id, most = max(members(db).items(), key=lambda item: len(item[1]))
    wordless, *apart = sorted(most)[: len(most) // 3]

    def split(connection: Any) -> None:
        row = {"workspace_id": OURS, "size": 1, "revision": 999, "created_at": 1, "model": MODEL}
        empty = insert(question_clusters).values(id="gap_apart", mean=bytes(64), **row)
        connection.execute(empty)
        moved = update(turns).where(turns.c.id.in_([wordless, *apart]))
        connection.execute(moved.values(cluster_id="gap_apart"))
        gone = update(turns).where(turns.c.id == wordless)
        connection.execute(gone.values(vector=None, standalone=None))

    db.write_now(split)
    db.write_now(lambda c: rebuild(c, OURS))
    assert wordless in members(db)[id]
    assert "gap_apart" not in members(db)


def test_a_question_without_words_moves_once(db: Database) -> None:
    """The first group loses to the second, which goes into the third."""
    chance = random.Random(4)
    turn = conversation(chance, OURS, 0)[0]
    held = [("gap_a", 0)] * 3 + [("gap_b", 0)] * 4 + [("gap_b", 1)] * 6 + [("gap_c", 1)] * 7

    def store(connection: Any) -> None:
        row = {"workspace_id": OURS, "size": 1, "revision": 1, "model": MODEL, "mean": bytes(64)}
        ids = [{**row, "id": f"gap_{name}", "created_at": n} for n, name in enumerate("abc")]
        connection.execute(insert(question_clusters), ids)
        asked = {**asdict(turn), "kind": "question", "is_test": False}
        for number, (id, meaning) in enumerate([*held, ("gap_a", None), ("gap_b", None)]):
            vector = None if meaning is None else np.eye(1, 16, meaning, dtype="<f2").tobytes()
            its = {"id": f"turn_{number}", "conversation_id": f"thr_{number}", "asked_at": number}
            connection.execute(
                insert(turns).values(asked | its | {"cluster_id": id, "vector": vector})
            )

    db.write_now(store)
    db.write_now(lambda c: rebuild(c, OURS))
    assert {len(held): "gap_b", len(held) + 1: "gap_c"} == {
        int(turn.removeprefix("turn_")): id
        for id, those in members(db).items()
        for turn in those
        if turn in (f"turn_{len(held)}", f"turn_{len(held) + 1}")
    }


def test_a_workspace_without_questions(db: Database) -> None:
    assert db.write_now(lambda c: rebuild(c, WorkspaceId("ws_others"))).questions == 0

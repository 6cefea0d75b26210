"""Questions that were asked, brought to another embedding model: never two models in a cluster."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, select, update

from cevvo.domain.documents import Vector
from cevvo.domain.time import Millis
from cevvo.errors import Conflict
from cevvo.features.chat.clusters import QuestionClusters
from cevvo.features.chat.reclustering import rebuild
from cevvo.features.chat.reembedding import reembed_questions
from cevvo.features.chat.repository import previous_turn
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import question_clusters, turns
from cevvo.providers.embedding.base import PassageVectors
from features.chat.chat_room import OURS

OLD, NEW = "old-model", "new-model"
MEANINGS = ("sleep", "mail", "pay")


class NewModel:
    """Six numbers; what ends with the same word means the same."""

    model_id = NEW
    dimensions = 6
    max_tokens = 100

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.read: list[str] = []
        self._meanwhile = meanwhile

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_query(self, text: str) -> Vector:
        if not self.read:
            self._meanwhile()
        self.read.append(text)
        vector: Vector = np.eye(1, 6, MEANINGS.index(text.split()[-1]), dtype=np.float32)[0]
        return vector

    def embed_passages(self, passages: object) -> list[PassageVectors]:
        raise NotImplementedError


def old_vector(meaning: int) -> Vector:
    vector: Vector = np.eye(1, 8, meaning, dtype=np.float32)[0]
    return vector


def ask(db: Database, number: int, meaning: int, *, old_meaning: int | None = None) -> None:
    """A question of the first model, in a thread of its own."""
    vector = old_vector(meaning if old_meaning is None else old_meaning)

    def store(connection: Any) -> None:
        cluster = QuestionClusters(8, OLD).assign(connection, OURS, vector, Millis(number))
        row = {
            "id": f"turn_{number}",
            "workspace_id": OURS,
            "conversation_id": f"thr_{number}",
            "asked_at": number,
            "kind": "question",
            "standalone": f"Question {number} about {MEANINGS[meaning]}",
            "vector": vector.astype("<f2").tobytes(),
            "answered": True,
            "rephrased": False,
            "escalated": False,
            "off_topic": False,
            "cluster_id": cluster,
            "is_test": False,
        }
        connection.execute(insert(turns).values(row))

    db.write_now(store)


def bring_over(db: Database, model: NewModel | None = None) -> int:
    return asyncio.run(reembed_questions(db, model or NewModel(), lambda *_: None))


def clusters(db: Database) -> dict[str, Any]:
    found = db.read_now(lambda c: list(c.execute(select(question_clusters))))
    return {row.id: row for row in found}


def members(db: Database) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in db.read_now(lambda c: list(c.execute(select(turns)))):
        found.setdefault(row.cluster_id, set()).add(row.id)
    return found


@pytest.fixture
def asked(db: Database) -> None:
    """Two questions that the first model takes for one, and one that is apart."""
    for number, meaning in enumerate((0, 1, 0)):
        ask(db, number, meaning)
    ask(db, 3, 2, old_meaning=1)


def test_questions_are_gathered_by_the_new_model(db: Database, asked: None) -> None:
    before = members(db)
    assert sorted(map(len, before.values())) == [2, 2]
    assert bring_over(db) == 4
    after = members(db)
    assert sorted(after.values(), key=sorted) == [{"turn_0", "turn_2"}, {"turn_1"}, {"turn_3"}]
    assert len(set(before) & set(after)) == 2  # ids stay where most of the questions do
    for id, row in clusters(db).items():
        assert row.model == NEW
        assert row.size == len(after.get(id, ()))
        assert len(np.frombuffer(row.mean, "<f4")) == 6
    for row in db.read_now(lambda c: list(c.execute(select(turns)))):
        assert len(np.frombuffer(row.vector, "<f2")) == 6
    assert bring_over(db) == 0


def test_a_question_of_the_new_model_finds_no_cluster_of_the_old(db: Database, asked: None) -> None:
    new = QuestionClusters(6, NEW)
    vector = NewModel().embed_query("about sleep")
    found = db.write_now(lambda c: new.assign(c, OURS, vector, Millis(9)))
    assert found not in members(db)
    with pytest.raises(Conflict, match="cevvo reembed --finish"):
        db.write_now(lambda c: rebuild(c, OURS))
    bring_over(db)
    again = db.write_now(lambda c: new.assign(c, OURS, vector, Millis(10)))
    assert again in members(db)  # with the questions that were asked before
    old = QuestionClusters(8, OLD)
    apart = db.write_now(lambda c: old.assign(c, OURS, old_vector(0), Millis(11)))
    assert apart not in members(db)


def test_what_is_asked_meanwhile_is_counted(db: Database, asked: None) -> None:
    model = NewModel(lambda: ask(db, 7, 0))
    assert bring_over(db, model) >= 5
    assert {"turn_0", "turn_2", "turn_7"} in members(db).values()
    assert {row.model for row in clusters(db).values()} == {NEW}


def test_it_goes_on_where_it_was(db: Database, asked: None) -> None:
    class Killed(NewModel):
        def embed_query(self, text: str) -> Vector:
            if len(self.read) == 3:
                raise KeyboardInterrupt
            return super().embed_query(text)

    with pytest.raises(KeyboardInterrupt):
        bring_over(db, Killed())
    assert {row.model for row in clusters(db).values()} == {OLD, NEW}
    for id, row in clusters(db).items():
        size = len(np.frombuffer(row.mean, "<f4"))
        of_it = select(turns.c.vector).where(turns.c.cluster_id == id)
        vectors = db.read_now(lambda c, of_it=of_it: c.execute(of_it).scalars().all())  # type: ignore[misc]
        assert {len(vector) for vector in vectors} == {2 * size}
    model = NewModel()
    assert bring_over(db, model) == len(model.read) == 2
    assert {row.model for row in clusters(db).values()} == {NEW}


def test_a_cluster_without_questions_changes_too(db: Database) -> None:
    ask(db, 0, 0)
    nothing = update(turns).values(vector=None, standalone=None)
    db.write_now(lambda c: c.execute(nothing))
    assert bring_over(db) == 0
    [cluster] = clusters(db).values()
    assert (cluster.model, cluster.size) == (NEW, 0)
    assert not np.frombuffer(cluster.mean, "<f4").any()


def test_the_question_before_is_compared_within_a_model_alone(db: Database, asked: None) -> None:
    def before(model: str) -> Any:
        return db.read_now(lambda c: previous_turn(c, OURS, "thr_0", Millis(5), model))

    assert before(OLD).vector.shape == (8,)
    assert before(NEW).vector is None
    bring_over(db)
    assert before(OLD).vector is None
    assert before(NEW).vector.shape == (6,)

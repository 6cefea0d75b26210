"""Turns of some months, drawn from a seed: what chat and feedback would have stored."""

import random
from dataclasses import asdict, dataclass

import numpy as np
from sqlalchemy import Connection, insert

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import question_clusters, turns, workspaces

NOW = Millis(1_773_500_000_000)
DAY = 86_400_000
CLUSTERS = 40


@dataclass
class Turn:
    """A row of ``turns``."""

    id: str
    workspace_id: str
    conversation_id: str
    answer_id: str | None
    asked_at: int
    kind: str
    standalone: str | None
    vector: bytes | None
    answered: bool
    confidence: float | None
    rating: str | None
    rephrased: bool
    escalated: bool
    off_topic: bool
    response_ms: int | None
    first_token_ms: int | None
    cluster_id: str | None
    is_test: bool
    returned: bool


def conversation(chance: random.Random, workspace: WorkspaceId, number: int) -> list[Turn]:
    """One to five turns, minutes apart, somewhere in the last 200 days."""
    at = NOW - int(chance.paretovariate(0.7) * DAY / 4) % (200 * DAY)
    is_test, deleted = chance.random() < 0.05, chance.random() < 0.1
    found = []
    for place in range(chance.choice([1, 1, 1, 2, 2, 3, 5])):
        small_talk, cut_off = chance.random() < 0.15, chance.random() < 0.05
        answered = not cut_off and (small_talk or chance.random() < 0.7)
        cluster = min(int(chance.paretovariate(0.6)) - 1, CLUSTERS - 1)
        response = None if cut_off else chance.randrange(5, 4000)
        counted = not small_talk and not is_test
        vector = np.eye(1, 8, cluster % 8, dtype="<f2").tobytes()
        found.append(
            Turn(
                id=f"turn_{workspace}_{number}_{place}",
                workspace_id=workspace,
                conversation_id=f"{'gone' if deleted else 'thr'}_{workspace}_{number}",
                answer_id=None if deleted else f"msg_{workspace}_{number}_{place}",
                asked_at=at,
                kind="small_talk" if small_talk else "question",
                standalone=None if deleted or small_talk else f"Question {cluster}?",
                vector=None if deleted or small_talk else vector,
                answered=answered,
                confidence=None if cut_off else chance.random(),
                rating=chance.choice([None] * 6 + ["positive", "negative"]),
                rephrased=chance.random() < 0.08,
                escalated=chance.random() < 0.05,
                off_topic=not answered and not cut_off and chance.random() < 0.3,
                response_ms=response,
                first_token_ms=None if response is None else response // 3,
                cluster_id=f"gap_{workspace}_{cluster}" if counted else None,
                is_test=is_test,
                returned=chance.random() < 0.05,
            )
        )
        at += chance.randrange(1, chance.choice([600_000, 600_000, 2 * DAY]))
    return found


def generate(db: Database, workspace: WorkspaceId, *, seed: int, conversations: int) -> list[Turn]:
    """Store the turns of so many conversations in a workspace of their own; all of them."""
    chance = random.Random(seed)
    drawn = [
        turn for number in range(conversations) for turn in conversation(chance, workspace, number)
    ]
    clusters = [
        {
            "id": f"gap_{workspace}_{number}",
            "workspace_id": workspace,
            "mean": np.zeros(8, "<f4").tobytes(),
            "size": 1,
            "revision": number + 1,
            "created_at": number * 7 % 11,
        }
        for number in range(CLUSTERS)
    ]

    def store(connection: Connection) -> None:
        connection.execute(insert(workspaces).values(id=workspace, name=workspace, created_at=0))
        connection.execute(insert(question_clusters), clusters)
        if drawn:
            connection.execute(insert(turns), [asdict(turn) for turn in drawn])

    db.write_now(store)
    return drawn

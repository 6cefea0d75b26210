"""A month of conversations whose figures a plain script counts, too.

    python -m cevvo_evals.month --data ../shared/data --conversations 2000

People of a seed ask public questions (StackFAQ's paraphrases, clinc150's out-of-scope utterances)
over thirty days: they say hello, ask again, rate, ask for a person, come back the next hours or the
next days, and some conversations are tests. Each step goes through what the product does when it
happens: recording, clustering, rating, escalating. The plain count knows nothing of that but which
cluster a question was put into, and whether two questions of a thread are the same again.
"""

import argparse
import asyncio
import gzip
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, insert, select

from cevvo.domain.documents import Vector
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.engine.insight.resolution import SAME_AGAIN_COSINE, asks_again
from cevvo.features.analytics.service import AnalyticsService
from cevvo.features.chat import repository as chat
from cevvo.features.chat.clusters import QuestionClusters
from cevvo.features.conversations.escalations import escalate
from cevvo.features.conversations.repository import append_message, create_conversation
from cevvo.features.feedback.repository import rate
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import turns, workspaces
from cevvo.providers.embedding.minilm import MiniLmEmbedder

WORKSPACE = WorkspaceId("wsp_month")
DAY, HOUR = 86_400_000, 3_600_000
NOW = Millis(1_773_500_000_000)
MONTH = 30 * DAY
_MODEL = "all-MiniLM-L6-v2/int8"


@dataclass
class Said:
    """A question or small talk of the script, and what was done about its answer."""

    thread: str
    person: str | None
    at: int
    words: str | None  # None: small talk
    answered: bool
    took: int
    test: bool
    rating: str | None = None
    escalated: bool = False
    cluster: str | None = None
    turn: str = field(default="")


def script(questions: Sequence[str], conversations: int, seed: int) -> list[Said]:
    """What people say, in the order in which they say it."""
    chance, said = random.Random(seed), []
    people = [f"person_{n}" for n in range(max(conversations // 25, 2))]
    for number in range(conversations):
        at = NOW - chance.randrange(2 * MONTH)
        person = chance.choice(people) if chance.random() < 0.7 else None
        test = chance.random() < 0.05
        words: str | None = None
        for _ in range(chance.choice([1, 1, 1, 2, 2, 3, 4])):
            again = words is not None and chance.random() < 0.2
            if not again:
                # Half of what is asked is one of a few questions, as it is.
                few = chance.random() < 0.5
                words = questions[chance.randrange(min(12, len(questions)))] if few else None
                words = words or chance.choice(questions)
            small_talk = chance.random() < 0.1
            said.append(
                Said(
                    thread=f"thr_{number:06d}",
                    person=person,
                    at=at,
                    words=None if small_talk else words,
                    answered=small_talk or chance.random() < 0.75,
                    took=chance.randrange(20, 4000),
                    test=test,
                    rating=chance.choice([None] * 7 + ["positive", "negative"]),
                    escalated=chance.random() < 0.04,
                )
            )
            at += chance.choice([40_000, 90_000, 400_000, 30 * HOUR])
    return sorted((each for each in said if each.at < NOW), key=lambda each: each.at)


def live(db: Database, said: Sequence[Said], vectors: dict[str, Vector]) -> None:
    """Let it happen, each thing when it does: an answer is rated before anything else is asked."""
    clusters, threads = QuestionClusters(len(next(iter(vectors.values()))), _MODEL), set()

    def happen(connection: Connection, each: Said) -> None:
        opened = None if each.thread not in threads else each.thread
        if opened is None:
            create_conversation(
                connection,
                WORKSPACE,
                each.thread,
                question=each.words or "Hello",
                now=Millis(each.at),
                user_id=each.person,
            )
            threads.add(each.thread)
        position = append_message(
            connection,
            WORKSPACE,
            each.thread,
            message_id=new_id("msg"),
            role="user",
            content=each.words or "Hello",
            now=Millis(each.at),
        )
        vector = None if each.words is None else vectors[each.words]
        if vector is not None and not each.test:
            before = chat.previous_turn(connection, WORKSPACE, each.thread, Millis(each.at), _MODEL)
            if before is not None and before.rating != "positive":
                _mark_if_asked_again(connection, vector, before)
            each.cluster = clusters.assign(connection, WORKSPACE, vector, Millis(each.at))
            chat.mark_returned(connection, WORKSPACE, each.thread, each.cluster, Millis(each.at))
        answer = new_id("msg")
        chat.append_reply(
            connection,
            WORKSPACE,
            each.thread,
            message_id=answer,
            question_position=position,
            text="As the manual says.",
            answer=None,
            record=_record(each, vector),
            now=Millis(each.at),
        )
        if each.rating is not None:
            rate(connection, WORKSPACE, answer, rating=each.rating, comment=None)
        if each.escalated:
            escalate(connection, WORKSPACE, each.thread, reason="A person.", now=Millis(each.at))

    def all_of_it(connection: Connection) -> None:
        row = {"id": WORKSPACE, "name": "Month", "created_at": 0}
        connection.execute(insert(workspaces).values(row))
        for each in said:
            happen(connection, each)

    db.write_now(all_of_it)


def _mark_if_asked_again(connection: Connection, vector: Vector, before: chat.PreviousTurn) -> None:
    if before.vector is not None and asks_again(vector, before.vector):
        chat.mark_rephrased(connection, WORKSPACE, before.id)


def _record(each: Said, vector: Vector | None) -> chat.TurnRecord:
    return chat.TurnRecord(
        kind="small_talk" if each.words is None else "question",
        asked_at=Millis(each.at),
        standalone=each.words,
        vector=vector,
        answered=each.answered,
        confidence=0.8 if each.answered else 0.1,
        off_topic=False,
        response_ms=each.took,
        first_token_ms=each.took // 2,
        cluster_id=each.cluster,
        is_test=each.test,
        signals=None,
        model="extractive",
        handover=None,
    )


def counted_plainly(
    said: Sequence[Said], same_again: Callable[[str, str], bool], days: int
) -> dict[str, Any]:
    """The figures of the last ``days``, by the rules as the documentation words them."""
    real = [each for each in said if not each.test]
    against: set[int] = set()  # answers that something speaks against, by their place
    for place, each in enumerate(real):
        if each.rating == "negative":
            against.add(place)
        earlier = [p for p in range(place) if real[p].thread == each.thread]
        if each.escalated:  # counts against the last question so far
            asked = [p for p in [*earlier, place] if real[p].words is not None]
            against.update(asked[-1:])
        if each.words is None:
            continue
        if earlier:
            last = real[earlier[-1]]
            if last.words and last.rating != "positive" and same_again(each.words, last.words):
                against.add(earlier[-1])
        for p in range(place):
            other = real[p]
            same = other.person is not None and other.person == each.person
            same = same and other.thread != each.thread and other.cluster == each.cluster
            if same and each.at - other.at < DAY and other.rating != "positive":
                against.add(p)
    window = [p for p, each in enumerate(real) if NOW - days * DAY <= each.at < NOW]
    last_question: dict[str, int] = {}
    last_of_cluster: dict[str, dict[str, int]] = defaultdict(dict)
    for p in window:
        if real[p].words is not None:
            last_question[real[p].thread] = p
            last_of_cluster[str(real[p].cluster)][real[p].thread] = p
    resolved = [p for p in last_question.values() if real[p].answered and p not in against]
    confirmed = [p for p in resolved if real[p].rating == "positive"]
    times = sorted(real[p].took for p in window if real[p].words is not None)
    return {
        "total_conversations": len({real[p].thread for p in window}),
        "total_messages": 2 * len(window),
        "resolution_conversations": len(last_question),
        "resolution_rate": round(len(resolved) / len(last_question), 4),
        "confirmed_rate": round(len(confirmed) / len(last_question), 4),
        "avg_response_time_ms": round(sum(times) / len(times)),
        "p50_response_time_ms": times[-(-len(times) // 2) - 1],
        "p95_response_time_ms": times[-(-95 * len(times) // 100) - 1],
        "questions": {
            cluster: (
                len(places),
                sum(real[p].answered and p not in against for p in places.values()),
            )
            for cluster, places in last_of_cluster.items()
        },
    }


def counted_by_the_product(db: Database, days: int) -> dict[str, Any]:
    """The same out of the analytics."""
    service, period = AnalyticsService(db, lambda: NOW), {7: "7d", 30: "30d"}[days]
    overview = asyncio.run(service.overview(WORKSPACE, period))  # type: ignore[arg-type]
    top = asyncio.run(service.top_questions(WORKSPACE, period, 10_000))  # type: ignore[arg-type]
    names = (
        *("total_conversations", "total_messages", "resolution_conversations"),
        *("resolution_rate", "confirmed_rate", "avg_response_time_ms"),
        *("p50_response_time_ms", "p95_response_time_ms"),
    )
    questions = {each.id: (each.count, round(each.resolved_rate * each.count)) for each in top}
    return {name: getattr(overview, name) for name in names} | {"questions": questions}


def compared(folder: Path, said: Sequence[Said], vectors: dict[str, Vector]) -> dict[int, bool]:
    """Print both counts of a week and of the month; whether they are equal."""
    cosines = {words: vector / np.linalg.norm(vector) for words, vector in vectors.items()}

    def same_again(one: str, other: str) -> bool:
        return bool(cosines[one] @ cosines[other] >= SAME_AGAIN_COSINE)

    db, equal = open_database(folder), {}
    try:
        live(db, said, vectors)
        for days in (7, 30):
            plain = counted_plainly(said, same_again, days)
            product = counted_by_the_product(db, days)
            equal[days] = plain == product
            print(f"\nlast {days} days: {len(plain['questions'])} clusters")
            for name in plain:
                if name != "questions":
                    print(f"{name:28}{plain[name]:>10}{product[name]:>10}")
            same = plain["questions"] == product["questions"]
            print(f"{'questions, counts and rates':28}{'equal' if same else 'DIFFERENT':>20}")
        marks = select(turns.c.rephrased, turns.c.returned, turns.c.escalated)
        rows = db.read_now(lambda c: c.execute(marks).all())
        shown = [sum(column) for column in zip(*rows, strict=True)]
        print("\nasked again {}, came back {}, asked for a person {}".format(*shown))
    finally:
        db.close()
    return equal


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--conversations", type=int, default=2000)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    rows = (arguments.data / "stackfaq/queries.jsonl").read_text().splitlines()
    packed = (arguments.data / "clinc150/utterances.jsonl.gz").read_bytes()
    foreign = [json.loads(line) for line in gzip.decompress(packed).decode().splitlines()]
    texts = [json.loads(row)["text"] for row in rows]
    texts += [row["text"] for row in foreign if row["label"] == "oos"]
    chosen = random.Random(arguments.seed).sample(sorted(set(texts)), arguments.questions)
    embedder = MiniLmEmbedder(threads=1)
    vectors = {text: embedder.embed_query(text).astype("<f2").astype(np.float32) for text in chosen}
    said = script(chosen, arguments.conversations, arguments.seed)
    print(f"{len(said):,} questions and answers, {len(chosen)} wordings")
    with tempfile.TemporaryDirectory() as folder:
        equal = compared(Path(folder), said, vectors)
    if not all(equal.values()):
        raise SystemExit("The figures differ.")


if __name__ == "__main__":
    main()

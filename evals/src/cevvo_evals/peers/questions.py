"""What every system is given: documents, questions, and questions that they do not answer."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cevvo_evals.collections import Document, Query, load_collection, rows

_WARM_UP = 20
_ELSEWHERE = {"stackfaq": "squad2_dev_half"}  # which collection asks off topic; else stackfaq


@dataclass(frozen=True, slots=True)
class Given:
    """Documents with titles that no two share; questions, each asked once; questions about other
    things (``off_topic``), and questions about these that no document answers (``near``)."""

    documents: tuple[Document, ...]
    warm_up: tuple[Query, ...]
    alone: tuple[Query, ...]
    together: tuple[Query, ...]
    off_topic: tuple[str, ...]
    near: tuple[str, ...]


def given(data: Path, name: str, documents: int, questions: int, unanswered: int) -> Given:
    """Drawn by a seed: that many documents of a collection, twice that many of the questions all of
    whose documents are among them, and of each kind that many that have no answer.

    Near ones are those that the collection says have none; if it says that of none, those all of
    whose documents were left out.
    """
    chance = random.Random(0)
    collection = load_collection(data / name)
    written = [each for each in collection.documents if each.text.strip()]
    kept = chance.sample(written, min(documents, len(written)))
    ids = {each.id for each in kept}
    inside = [query for query in collection.queries if ids.issuperset(query.relevant)]
    asked = chance.sample(inside, len(inside))
    warm_up, rest = asked[:_WARM_UP], asked[_WARM_UP:][: 2 * questions]
    near = [
        row["text"]
        for row in rows(data / name / "queries.jsonl")
        if not row.get("answerable", True) and row.get("passage") in {*ids, None}
    ] or [query.text for query in collection.queries if ids.isdisjoint(query.relevant)]
    elsewhere = load_collection(data / _ELSEWHERE.get(name, "stackfaq"))
    return Given(
        documents=tuple(Document(each.id, f"{each.title} ({each.id})", each.text) for each in kept),
        warm_up=tuple(warm_up),
        alone=tuple(rest[::2]),
        together=tuple(rest[1::2]),
        off_topic=_drawn([query.text for query in elsewhere.queries], unanswered, chance),
        near=_drawn(near, unanswered, chance),
    )


def _drawn(texts: Sequence[str], most: int, chance: random.Random) -> tuple[str, ...]:
    return tuple(chance.sample(texts, min(most, len(texts))))

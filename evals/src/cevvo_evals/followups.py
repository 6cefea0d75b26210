"""What a thread does to the search for its questions: how much it helps, how much it harms.

    python -m cevvo_evals.followups --data ../shared/data

MTRAG (Katsis et al. 2025, https://arxiv.org/abs/2501.03468): later questions of conversations
with the passages that answer them, as written, with the topic of their thread written out
("standalone"), as chat searches for them ("in thread": the same, leaning on the last answer) and
as rewritten by people where the data has that. All passages are one knowledge base: the pool of
``mtrag_cloud_pool`` and the contexts of ``mtrag_un``. The answers of a thread are the data's.

SQuAD questions need no thread. Each is asked after another question and its answer, about another
article ("other topic") or another paragraph of the same one ("same topic"): how many are rewritten
and what that costs. Its questions were written beside their paragraph, so that some do say "these
rebellions".

Conversations, and articles, are parted in two halves: one was tuned on, the other was not.
"""

import argparse
import asyncio
import hashlib
import json
import random
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cevvo.domain.answers import CitedSource
from cevvo.engine.answering.base import PastTurn
from cevvo.engine.answering.thread.follow_ups import context_of, standalone_question
from cevvo.engine.retrieval.retriever import Context, Retriever
from cevvo.foundation.db.opening import open_database
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.search.configured import search_index
from cevvo_evals.collections import Collection, Document, load_collection, rows
from cevvo_evals.corpus import chunk_names, shown
from cevvo_evals.retrieval import ndcg, recall, store

HALVES = ("tuned on", "unseen")
_DEPTH = 20
_SQUAD_SAMPLE = 300  # questions of each half and sort
_SAYS_NOTHING = re.compile(
    r"^.{0,60}\b(?:sorry|apologi[sz]e|(?:do|does|could|can)(?: not|n't) (?:\w+ )?(?:have|include|"
    r"provide|find|answer|contain))\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Task:
    """A question in its thread. ``rewrite`` is a person's standalone form, where there is one."""

    text: str
    history: tuple[PastTurn, ...]
    relevant: Mapping[str, int]
    half: str
    rewrite: str | None = None


def half_of(key: str) -> str:
    """The half that a conversation (by its first question) or an article (by its title) is in."""
    folded = " ".join(key.lower().split())
    return HALVES[hashlib.sha256(folded.encode()).digest()[0] % 2]


def thread(turns: Iterable[tuple[str, str]]) -> tuple[PastTurn, ...]:
    """Questions and answers, oldest first, as chat keeps them."""
    history: list[PastTurn] = []
    for question, answer in turns:
        sources = () if _SAYS_NOTHING.match(answer) else (CitedSource("", None, 1.0),)
        standalone = standalone_question(question, history)
        history.append(PastTurn(question, standalone, answer, sources))
    return tuple(history)


def cloud_tasks(folder: Path) -> list[Task]:
    """The judged later questions of ``mtrag_cloud_pool``."""
    collection = load_collection(folder)
    queries = {query.id: query for query in collection.queries}
    conversations: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows(folder / "tasks.jsonl"):
        conversations[row["_id"].split("<")[0]].append(row)
    tasks = []
    for turns in conversations.values():
        turns.sort(key=lambda row: row["turn"])
        half = half_of(turns[0]["text"])
        for number, row in enumerate(turns):
            if number and (query := queries.get(row["_id"])):
                past = thread((each["text"], each["answer"]) for each in turns[:number])
                tasks.append(Task(row["text"], past, query.relevant, half, query.text))
    return tasks


def un_tasks(folder: Path) -> tuple[list[Task], list[Document]]:
    """The later questions of ``mtrag_un`` that have contexts, and all contexts."""
    tasks, contexts = [], {}
    for row in rows(folder / "tasks.jsonl"):
        for each in row["contexts"]:
            contexts[each["id"]] = Document(each["id"], each["title"].strip(), each["text"].strip())
        said = [turn["text"] for turn in row["turns"]]
        if row["contexts"] and len(said) > 1:
            past = thread(zip(said[:-1:2], said[1::2], strict=True))
            relevant = {each["id"]: 1 for each in row["contexts"]}
            tasks.append(Task(said[-1], past, relevant, half_of(said[0])))
    return tasks, list(contexts.values())


def squad_tasks(collection: Collection, folder: Path, *, same_topic: bool) -> list[Task]:
    """Questions that need no thread, each after one about something else."""
    documents = {document.id: document for document in collection.documents}
    asked: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in rows(folder / "queries.jsonl"):
        if row["answerable"]:
            title = documents[row["passage"]].title
            asked[half_of(title)][title].append(row)
    chance = random.Random(0)
    tasks = []
    for half, articles in asked.items():
        everything = [(title, row) for title, each in articles.items() for row in each]
        for title, row in chance.sample(everything, min(_SQUAD_SAMPLE, len(everything))):
            before = [
                other
                for name, other in everything
                if (name == title) == same_topic and other["passage"] != row["passage"]
            ]
            past = chance.choice(before)
            answer = _sentence(documents[past["passage"]].text, past["starts"][0])
            tasks.append(
                Task(row["text"], thread([(past["text"], answer)]), {row["passage"]: 1}, half)
            )
    return tasks


def _sentence(text: str, offset: int) -> str:
    start = text.rfind(". ", 0, offset) + 2 if ". " in text[:offset] else 0
    end = text.find(". ", offset)
    return text[start : end + 1 if end >= 0 else None]


Form = tuple[str, Context | None]


def forms(task: Task) -> dict[str, Form]:
    """What is searched for, by name."""
    standalone = standalone_question(task.text, task.history)
    result: dict[str, Form] = {
        "as written": (task.text, None),
        "standalone": (standalone, None),
        "in thread": (standalone, context_of(task.text, task.history)),
    }
    if task.rewrite is not None:
        result["rewritten by people"] = (task.rewrite, None)
    return result


def measure(
    collection: Collection, sets: Mapping[str, Sequence[Task]], embedder: Embedder
) -> dict[str, Any]:
    """Each set of tasks, each half of it, each form, over one knowledge base."""
    with tempfile.TemporaryDirectory(prefix="cevvo-evals-") as folder:
        db = open_database(Path(folder))
        try:
            index = search_index(db, embedder.model_id, embedder.dimensions)
            workspace = store(db, index, embedder, collection)
            names = db.read_now(chunk_names)
            retriever = Retriever(index, embedder)

            async def ranked(form: Form) -> list[str]:
                text, context = form
                found = await retriever.retrieve(workspace, text, context=context, limit=_DEPTH)
                return [names[passage.chunk_id] for passage in found.passages]

            async def rankings(tasks: Sequence[Task], what: str) -> list[dict[str, list[str]]]:
                return [
                    {name: await ranked(form) for name, form in forms(task).items()}
                    for task in shown(tasks, what)
                ]

            return {
                name: {
                    half: figures(some, asyncio.run(rankings(some, name)))
                    for half, some in _halves(tasks)
                }
                for name, tasks in sets.items()
            }
        finally:
            db.close()


def _halves(tasks: Sequence[Task]) -> Iterator[tuple[str, list[Task]]]:
    for half in HALVES:
        some = [task for task in tasks if task.half == half]
        if some:
            yield half, some


def figures(
    tasks: Sequence[Task], rankings: Sequence[Mapping[str, Sequence[str]]]
) -> dict[str, Any]:
    """Means over the tasks, by form; of the gap to people's rewrites, the share that is closed."""
    rewritten = sum(standalone_question(task.text, task.history) != task.text for task in tasks)
    result: dict[str, Any] = {
        "questions": len(tasks),
        "rewritten": round(rewritten / len(tasks), 3),
    }
    for form in rankings[0]:
        pairs = [(each[form], task.relevant) for each, task in zip(rankings, tasks, strict=True)]
        result[form] = {
            "ndcg10": _mean(ndcg(ranked, relevant, 10) for ranked, relevant in pairs),
            "recall20": _mean(recall(ranked, relevant, 20) for ranked, relevant in pairs),
            "mrr": _mean(reciprocal_rank(ranked, relevant) for ranked, relevant in pairs),
        }
    people = result.get("rewritten by people")
    if people is not None and people["ndcg10"] > result["as written"]["ndcg10"]:
        written = result["as written"]["ndcg10"]
        closed = (result["in thread"]["ndcg10"] - written) / (people["ndcg10"] - written)
        result["gap_closed"] = round(closed, 2)
    return result


def reciprocal_rank(ranked: Sequence[str], relevant: Mapping[str, int]) -> float:
    """1 over the rank of the first relevant document, 0 if there is none."""
    return next((1 / rank for rank, id in enumerate(ranked, 1) if id in relevant), 0.0)


def _mean(values: Iterable[float]) -> float:
    every = list(values)
    return round(sum(every) / len(every), 3)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--threads", type=int, default=0, help="of the model; 0: one per core")
    arguments = parser.parse_args()
    data: Path = arguments.data
    embedder = MiniLmEmbedder(arguments.threads)
    later, contexts = un_tasks(data / "mtrag_un")
    pool = load_collection(data / "mtrag_cloud_pool")
    known = {document.id for document in pool.documents}
    new = tuple(document for document in contexts if document.id not in known)
    mtrag = replace(pool, name="mtrag", documents=(*pool.documents, *new))
    report = measure(
        mtrag,
        {"mtrag_cloud_pool": cloud_tasks(data / "mtrag_cloud_pool"), "mtrag_un": later},
        embedder,
    )
    squad = load_collection(data / "squad2_dev_half")
    alone = {
        name: squad_tasks(squad, data / "squad2_dev_half", same_topic=same)
        for name, same in (("squad, other topic", False), ("squad, same topic", True))
    }
    report |= measure(squad, alone, embedder)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()

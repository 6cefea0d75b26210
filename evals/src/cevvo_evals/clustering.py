"""How well questions are gathered by meaning, and where the thresholds of insight come from.

    python -m cevvo_evals.clustering --data ../shared/data

Questions of labelled sets come in an order drawn from a seed, as from users. Clusters are scored
by B-cubed precision, recall and F1 (Bagga & Baldwin 1998; Amigó et al. 2009): for each question,
how much of its cluster shares its label, and how much of its label shares its cluster. Purity is
the share of questions whose label is the most frequent one of their cluster. ``wordings`` is a set
of our own: what is asked about a product's documentation, each in three wordings. An
out-of-scope utterance of clinc150 is a label of its own. F0.5 counts precision double: a cluster
of two meanings hides a question, two clusters of one meaning only show it twice.

For off-topic questions two knowledge bases (cloud documentation, encyclopaedia articles) are asked
what they are about, with the passages that would answer it taken out, and what other sets ask.
"""

import argparse
import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from cevvo.domain.documents import Vectors
from cevvo.domain.ids import base62
from cevvo.engine.insight.clustering import Cluster, Clustering
from cevvo.engine.insight.resolution import off_topic_cosine
from cevvo.providers.embedding.base import PassageText
from cevvo.providers.embedding.minilm import MiniLmEmbedder

THRESHOLDS = [round(0.50 + 0.02 * step, 2) for step in range(21)]


@dataclass(frozen=True, slots=True)
class Utterance:
    """A question and what it means."""

    text: str
    label: str


def labelled(folder: Path) -> list[Utterance]:
    """banking77 and clinc150: intents."""
    return [
        Utterance(row["text"], f"oos {number}" if row["label"] == "oos" else row["label"])
        for number, row in enumerate(_lines(folder / "utterances.jsonl"))
    ]


def wordings() -> list[Utterance]:
    """Questions about a product, by what they mean; written for this purpose."""
    rows = _lines(Path(__file__).parent / "questions" / "wordings.jsonl")
    return [Utterance(row["text"], row["label"]) for row in rows]


def paraphrases(folder: Path) -> list[Utterance]:
    """StackFAQ: human paraphrases of 125 questions; ids are ``q<question>-<paraphrase>``."""
    rows = _lines(folder / "queries.jsonl")
    return [Utterance(row["text"], row["_id"].partition("-")[0]) for row in rows]


def clustered(vectors: Vectors, threshold: float) -> list[str]:
    """The cluster of each question, taken in order."""
    clustering = Clustering(vectors.shape[1], threshold)
    ids = []
    for vector in vectors:
        nearest = clustering.nearest(vector)
        cluster = nearest.joined(vector) if nearest else Cluster(base62(8), vector, 1)
        clustering.put(cluster)
        ids.append(cluster.id)
    return ids


def b_cubed(clusters: Sequence[str], labels: Sequence[str]) -> tuple[float, float]:
    """Precision and recall."""
    both = Counter(zip(clusters, labels, strict=True))
    of_cluster, of_label = Counter(clusters), Counter(labels)
    precision = sum(n * n / of_cluster[c] for (c, _), n in both.items()) / len(labels)
    recall = sum(n * n / of_label[label] for (_, label), n in both.items()) / len(labels)
    return precision, recall


def purity(clusters: Sequence[str], labels: Sequence[str]) -> float:
    """The share of questions whose label is the most frequent one of their cluster."""
    most: Counter[str] = Counter()
    for (cluster, _), count in Counter(zip(clusters, labels, strict=True)).items():
        most[cluster] = max(most[cluster], count)
    return sum(most.values()) / len(labels)


def embedded(embedder: MiniLmEmbedder, texts: Iterable[str]) -> Vectors:
    """One row per text, as stored: rounded to float16."""
    return np.stack([embedder.embed_query(t) for t in texts]).astype("<f2").astype(np.float32)


def f_score(precision: float, recall: float, beta: float) -> float:
    """Their weighted harmonic mean; ``beta`` is how many times recall counts."""
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


def sweep(name: str, vectors: Vectors, labels: Sequence[str]) -> dict[float, float]:
    """Print the curve of one set; F0.5 by threshold."""
    print(f"\n{name}: {len(labels)} questions, {len(set(labels))} meanings")
    print("threshold  precision  recall     F1   F0.5  purity  clusters")
    scores = {}
    for threshold in THRESHOLDS:
        clusters = clustered(vectors, threshold)
        precision, recall = b_cubed(clusters, labels)
        f1, scores[threshold] = (f_score(precision, recall, beta) for beta in (1, 0.5))
        print(
            f"{threshold:9.2f}  {precision:9.3f}  {recall:6.3f}  {f1:.3f}  "
            f"{scores[threshold]:.3f}  {purity(clusters, labels):6.3f}  {len(set(clusters)):8}"
        )
    return scores


def again(name: str, vectors: Vectors, labels: Sequence[str]) -> None:
    """Print what a threshold for "asks the same again" finds, and what it takes for it wrongly.

    Wrongly: two questions of different meaning, out of the same set, drawn at random.
    """
    by_label = defaultdict(list)
    for row, label in enumerate(labels):
        by_label[label].append(row)
    same = [pair for rows in by_label.values() for pair in pairwise(rows)]
    other = [(a, b) for a, b in pairwise(range(len(labels))) if labels[a] != labels[b]]
    cosines = [np.array([vectors[a] @ vectors[b] for a, b in pairs]) for pairs in (same, other)]
    print(f"\n{name}: asked again, {len(same)} pairs of one meaning, {len(other)} of two")
    for threshold in (0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90):
        found, wrong = (float((each >= threshold).mean()) for each in cosines)
        print(f"{threshold:9.2f}  found {found:.3f}  wrongly {wrong:.4f}")


def off_topic(folder: Path, embedder: MiniLmEmbedder, foreign: Vectors, seed: int) -> None:
    """Print how far the nearest passage is from what a knowledge base is asked, by its size."""
    chance = random.Random(seed)
    documents, questions = _lines(folder / "corpus.jsonl"), _lines(folder / "queries.jsonl")
    chance.shuffle(documents)
    documents = documents[:2000]
    questions = [question for question in questions if question.get("answerable", True)]
    questions = chance.sample(questions, min(len(questions), 500))
    texts = [PassageText(document["title"], document["text"], ()) for document in documents]
    passages = np.stack([found.vector for found in embedder.embed_passages(texts)])
    own = embedded(embedder, (question["text"] for question in questions)) @ passages.T
    gold = {tuple(row.split("\t")[:2]) for row in (folder / "qrels.tsv").read_text().splitlines()}
    for row, question in enumerate(questions):
        for column, document in enumerate(documents):
            if (question["_id"], document["_id"]) in gold:
                own[row, column] = -1
    others = foreign @ passages.T
    for size in (50, 200, 646, len(documents)):
        print(f"\n{folder.name}, {size} passages: share of questions with none nearer")
        for bound in (0.15, 0.20, 0.25, 0.30, 0.35, off_topic_cosine(size)):
            if bound is not None:
                far = [(c[:, :size].max(axis=1) < bound).mean() for c in (own, others)]
                print(f"{bound:9.2f}  own, answer taken out {far[0]:.3f}  others' {far[1]:.3f}")


def _lines(file: Path) -> list[dict[str, Any]]:
    packed = file.with_name(file.name + ".gz")
    text = gzip.decompress(packed.read_bytes()) if packed.exists() else file.read_bytes()
    return [json.loads(line) for line in text.decode("utf-8").splitlines()]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=2000, help="of each set, at most")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--curves-only", action="store_true", help="leave off-topic questions out")
    arguments = parser.parse_args()
    embedder = MiniLmEmbedder(threads=1)
    curves, everything = [], []
    sets = {
        "banking77": labelled(arguments.data / "banking77"),
        "clinc150": labelled(arguments.data / "clinc150"),
        "stackfaq": paraphrases(arguments.data / "stackfaq"),
        "wordings": wordings(),
    }
    for name, all_of_it in sets.items():
        random.Random(arguments.seed).shuffle(all_of_it)
        utterances = all_of_it[: arguments.questions]
        vectors = embedded(embedder, (utterance.text for utterance in utterances))
        labels = [utterance.label for utterance in utterances]
        everything.append(vectors[:500])
        curves.append(sweep(name, vectors, labels))
        again(name, vectors, labels)
    mean = {threshold: sum(c[threshold] for c in curves) / len(curves) for threshold in THRESHOLDS}
    best = max(mean, key=lambda threshold: mean[threshold])
    print(f"\nbest mean F0.5 {mean[best]:.3f} at {best}")
    if arguments.curves_only:
        return
    for name in ("mtrag_cloud_pool", "squad2_dev_half"):
        off_topic(arguments.data / name, embedder, np.concatenate(everything), arguments.seed)


if __name__ == "__main__":
    main()

"""How well a question is told to be about a topic that an owner has named in a few words.

    python -m cevvo_evals.refusals --data ../shared/data

The names of the intents of clinc150 and banking77 are the topics, their utterances the questions.
Half of the topics is to choose the bounds by, the other half to report. An utterance counts as
wrongly refused also where two intents touch ("card arrival", "card delivery estimate"), so the
truth is better than the figure.
"""

import argparse
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cevvo.engine.answering.topics import Topic, is_about
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo_evals.clustering import Utterance, embedded, labelled

OUT_OF_SCOPE = "oos"  # no topic, but may be refused wrongly


@dataclass(frozen=True, slots=True)
class Refused:
    """``found`` is the share of a topic's questions that are refused, ``wrongly`` the share of
    pairs of a topic and a question about something else."""

    found: float
    wrongly: float


def measured(
    topics: Mapping[str, Topic], utterances: Sequence[Utterance], embedder: MiniLmEmbedder
) -> Refused:
    """Ask every question of every topic."""
    vectors = embedded(embedder, (utterance.text for utterance in utterances))
    hits: dict[bool, list[bool]] = {True: [], False: []}
    for utterance, vector in zip(utterances, vectors, strict=True):
        for label, topic in topics.items():
            hits[utterance.label == label].append(is_about(utterance.text, vector, topic))
    return Refused(*(sum(hits[same]) / len(hits[same]) for same in (True, False)))


def sampled(utterances: Sequence[Utterance], each: int, seed: int) -> list[Utterance]:
    """At most so many of each meaning, drawn."""
    drawn, kept = list(utterances), defaultdict[str, list[Utterance]](list)
    random.Random(seed).shuffle(drawn)
    for utterance in drawn:
        label = utterance.label.split(" ")[0]
        if len(kept[label]) < each:
            kept[label].append(utterance)
    return [utterance for group in kept.values() for utterance in group]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=20, help="of each topic, at most")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    embedder = MiniLmEmbedder(threads=1)
    print("set        half    topics  found  wrongly")
    for name in ("clinc150", "banking77"):
        utterances = sampled(labelled(arguments.data / name), arguments.questions, arguments.seed)
        labels = sorted({utterance.label for utterance in utterances})
        labels = [label for label in labels if not label.startswith(OUT_OF_SCOPE)]
        random.Random(arguments.seed).shuffle(labels)
        for half, chosen in (("tuned", labels[::2]), ("unseen", labels[1::2])):
            names = {label: label.replace("_", " ") for label in chosen}
            topics = {
                label: Topic.of(name, embedder.embed_query(name)) for label, name in names.items()
            }
            refused = measured(topics, utterances, embedder)
            print(f"{name:10} {half:7} {len(topics):6}  {refused.found:.3f}  {refused.wrongly:.4f}")


if __name__ == "__main__":
    main()

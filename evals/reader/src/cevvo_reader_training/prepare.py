"""Makes the training data: ``python -m cevvo_reader_training.prepare --data DIR --output FILE``.

DIR holds the reading sets (see ``examples``); documentation comes from installed packages (see
``documentation``). Everything is drawn by ``--seed``: the same inputs give the same file.

The data is a number of rounds. Each has all questions once that somebody wrote to have no answer:
those of SQuAD 2.0 (its articles in ``squad2_dev_other19`` but for ``UNTRAINED``) and those of
``evals/reader/questions``, with the answerable ones beside them; and a part of everything else that
no other round has. Training takes as many rounds as there is time for. An example stands in one
batch with those that it is compared with.
"""

import argparse
import gzip
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cevvo.providers.wordpiece import word_pieces
from cevvo_evals.collections import UNTRAINED, UNTRAINED_PACKAGES
from cevvo_reader_training.batches import Examples, encoded
from cevvo_reader_training.documentation import PACKAGES, examples_of, sections_of
from cevvo_reader_training.examples import (
    DOCUMENTATION,
    ELSEWHERE,
    NEAR_MISS,
    NOBODY,
    RULE,
    Example,
    Reading,
    cut,
    read_set,
    sentences,
)
from cevvo_reader_training.lookup import Lookup
from cevvo_reader_training.near_misses import Perturber, names_of, without_answer
from cevvo_reader_training.start import start_weights

ROUNDS = 2
# Groups a round, of each source that is larger than that.
_SPANS, _QAMR, _SENTENCES, _SEARCHES, _SECTIONS = 46_000, 5000, 1200, 600, 3000
# Characters of a text, and how often.
_LENGTHS = ((180, 0.15), (320, 0.2), (700, 0.3), (1500, 0.35))
QUESTIONS = Path(__file__).parents[2] / "questions"
Group = list[Example]


class Sources:
    """Everything that examples are made of, read once."""

    def __init__(self, data: Path, chance: random.Random) -> None:
        self._chance = chance
        spans = [*read_set(data / "squad1_train"), *read_set(data / "squad1_dev_other13")]
        real = list(read_set(data / "squad2_dev_other19"))
        self.real = [each for each in real if each.title not in UNTRAINED]
        self.spans = spans
        self.sentences = list(read_set(data / "selqa_dev_test"))
        self.searches = list(read_set(data / "clapnq_dev"))
        self.qamr = list(read_set(data / "qamr_dev_test"))
        self.readings = [*spans, *self.sentences, *self.searches]
        self.lookup = Lookup([f"{each.title} {each.text}" for each in self.readings])
        self.paragraphs = _asked_of_paragraphs(spans, QUESTIONS / "paragraphs.jsonl.gz")
        chunks = read_set(QUESTIONS / "documentation")
        self.documentation = [
            each for each in chunks if each.id.split("/")[0] not in UNTRAINED_PACKAGES
        ]
        self.chunks = Lookup([f"{each.title} {each.text}" for each in self.documentation])
        packages = PACKAGES.items()
        self.sections = [each for name, folder in packages for each in sections_of(name, folder)]
        names: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for each in (*spans, *self.real):
            names[each.title].update(names_of(each.text))
        kept = {title: [n for n, _ in found.most_common(80)] for title, found in names.items()}
        self.perturber = Perturber(kept, _Alike())

    def negative(self, example: Example) -> Example | None:
        """A passage that the question finds and that does not answer it."""
        answers = {example.text[start:end].casefold() for start, end in example.spans}
        same = self._chance.random() < 0.5
        for number in self.lookup.best(example.question, 12):
            reading = self.readings[number]
            if reading.text == example.text or (reading.title == example.title) != same:
                continue
            if example.exact and any(answer in reading.text.casefold() for answer in answers):
                continue
            return replace(
                example, title=reading.title, text=reading.text, spans=(), sort=ELSEWHERE
            )
        return None

    def unjudged(self, example: Example) -> Example:
        """Another chunk of documentation that the question finds, of which nobody said whether it
        answers: what a reader is given most of the time."""
        found = self.chunks.best(example.question, 5)
        others = [self.documentation[number] for number in found]
        others = [each for each in others if each.text != example.text] or self.documentation
        other = self._chance.choice(others)
        return replace(
            example,
            title=other.title,
            text=other.text,
            spans=(),
            sort=NEAR_MISS,
            judged=NOBODY,
        )


def _asked_of_paragraphs(spans: Sequence[Reading], file: Path) -> list[Reading]:
    """The paragraphs of ``spans`` that ``file`` has questions about, with those as well as two of
    their own. A line is {"passage": id, "questions": [...]}, none of which it answers."""
    known = {each.id: each for each in spans}
    readings = []
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            reading = known[row["passage"]]
            one = reading.examples[0]
            asked = tuple(
                replace(one, question=question, spans=(), sort=NEAR_MISS, source="paragraphs")
                for question in row["questions"]
            )
            readings.append(replace(reading, examples=(*reading.examples[:2], *asked)))
    return readings


class _Alike:
    """Names by how alike their words are in the model's own embedding, which tells a person from
    a country and a country from a year."""

    def __init__(self) -> None:
        self._table = start_weights()["embeddings.word_embeddings.weight"]
        self._known: dict[str, NDArray[np.float32]] = {}

    def _vector(self, name: str) -> NDArray[np.float32]:
        if name not in self._known:
            vector = self._table[word_pieces().encode(name).ids].mean(axis=0)
            self._known[name] = vector / np.linalg.norm(vector)
        return self._known[name]

    def __call__(self, name: str, others: Sequence[str]) -> list[str]:
        if not others:
            return []
        likeness = np.stack([self._vector(other) for other in others]) @ self._vector(name)
        return [others[index] for index in np.argsort(-likeness) if likeness[index] < 0.9]


def span_groups(sources: Sources, chance: random.Random) -> Iterator[Group]:
    """Every answerable question with one negative."""
    positives = [example for each in sources.spans for example in each.examples if example.spans]
    chance.shuffle(positives)
    for example in positives:
        drawn = chance.random()
        kept = _shortened(example, chance)
        negative: Example | None = None
        if drawn < 0.5:
            negative = sources.perturber.perturb(kept, chance)
            negative = negative and replace(negative, judged=RULE)
        if negative is None and drawn < 0.72:
            negative = without_answer(example)
            negative = negative and _shortened(negative, chance)
        if negative is None:
            negative = sources.negative(example)
            negative = negative and _shortened(negative, chance)
            kept, negative = _as_typed(kept, negative, chance)
        yield [kept, negative] if negative else [kept]


def written_groups(sources: Sources, chance: random.Random) -> Iterator[Group]:
    """Questions about one passage, answerable ones with those written to have no answer; two of
    each such group about documentation also with another chunk."""
    for reading in (*sources.real, *sources.paragraphs, *sources.documentation):
        rows = list(reading.examples)
        chance.shuffle(rows)
        good = [each for each in rows if each.spans]
        bad = [each for each in rows if not each.spans]
        while good or bad:
            some = [each.pop() for each in (good, bad) for _ in range(2) if each]
            if some[0].source == DOCUMENTATION:
                some += [sources.unjudged(each) for each in chance.sample(some, min(2, len(some)))]
            yield some


def sentence_groups(
    sources: Sources, readings: Sequence[Reading], chance: random.Random
) -> Iterator[Group]:
    """Questions that a whole sentence answers, each with a passage that does not."""
    rows = [example for each in readings for example in each.examples]
    chance.shuffle(rows)
    for example in rows:
        kept = _shortened(example, chance)
        negative = sources.negative(example) if example.spans else None
        yield [kept, _shortened(negative, chance)] if negative else [kept]


def qamr_groups(sources: Sources, chance: random.Random) -> Iterator[Group]:
    """Questions about one sentence, each with one about another sentence."""
    rows = [example for each in sources.qamr for example in each.examples]
    chance.shuffle(rows)
    for example, other in pairwise(rows):
        group = [example]
        if chance.random() < 0.4:
            group.append(replace(example, text=other.text, spans=(), sort=ELSEWHERE))
        yield group


def section_groups(sources: Sources, chance: random.Random) -> Iterator[Group]:
    """Documentation, see there."""
    groups = list(examples_of(sources.sections, chance))
    chance.shuffle(groups)
    yield from ([replace(each, judged=RULE) for each in group] for group in groups)


def _shortened(example: Example, chance: random.Random) -> Example:
    """With only some of the text's sentences, next to each other, the answer's among them."""
    most = chance.choices([length for length, _ in _LENGTHS], [much for _, much in _LENGTHS])[0]
    if len(example.text) <= most:
        return example
    parts = sentences(example.text)
    span = chance.choice(example.spans) if example.spans else None
    near = [i for i, (start, end) in enumerate(parts) if span and start < span[1] and span[0] < end]
    first = last = near[0] if near else chance.randrange(len(parts))
    last = max(near, default=last)
    while parts[last][1] - parts[first][0] < most:
        if first > 0 and (last == len(parts) - 1 or chance.random() < 0.5):
            first -= 1
        elif last < len(parts) - 1:
            last += 1
        else:
            break
    return cut(example, parts[first][0], parts[last][1])


def _as_typed(
    one: Example, other: Example | None, chance: random.Random
) -> tuple[Example, Example | None]:
    """Now and then as people type into a search field: no question mark, or rarer words only."""
    drawn = chance.random()
    if drawn > 0.3:
        return one, other
    question = one.question.rstrip("?").strip()
    if drawn < 0.1:
        question = " ".join(word for word in question.split() if word.lower() not in _FILLERS)
    if not question:
        return one, other
    return replace(one, question=question), other and replace(other, question=question)


_FILLERS = frozenset([
    "a", "an", "the", "of", "in", "on", "at", "to", "for", "by", "with", "from", "as", "is", "was",
    "were", "are", "be", "been", "did", "do", "does", "has", "have", "had", "what", "which", "who",
    "whom", "whose", "when", "where", "why", "how", "many", "much", "that", "this", "it", "its",
])  # fmt: skip


def rounds(data: Path, seed: int) -> Iterator[Group]:
    """All groups of all rounds, mixed within a round. Raises FileNotFoundError."""
    chance = random.Random(seed)
    sources = Sources(data, chance)
    streams = (
        (_endless(lambda: span_groups(sources, chance)), _SPANS),
        (_endless(lambda: qamr_groups(sources, chance)), _QAMR),
        (_endless(lambda: sentence_groups(sources, sources.sentences, chance)), _SENTENCES),
        (_endless(lambda: sentence_groups(sources, sources.searches, chance)), _SEARCHES),
        (_endless(lambda: section_groups(sources, chance)), _SECTIONS),
    )
    for _ in range(ROUNDS):
        groups = list(written_groups(sources, chance))
        for stream, count in streams:
            groups += [next(stream) for _ in range(count)]
        chance.shuffle(groups)
        yield from groups


def _endless(again: Callable[[], Iterator[Group]]) -> Iterator[Group]:
    while True:
        yield from again()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the reading sets")
    parser.add_argument("--output", type=Path, required=True, help="a .npz file")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    start = time.monotonic()
    sorts: Counter[tuple[str, str]] = Counter()
    chance = random.Random(arguments.seed + 1)

    def counted() -> Iterator[Group]:
        for group in rounds(arguments.data, arguments.seed):
            sorts.update((each.source, each.sort) for each in group)
            yield group

    examples = Examples.of(encoded(group, chance) for group in counted())
    examples.save(arguments.output)
    for (source, sort), count in sorted(sorts.items()):
        print(f"{source:24} {sort:10} {count:7}")
    print(f"{examples.describe()} in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()

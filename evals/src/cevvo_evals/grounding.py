"""Whether the check of sentences keeps what the evidence supports and drops what it does not.

    python -m cevvo_evals.grounding --data ../shared/data

No model writes here: sentences are made by rules (``grounding_sentences``) from SQuAD paragraphs
(with their questions and gold answers) and from saved pages of documentation sites (with their
headings for questions). Each is handed to the check as a model's sentence, with the evidence that
a question would get: its passage and those that share most words with the question. A sentence
with the mark of its passage, one with another mark and one without any must all be kept, and cite
the passage that it comes from.

The thresholds in ``cevvo.engine.answering.support`` were chosen on one half of the documents; the
report has both. Beside it, word overlap alone: the share of a sentence's words that the cited
passage's best sentence has, at the threshold that does best on the first half.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cevvo.domain.documents import Block, ParsedDocument, Passage
from cevvo.engine.answering.base import Question
from cevvo.engine.answering.markup import inert
from cevvo.engine.answering.scoring import read_evidence
from cevvo.engine.answering.sections import section_of
from cevvo.engine.answering.support import THRESHOLDS, SupportFinder, Thresholds
from cevvo.engine.indexing.split import split
from cevvo.engine.retrieval.terms import index_terms
from cevvo.errors import Permanent
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.parsing.html import parse_html
from cevvo_evals.collections import rows
from cevvo_evals.extraction_pages import saved_pages
from cevvo_evals.grounding_sentences import FALSE, TRUE, Sample

PASSAGES = 8
_NO_VECTOR = np.zeros(1, np.float32)


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence with the evidence of its question. ``cited`` are the marks that it carries, the
    passage that it comes from has the number ``origin``."""

    kind: str
    true: bool
    half: int
    question: str
    evidence: tuple[Passage, ...]
    text: str
    cited: tuple[int, ...]
    origin: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A sentence of a passage that answers a question; ``answer`` is the part that does, or
    empty."""

    question: str
    passage: Passage
    unit: int
    answer: str


class Shelf:
    """Passages of several documents. ``group`` of a passage is what it shares its half with."""

    def __init__(self, passages: Sequence[tuple[str, Passage]]) -> None:
        self.group = {id(passage): group for group, passage in passages}
        self.passages = [passage for _, passage in passages]
        self._having: dict[str, list[int]] = defaultdict(list)
        for index, passage in enumerate(self.passages):
            for term in set(index_terms(f"{passage.title} {passage.text}")):
                self._having[term].append(index)

    def evidence(self, asked: Asked) -> list[Passage]:
        """The passage and those that share the rarest words with the question, best first."""
        scores: dict[int, float] = defaultdict(float)
        for term in set(index_terms(asked.question)):
            for index in self._having.get(term, ()):
                scores[index] += 1 / len(self._having[term])
        best = sorted(scores, key=lambda index: (-scores[index], index))[:PASSAGES]
        found = [self.passages[index] for index in best]
        if any(passage is asked.passage for passage in found):
            return found
        return [*found[: PASSAGES - 1], asked.passage]


def passages_of(
    document_id: str, parsed: ParsedDocument, embedder: MiniLmEmbedder
) -> list[Passage]:
    """A document as it is stored and found, without vectors: words are all that is looked at."""
    text, chunks = split(parsed, count_tokens=embedder.count_tokens, max_tokens=embedder.max_tokens)
    return [
        Passage(
            chunk_id=number,
            document_id=document_id,
            source_id="src_1",
            title=parsed.title,
            url=None,
            media_type="text/html",
            heading_path=chunk.heading_path,
            anchor=None,
            page=None,
            span=chunk.span,
            text=text[chunk.span.start : chunk.span.end],
            sentences=chunk.sentences,
            vector=_NO_VECTOR,
            sentence_vectors=np.zeros((len(chunk.sentences), 1), np.float32),
        )
        for number, chunk in enumerate(chunks)
    ]


def squad(folder: Path, embedder: MiniLmEmbedder) -> tuple[Shelf, list[Asked]]:
    """Paragraphs, and the sentences that hold gold answers. An article is a group."""
    shelved: list[tuple[str, Passage]] = []
    by_document: dict[str, list[Passage]] = {}
    for row in rows(folder / "corpus.jsonl"):
        parsed = ParsedDocument(row["title"], (Block("paragraph", row["text"]),))
        by_document[row["_id"]] = passages_of(row["_id"], parsed, embedder)
        shelved += [(row["title"], passage) for passage in by_document[row["_id"]]]
    asked = []
    for row in rows(folder / "queries.jsonl"):
        if not row["answerable"]:
            continue
        start, answer = row["starts"][0], row["answers"][0]
        for passage in by_document[row["passage"]]:
            for index, span in enumerate(passage.sentences):
                if (
                    span.start <= start
                    and start + len(answer) <= span.end
                    and answer in (passage.quote(span))
                ):
                    asked.append(Asked(row["text"], passage, index, answer))
    return Shelf(shelved), asked


def documentation(embedder: MiniLmEmbedder) -> tuple[Shelf, list[Asked]]:
    """Saved pages, and their sentences with what they stand under. A page is a group."""
    shelved: list[tuple[str, Passage]] = []
    asked = []
    for page in saved_pages():
        name = f"{page.generator}/{page.name}"
        try:
            parsed = parse_html(page.content, name=page.name, url=f"https://docs.example/{name}")
        except Permanent:
            continue
        passages = passages_of(name, parsed, embedder)
        shelved += [(name, passage) for passage in passages]
        for passage in passages:
            section = section_of(passage)
            for unit in section.units:
                if unit.kind == "paragraph" and _SENTENCE.fullmatch(unit.text):
                    question = f"{section.heading_of(unit)} {parsed.title}"
                    asked.append(Asked(question, passage, unit.position, ""))
    return Shelf(shelved), asked


_SENTENCE = re.compile(r"[A-Z`][^\n]{40,300}\.")


def cases(
    shelf: Shelf, asked: Sequence[Asked], sample: int, chance: random.Random
) -> Iterator[Case]:
    """Sentences of every kind for ``sample`` questions."""
    some = chance.sample(asked, min(sample, len(asked)))
    halves = {group: n % 2 for n, group in enumerate(sorted(set(shelf.group.values())))}
    for each in some:
        evidence = shelf.evidence(each)
        group = shelf.group[id(each.passage)]
        made = _sample(each, shelf, evidence, chance)
        origin = next(n for n, p in enumerate(evidence, 1) if p is each.passage)
        for true, rules in ((True, TRUE), (False, FALSE)):
            for kind, rule in rules.items():
                text = rule(made, chance)
                if text is None or (text == made.sentence and kind != "as it stands"):
                    continue
                marks: dict[str, tuple[int, ...]] = {kind: (origin,)}
                if kind == "as it stands":
                    marks |= {"wrong mark": (origin % len(evidence) + 1,), "no mark": ()}
                for name, cited in marks.items():
                    yield Case(
                        name,
                        true,
                        halves[group],
                        each.question,
                        tuple(evidence),
                        text,
                        cited,
                        origin,
                    )


def _sample(
    asked: Asked, shelf: Shelf, evidence: Sequence[Passage], chance: random.Random
) -> Sample:
    passage = asked.passage
    units = [passage.quote(span) for span in passage.sentences]
    group = shelf.group[id(passage)]
    shown = {id(each) for each in evidence}
    return Sample(
        sentence=units[asked.unit],
        passage=passage.text,
        title=passage.title,
        question=asked.question,
        following=units[asked.unit + 1] if asked.unit + 1 < len(units) else "",
        answer=asked.answer,
        foreign=_sentence_of(shelf, chance, lambda p: shelf.group[id(p)] != group),
        near=_sentence_of(
            shelf, chance, lambda p: shelf.group[id(p)] == group and id(p) not in shown
        ),
    )


def _sentence_of(shelf: Shelf, chance: random.Random, fits: Callable[[Passage], bool]) -> str:
    for _ in range(200):
        passage = chance.choice(shelf.passages)
        units = [passage.quote(span) for span in passage.sentences]
        sentences = [unit for unit in units if _SENTENCE.fullmatch(unit)]
        if sentences and fits(passage):
            return chance.choice(sentences)
    return ""


# --- what is judged


def kept_by_check(case: Case, thresholds: Thresholds = THRESHOLDS) -> bool:
    """Whether the check keeps it; a true sentence must be cited where it comes from."""
    question = Question(case.question, case.question, _NO_VECTOR)
    evidence = read_evidence(question, case.evidence)
    support = SupportFinder(evidence, case.evidence, thresholds).find(inert(case.text), case.cited)
    if support is None:
        return False
    return not case.true or support.passage is case.evidence[case.origin - 1]


def overlap(case: Case) -> float:
    """The share of the sentence's words that the best sentence of a cited passage has."""
    words = set(re.findall(r"\w+", case.text.casefold()))
    return max(
        (
            len(words & set(re.findall(r"\w+", passage.quote(span).casefold()))) / len(words)
            for number in case.cited
            for passage in (case.evidence[number - 1],)
            for span in passage.sentences
        ),
        default=0.0,
    )

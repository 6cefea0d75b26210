"""Passages and the sentences in them that answer something, for ``cevvo_evals.grounding``."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cevvo.domain.documents import Block, ParsedDocument, Passage
from cevvo.engine.answering.evidence.sections import section_of
from cevvo.engine.indexing.split import split
from cevvo.engine.retrieval.terms import index_terms
from cevvo.errors import Permanent
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.parsing.html import parse_html
from cevvo_evals.collections import rows
from cevvo_evals.extraction_pages import saved_pages

PASSAGES = 8
NO_VECTOR = np.zeros(1, np.float32)
"""Words are all that is looked at here."""
SENTENCE = re.compile(r"[A-Z`][^\n]{40,300}\.")


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
            vector=NO_VECTOR,
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
                if unit.kind == "paragraph" and SENTENCE.fullmatch(unit.text):
                    question = f"{section.heading_of(unit)} {parsed.title}"
                    asked.append(Asked(question, passage, unit.position, ""))
    return Shelf(shelved), asked

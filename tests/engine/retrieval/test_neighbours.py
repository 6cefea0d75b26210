"""What was cut into chunks is found whole: from Markdown to the answer, with the real model."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection

from cevvo.domain.documents import IndexedDocument, Passage
from cevvo.domain.time import Millis
from cevvo.engine.answering.base import Question
from cevvo.engine.answering.citations import is_verbatim
from cevvo.engine.answering.evidence.sections import section_of
from cevvo.engine.answering.extractive.answerer import compose
from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.engine.retrieval.retriever import Retrieved, Retriever
from cevvo.features.sources.documents import Origin, replace_document
from cevvo.foundation.db.opening import open_database
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.parsing.markdown import parse_markdown
from cevvo.providers.parsing.sandbox import SandboxedParser
from cevvo.providers.search.configured import search_index
from search_library import SOURCES, A, B, add_workspaces

DEEDS = [
    *("Open the lid", "Drain the tank", "Clean the filter", "Dry the rotor", "Oil the bearing"),
    *("Check the seal", "Lift the arm", "Turn the wheel", "Press the switch", "Close the valve"),
    *("Fill the hose", "Start the engine"),
]
STEPS = [
    f"{n}. {deed} of the pump with the tool that is marked {n} and wait until it stops."
    for n, deed in enumerate(DEEDS, 1)
]
ROWS = [
    f"| E{n:03} | the sensor number {n} of the boiler reports no heat | {n} |" for n in range(30)
]
CODE = [f"    set_option('boiler.{n}', value={n}, wait=True, retry={n})" for n in range(40)]
PAGES = {
    "Pump": ["## Service", "To service the pump, follow these steps:", "\n".join(STEPS)],
    "Boiler": [
        "## Error codes",
        "| Code | Meaning | Lamp |\n| --- | --- | --- |\n" + "\n".join(ROWS),
        "## Set-up",
        "Every boiler is set up by this script:",
        "```\ndef set_up():\n" + "\n".join(CODE) + "\n```",
    ],
    "Kettle": ["## Start", *(f"```\nkettle start {n}\n{'steam ' * 90}\n```" for n in range(3))],
    "Garden": [f"Roses in bed {n} need water on day {n}.\n\nThey like the sun." for n in range(9)],
}


class Shelf:
    """The pages, split, embedded and stored as ingestion does it."""

    def __init__(self, folder: Path) -> None:
        self.db = open_database(folder)
        add_workspaces(self.db)
        embedder = MiniLmEmbedder(threads=1)
        self.index = search_index(self.db, embedder.model_id, embedder.dimensions)
        self.retriever = Retriever(self.index, embedder)
        pipeline = IndexingPipeline(SandboxedParser(), embedder)
        self.documents: dict[str, IndexedDocument] = {}
        for title, blocks in PAGES.items():
            parsed = parse_markdown("\n\n".join(blocks).encode(), name=title)
            document = asyncio.run(pipeline.index(replace(parsed, title=title)))
            self.documents[title] = document
            self.db.write_now(lambda c, t=title, d=document: self.put(c, t, d))  # type: ignore[misc]
        pipeline.close()

    def put(self, connection: Connection, title: str, document: IndexedDocument) -> None:
        origin = Origin(title, f"https://example.com/{title}", "text/html")
        replace_document(connection, A, self.index, SOURCES[A][0], origin, document, now=Millis(0))

    def ask(self, question: str) -> Retrieved:
        return asyncio.run(self.retriever.retrieve(A, question))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path_factory.mktemp("neighbours"))
    yield shelf
    shelf.db.close()


def chunks_with(document: IndexedDocument, words: str) -> int:
    spans = [chunk.chunk.span for chunk in document.chunks]
    return sum(words in document.text[span.start : span.end] for span in spans)


def check_whole(shelf: Shelf, passage: Passage) -> None:
    """Spans, sentences and vectors fit the document's text."""
    document = shelf.documents[passage.title]
    assert document.text[passage.span.start : passage.span.end] == passage.text
    assert len(passage.sentences) == len(passage.sentence_vectors)
    assert np.linalg.norm(passage.sentence_vectors, axis=1) == pytest.approx(1, abs=0.01)
    ends = [passage.span.start]
    for sentence in passage.sentences:
        assert ends[-1] <= sentence.start < sentence.end <= passage.span.end
        ends.append(sentence.end)


def test_a_list_that_was_cut_is_quoted_whole(shelf: Shelf) -> None:
    assert chunks_with(shelf.documents["Pump"], "of the pump with the tool") > 1
    question = "How do I service the pump?"
    found = shelf.ask(question)
    best = found.passages[0]
    check_whole(shelf, best)
    assert all(step in best.text for step in STEPS)
    assert "follow these steps:" in best.text
    answer, _ = compose(Question(question, question, found.vector), found.passages)
    assert all(step.partition(". ")[2] in answer.text for step in STEPS)
    assert all(is_verbatim(citation, found.passages) for citation in answer.citations)


def test_the_parts_of_what_is_whole_do_not_come_again(shelf: Shelf) -> None:
    passages = [p for p in shelf.ask("How do I service the pump?").passages if p.title == "Pump"]
    assert len(passages) == 1


def test_a_table_that_was_cut_has_its_rows_and_header(shelf: Shelf) -> None:
    assert chunks_with(shelf.documents["Boiler"], "reports no heat") > 1
    best = shelf.ask("What does boiler error E027 mean?").passages[0]
    check_whole(shelf, best)
    assert ROWS[27] in best.text
    assert "| Code | Meaning | Lamp |" in best.text
    assert best.heading_path == ("Error codes",)


def test_code_that_was_cut_is_one_quotation(shelf: Shelf) -> None:
    assert chunks_with(shelf.documents["Boiler"], "set_option") > 1
    best = shelf.ask("Which script sets up every boiler?").passages[0]
    check_whole(shelf, best)
    code = [unit for unit in section_of(best).units if unit.kind == "code"]
    assert [unit.text.count("set_option") for unit in code] == [len(CODE)]


def test_code_blocks_side_by_side_are_not_one(shelf: Shelf) -> None:
    assert chunks_with(shelf.documents["Kettle"], "kettle start") > 1
    best = shelf.ask("kettle start").passages[0]
    check_whole(shelf, best)
    code = [unit.text for unit in section_of(best).units]
    assert [text.count("kettle") for text in code] == [1, 1, 1]


def test_prose_stays_as_it_is(shelf: Shelf) -> None:
    spans = {chunk.chunk.span for chunk in shelf.documents["Garden"].chunks}
    passages = [p for p in shelf.ask("When do roses need water?").passages if p.title == "Garden"]
    assert passages
    assert {passage.span for passage in passages} <= spans


def test_chunks_around(shelf: Shelf) -> None:
    passages = sorted(shelf.ask("boiler").passages, key=lambda p: p.span.start)
    chunk_id = next(p.chunk_id for p in passages if p.title == "Boiler")
    around = asyncio.run(shelf.index.around(A, [chunk_id, 10**9], 1))
    assert set(around) == {chunk_id}
    stretch = around[chunk_id]
    assert 2 <= len(stretch.passages) <= 3
    start, end = stretch.passages[0].span.start, stretch.passages[-1].span.end
    assert shelf.documents["Boiler"].text[start:end] == stretch.text
    assert asyncio.run(shelf.index.around(B, [chunk_id], 1)) == {}

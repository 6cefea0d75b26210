"""Passages read by a model, and what becomes of an answer when they cannot be."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cevvo.domain.documents import Passage, Reading
from cevvo.engine.retrieval.reading import by_reading, read
from cevvo.errors import ProviderError
from cevvo.providers.reading.base import PassageToRead
from cevvo.providers.reading.minilm import MiniLmReader
from engine.answering.passages import passage
from keyword_reader import SURE, write_keyword_reader

QUESTION = "Who broke the code?"


class Broken:
    """A reader whose model fails."""

    languages = frozenset({"en"})

    def read(
        self,
        question: str,
        passages: Sequence[PassageToRead],
        budget: float,
        enough: float = math.inf,
        hopeless: float = -math.inf,
    ) -> list[Reading | None]:
        raise ProviderError("The model fell over.")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> MiniLmReader:
    file = tmp_path_factory.mktemp("reader") / "keyword.onnx"
    return MiniLmReader(write_keyword_reader(file, "turing"))


@pytest.fixture(scope="module")
def found() -> list[Passage]:
    """Two passages, of which the second answers and is a little behind."""
    return [
        passage("# Codes\n\nCodes are broken by many. Nobody knows who.", score=0.62),
        passage("# People\n\nMany tried. Turing broke the code.", score=0.6),
    ]


def test_the_passage_that_answers_moves_up(reader: MiniLmReader, found: list[Passage]) -> None:
    passages = asyncio.run(read(reader, QUESTION, found, 60.0))
    readings = [each.reading for each in passages]
    assert all(readings)
    best = by_reading(passages)
    assert [each.title for each in best] == ["Manual", "Manual"]
    assert best[0].text == found[1].text
    assert 0 <= best[1].score < best[0].score <= 1


def test_three_are_read_none_behind_an_answer_and_two_where_there_is_no_hope(
    reader: MiniLmReader, found: list[Passage], tmp_path: Path
) -> None:
    silent, answering = found
    doubting = MiniLmReader(write_keyword_reader(tmp_path / "doubt.onnx", "turing", unsure=-3.0))

    def which(passages: list[Passage], reader: MiniLmReader = reader) -> list[bool]:
        read_ones = asyncio.run(read(reader, QUESTION, passages, 60.0))
        assert [each.text for each in read_ones] == [each.text for each in passages]
        return [each.reading is not None for each in read_ones]

    assert which([silent] * 6, doubting) == [True, True, True, False, False, False]
    assert which([silent] * 6) == [True, True, False, False, False, False]
    assert which([silent, answering, silent]) == [True, True, False]


def test_shares_are_of_the_passages_own_sentences(
    reader: MiniLmReader, found: list[Passage]
) -> None:
    moved = replace(
        found[1],
        span=replace(found[1].span, start=500, end=500 + len(found[1].text)),
        sentences=tuple(
            replace(each, start=each.start + 500, end=each.end + 500) for each in found[1].sentences
        ),
    )
    (one,) = asyncio.run(read(reader, QUESTION, [moved], 60.0))
    assert one.reading is not None
    assert one.reading.sentences == pytest.approx([0, 1], abs=1e-4)
    assert one.reading.answers == pytest.approx(SURE)


def test_what_was_not_read_stays_behind_what_was(
    reader: MiniLmReader, found: list[Passage]
) -> None:
    some = asyncio.run(read(reader, QUESTION, found[:1], 60.0))
    assert by_reading([*some, found[1]])[1] == found[1]


def test_another_language_is_not_read(reader: MiniLmReader, found: list[Passage]) -> None:
    with capture_logs() as logs:
        passages = asyncio.run(read(reader, "Wer hat die Codes gebrochen und wie?", found, 60.0))
    assert passages == found
    assert [(each["event"], each["reason"]) for each in logs] == [("passages_not_read", "language")]


def test_a_model_that_fails_changes_nothing(found: list[Passage]) -> None:
    with capture_logs() as logs:
        passages = asyncio.run(read(Broken(), QUESTION, found, 60.0))
    assert passages == found
    assert by_reading(passages) == found
    assert [each["reason"] for each in logs] == ["The model fell over."]


def test_without_time_nothing_is_read(reader: MiniLmReader, found: list[Passage]) -> None:
    with capture_logs() as logs:
        passages = asyncio.run(read(reader, QUESTION, found, 0.0))
    assert passages == found
    assert [each["reason"] for each in logs] == ["budget"]


def test_an_empty_passage_is_left_as_it_is(reader: MiniLmReader, found: list[Passage]) -> None:
    empty = replace(found[0], text=" ", sentences=())
    with capture_logs() as logs:
        passages = asyncio.run(read(reader, QUESTION, [empty, found[1]], 60.0))
    assert passages[0] == empty
    assert passages[1].reading is not None
    assert logs == []


def test_no_passages(reader: MiniLmReader) -> None:
    assert by_reading(asyncio.run(read(reader, QUESTION, [], 60.0))) == []


def test_a_passage_is_read_with_its_headings(reader: MiniLmReader) -> None:
    one = replace(passage("# Codes\n\nThat was broken by him."), title="Manual")
    under = [replace(one, heading_path=path) for path in ((), ("Manual", "Turing"))]
    said = [asyncio.run(read(reader, QUESTION, [each], 60.0))[0].reading for each in under]
    assert [each and each.answers > 0 for each in said] == [False, True]

"""The reader port's contract, kept by the reader that ships, over a model that is a table."""

import threading
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from cevvo.domain.documents import Reading, Span
from cevvo.errors import ProviderError
from cevvo.providers.reading import minilm
from cevvo.providers.reading.base import PassageToRead
from cevvo.providers.reading.configured import configured_reader
from cevvo.providers.reading.minilm import MiniLmReader
from cevvo.settings import Settings
from keyword_reader import SURE, UNSURE, write_keyword_reader

LONG = "Other words stand here. " * 150
ENOUGH = 60.0  # seconds


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> MiniLmReader:
    file = tmp_path_factory.mktemp("reader") / "keyword.onnx"
    return MiniLmReader(write_keyword_reader(file, "turing"))


def passage(*sentences: str, title: str = "") -> PassageToRead:
    text, spans = "", []
    for sentence in sentences:
        spans.append(Span(len(text), len(text) + len(sentence)))
        text += sentence + " "
    return PassageToRead(title, text, tuple(spans))


def read(reader: MiniLmReader, one: PassageToRead, question: str = "Who wrote it?") -> Reading:
    (reading,) = reader.read(question, [one], ENOUGH)
    assert reading is not None
    return reading


def test_it_points_at_the_answer(reader: MiniLmReader) -> None:
    one = passage("Many tried.", "It was Turing who did.", "Nobody else.")
    reading = read(reader, one)
    assert one.text[reading.span.start : reading.span.end] == "Turing"
    assert reading.answers == reading.relevant == pytest.approx(SURE)
    assert reading.margin == pytest.approx(2 * SURE)
    assert reading.sentences == pytest.approx([0, 1, 0], abs=1e-5)


def test_where_there_is_none_it_says_so(reader: MiniLmReader) -> None:
    reading = read(reader, passage("Many tried.", "Nobody did."))
    assert reading.answers == reading.relevant == pytest.approx(UNSURE)
    assert reading.margin == pytest.approx(2 * UNSURE)
    assert reading.sentences.sum() <= 1 + 1e-6


def test_of_a_syllable_in_several_tokens_each_is_read_once(reader: MiniLmReader) -> None:
    for before, syllables in product(("", "a ", "a a "), range(60, 80)):  # of three tokens each
        one = passage(before + "각" * 2 + " 각각" * (syllables // 2 - 1), "Turing did.")
        reading = read(reader, one)
        assert one.text[reading.span.start : reading.span.end] == "Turing"


def test_behind_a_passage_that_says_enough_none_is_read(reader: MiniLmReader) -> None:
    several = [passage("Nobody did."), passage("Turing did."), passage("So did Turing.")]
    readings = reader.read("Who?", several, ENOUGH, SURE - 0.01)
    assert [each is not None for each in readings] == [True, True, False]
    assert all(reader.read("Who?", several, ENOUGH, SURE + 0.01))


def test_behind_two_without_hope_none_is_read(reader: MiniLmReader) -> None:
    none = [passage("Nobody did.")] * 3
    read = [each is not None for each in reader.read("Who?", none, ENOUGH, SURE, UNSURE + 0.01)]
    assert read == [True, True, False]
    assert all(reader.read("Who?", none, ENOUGH, SURE, UNSURE - 0.01))
    third = [passage("Turing did."), *none]
    assert all(reader.read("Who?", third, ENOUGH, SURE + 0.01, UNSURE + 0.01))


def test_the_end_of_a_long_passage_is_read(reader: MiniLmReader) -> None:
    one = passage(*[LONG[:2500]], "It was Turing who did.")
    reading = read(reader, one)
    assert one.text[reading.span.start : reading.span.end] == "Turing"
    assert reading.sentences[1] > 0.99


def test_a_title_is_context_and_no_answer(reader: MiniLmReader) -> None:
    one = passage("Many tried.", title="Alan Turing")
    reading = read(reader, one)
    assert reading.margin == pytest.approx(2 * UNSURE)
    assert reading.span.end <= len(one.text)


@pytest.mark.parametrize("text", ["", "  \n ", "\x00"])
def test_an_empty_passage_has_no_reading(reader: MiniLmReader, text: str) -> None:
    empty = PassageToRead("", text, (Span(0, len(text)),))
    readings = reader.read("Who?", [empty, passage("Turing did.")], ENOUGH)
    assert readings[0] is None
    assert readings[1] is not None


def test_no_passages(reader: MiniLmReader) -> None:
    assert reader.read("Who?", [], ENOUGH) == []


@pytest.mark.parametrize("question", ["", "?", "who " * 50_000, "\U0001f600" * 1000])
def test_any_question_can_be_asked(reader: MiniLmReader, question: str) -> None:
    assert np.isfinite(read(reader, passage("Turing did."), question).margin)


def test_a_passage_without_sentences(reader: MiniLmReader) -> None:
    assert read(reader, PassageToRead("", "Turing did.", ())).sentences.shape == (0,)


def test_nothing_is_begun_after_the_budget(reader: MiniLmReader) -> None:
    assert reader.read("Who?", [passage("Turing did.")] * 3, 0.0) == [None] * 3


def test_a_reading_does_not_depend_on_what_else_is_read(reader: MiniLmReader) -> None:
    several = [passage("Turing did."), passage("Many tried."), passage(LONG)]
    together = reader.read("Who?", several, ENOUGH)
    for one, reading in zip(several, together, strict=True):
        alone = read(reader, one, "Who?")
        assert reading == alone


def test_several_threads_at_once(reader: MiniLmReader) -> None:
    found: list[Reading] = []
    threads = [
        threading.Thread(target=lambda: found.append(read(reader, passage("Turing did."))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({reading.margin for reading in found}) == 1


def test_weights_that_are_missing_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ProviderError, match="cannot be read: No such file"):
        MiniLmReader(tmp_path / "none.onnx")
    monkeypatch.setattr(minilm, "_PACKAGE", "cevvo_reader_that_is_not_installed")
    with pytest.raises(ProviderError, match="cevvo-reader, is not installed"):
        MiniLmReader()


def test_weights_that_are_cut_off_are_refused(tmp_path: Path) -> None:
    file = write_keyword_reader(tmp_path / "keyword.onnx", "turing")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(ProviderError, match="no network that can be run"):
        MiniLmReader(file)


def test_other_weights_than_those_pinned_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "other_reader"
    package.mkdir()
    (package / "__init__.py").touch()
    write_keyword_reader(package / "reader.onnx", "turing")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(minilm, "_PACKAGE", "other_reader")
    with pytest.raises(ProviderError, match="not the one this version was tested with"):
        MiniLmReader()


def test_a_network_that_is_no_reader_is_refused(tmp_path: Path) -> None:
    file = write_keyword_reader(tmp_path / "keyword.onnx", "turing", outputs=3)
    with pytest.raises(ProviderError, match="This is no reader"):
        MiniLmReader(file)


def test_a_reader_that_cannot_be_had_is_done_without(tmp_path: Path) -> None:
    file = write_keyword_reader(tmp_path / "keyword.onnx", "turing")
    assert configured_reader(Settings(reader_model=file)) is not None
    file.write_bytes(file.read_bytes()[:1000])
    with capture_logs() as logs:
        assert configured_reader(Settings(reader_model=file)) is None
        assert configured_reader(Settings(reader_model=tmp_path / "none.onnx")) is None
    assert [each["event"] for each in logs] == ["no_reader"] * 2
    assert [each["log_level"] for each in logs] == ["warning"] * 2


def test_that_its_package_is_gone_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "_PACKAGE", "no_such_package")
    with capture_logs() as logs:
        assert configured_reader(Settings()) is None
    assert [(each["event"], each["log_level"]) for each in logs] == [("no_reader", "warning")]

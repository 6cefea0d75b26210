"""The weights that ship, out of their package."""

from importlib import resources

import pytest

from cevvo.domain.documents import Reading, Span
from cevvo.providers.reading.base import PassageToRead
from cevvo.providers.reading.configured import configured_reader
from cevvo.providers.reading.minilm import MiniLmReader
from cevvo.settings import Settings

_MAX_BYTES = 25_000_000
_TEXT = (
    "The lighthouse was built in 1841 by Ada Renfrew. It is 42 metres high and was painted white. "
    "A keeper lived in it until the lamp was made to light itself."
)
_SENTENCES = (Span(0, 48), Span(49, 94), Span(95, len(_TEXT)))


@pytest.fixture(scope="module")
def reader() -> MiniLmReader:
    return MiniLmReader()  # raises unless the weights are those that are pinned


def read(reader: MiniLmReader, question: str) -> Reading:
    (reading,) = reader.read(question, [PassageToRead("Lighthouse", _TEXT, _SENTENCES)], 60.0)
    assert reading is not None
    return reading


@pytest.mark.parametrize(
    ("question", "answer", "sentence"),
    [
        ("Who built the lighthouse?", "Ada Renfrew", 0),
        ("How high is the lighthouse?", "42 metres", 1),
        ("which colour was it painted", "white", 1),
    ],
)
def test_it_points_at_the_answer(
    reader: MiniLmReader, question: str, answer: str, sentence: int
) -> None:
    reading = read(reader, question)
    assert answer in _TEXT[reading.span.start : reading.span.end]
    assert int(reading.sentences.argmax()) == sentence
    assert reading.answers > 0


@pytest.mark.parametrize(
    "question",
    ["How much did the lighthouse cost?", "When was the harbour closed?", "How do I boil an egg?"],
)
def test_it_says_where_there_is_none(reader: MiniLmReader, question: str) -> None:
    assert read(reader, question).answers < 0


def test_it_is_used_unless_it_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured_reader(Settings()) is not None
    monkeypatch.setenv("CEVVO_READER_MODEL", "off")
    assert configured_reader(Settings()) is None


def test_it_is_small_and_says_what_it_is() -> None:
    package = resources.files("cevvo_reader")
    assert len((package / "reader.onnx").read_bytes()) <= _MAX_BYTES
    assert "CC BY-SA 4.0" in (package / "MODEL_CARD.md").read_text("utf-8")

"""How sure a rate is, and what a turn tells about the ones around it."""

import numpy as np
import pytest

from cevvo.domain.documents import Passage, Span
from cevvo.engine.insight.resolution import asks_again, is_off_topic, wilson
from cevvo.providers.embedding.minilm import MiniLmEmbedder


def passage(cosine: float | None) -> Passage:
    nothing = np.zeros(3, np.float32)
    return Passage(
        chunk_id=1,
        document_id="doc_1",
        source_id="src_1",
        title="Guide",
        url=None,
        media_type="text/plain",
        heading_path=(),
        anchor=None,
        page=None,
        span=Span(0, 4),
        text="Text",
        sentences=(),
        vector=nothing,
        sentence_vectors=nothing[None],
        dense=cosine,
    )


@pytest.mark.parametrize(
    ("successes", "trials", "interval"),
    [  # Newcombe 1998, table I, method 3
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
        (29, 29, (0.8830, 1.0)),
    ],
)
def test_wilson_intervals_as_published(
    successes: int, trials: int, interval: tuple[float, float]
) -> None:
    assert wilson(successes, trials) == pytest.approx(interval, abs=6e-5)


def test_nothing_tried_has_no_interval() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("How do I reset my password?", "I want to reset my password", True),
        ("How do I cancel my subscription?", "cancel subscription", True),
        ("How do I create a model in Django?", "How do I create a view in Django?", False),
        ("How do I create an API key?", "How do I delete an API key?", False),
        ("What is the refund policy?", "What is the privacy policy?", False),
    ],
)
def test_asking_the_same_again(first: str, second: str, same: bool) -> None:
    embedder = MiniLmEmbedder(threads=1)
    assert asks_again(embedder.embed_query(second), embedder.embed_query(first)) is same


def test_far_from_everything_known_is_off_topic() -> None:
    assert is_off_topic([passage(0.12), passage(None), passage(0.05)], 1000)
    assert not is_off_topic([passage(0.12), passage(0.45)], 1000)


def test_of_few_passages_nothing_is_off_topic() -> None:
    assert not is_off_topic([passage(0.01)], 199)
    assert not is_off_topic([], 5000)
    assert not is_off_topic([passage(None)], 5000)


def test_more_passages_are_nearer_to_anything() -> None:
    assert not is_off_topic([passage(0.23)], 200)
    assert is_off_topic([passage(0.23)], 2000)
    assert is_off_topic([passage(0.27)], 1_000_000) is is_off_topic([passage(0.27)], 2000)

"""The arithmetic of what a reader brings."""

import pytest

from cevvo_evals.calibration import Asked
from cevvo_evals.collections import Collection, Document
from cevvo_evals.reading import absent_articles, f1


@pytest.mark.parametrize(
    ("found", "answer", "expected"),
    [
        ("The Eiffel Tower", "eiffel tower.", 1.0),
        ("in Paris, France", "Paris", 0.5),
        ("London", "Paris", 0.0),
        ("", "Paris", 0.0),
        ("the", "a", 1.0),
    ],
)
def test_f1_is_the_official_one(found: str, answer: str, expected: float) -> None:
    assert f1(found, answer) == pytest.approx(expected)


def test_an_absent_article_is_all_of_its_paragraphs() -> None:
    documents = tuple(Document(id, id[0], "text") for id in ("a1", "a2", "b1"))
    asked = Asked("?", frozenset(["a2"]), ())
    (absent,) = absent_articles(Collection("half", documents, ()), [asked])
    assert absent.relevant == {"a1", "a2"}

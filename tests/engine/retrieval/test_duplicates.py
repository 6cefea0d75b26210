"""Which texts count as one."""

import numpy as np
import pytest

from cevvo.domain.documents import Passage, Span
from cevvo.engine.retrieval.duplicates import distinct

LONG = (
    "An upload may have up to 10 files in version 4.1 of the server, each of which is "
    + " ".join(
        f"{word} and is kept until it is taken away by somebody who may do that"
        for word in "abcdefgh"
    )
)


def passage(number: int, text: str) -> Passage:
    return Passage(
        chunk_id=number,
        document_id=f"doc_{number}",
        source_id="src",
        title="",
        url=None,
        media_type="text/html",
        heading_path=(),
        anchor=None,
        page=None,
        span=Span(0, len(text)),
        text=text,
        sentences=(),
        vector=np.ones(1, np.float32),
        sentence_vectors=np.ones((0, 1), np.float32),
    )


@pytest.mark.parametrize(
    ("other", "count"),
    [
        (LONG, 1),
        (LONG.upper(), 1),
        (LONG.replace("4.1", "4.2"), 1),
        (LONG.replace("4.1", "12.0.1"), 1),
        (LONG.replace("10 files", "20 files"), 2),
        (LONG.replace("10 files", "many files"), 2),
        (LONG + " It is not so where the owner of the workspace has chosen another rule.", 2),
        ("Something else in 4.1 with 10 words.", 2),
        ("", 2),
    ],
)
def test_the_better_one_stays(other: str, count: int) -> None:
    kept = distinct([passage(1, LONG), passage(2, other)], limit=8)
    assert [each.chunk_id for each in kept] == [1, 2][:count]


def test_order_is_kept() -> None:
    found = [passage(n, text) for n, text in enumerate(("one", "two", "one", "three"))]
    assert [each.text for each in distinct(found, limit=8)] == ["one", "two", "three"]
    assert [each.text for each in distinct(found, limit=2)] == ["one", "two"]

"""Whether a question is about a named topic, with the real embedding model."""

import pytest

from cevvo.engine.answering.topics import Topic, is_about
from cevvo.providers.embedding.minilm import MiniLmEmbedder

TOPICS = ("legal advice", "politics", "competitors", "discounts", "salaries of employees")


@pytest.fixture(scope="module")
def embedder() -> MiniLmEmbedder:
    return MiniLmEmbedder(threads=1)


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Can you give me legal advice on my contract?", "legal advice"),
        ("What do you think about politics?", "politics"),
        ("How are you better than your competitors?", "competitors"),
        ("Do you offer discounts for students?", "discounts"),
        ("What salaries do your employees get?", "salaries of employees"),
        ("How do I reset my password?", None),
        ("How do I pay by card?", None),
        ("What are legal holidays in Germany?", None),
        ("Where can I get advice on resetting my password?", None),
        ("What does the annual plan cost?", None),
    ],
)
def test_examples(embedder: MiniLmEmbedder, question: str, about: str | None) -> None:
    vector = embedder.embed_query(question)
    found = [
        name
        for name in TOPICS
        if is_about(question, vector, Topic.of(name, embedder.embed_query(name)))
    ]
    assert found == ([] if about is None else [about])

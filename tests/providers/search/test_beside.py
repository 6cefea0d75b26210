"""Vectors of a second model beside the first: made, searched with, and the old ones deleted."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from sqlalchemy import select, text

from cevvo.domain.documents import Passage, Vector
from cevvo.domain.ids import WorkspaceId
from cevvo.engine.indexing.reembedding import delete_other_vectors, embed_what_is_without
from cevvo.foundation.db.tables import embeddings
from cevvo.providers.embedding.base import PassageText, PassageVectors
from cevvo.providers.search.base import UNFILTERED, Filters, Hit, SearchIndex, SearchQuery
from cevvo.providers.search.beside import VectorsBeside
from cevvo.providers.search.configured import search_index
from search_library import A, B, Library

RESET = "Open Settings to reset the password"
INVOICE = "The invoice comes by mail"
CATS = "Cats sleep all day"
_SIZE = 24  # not that of the first model: compared with one of its vectors, it would be an error


class OtherModel:
    """A vector of its own for each text. ``meanwhile`` is done before the first passages."""

    model_id = "other-model"
    dimensions = _SIZE
    max_tokens = 100

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.read: list[PassageText] = []
        self._meanwhile = meanwhile

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_query(self, text: str) -> Vector:
        seed = int.from_bytes(hashlib.sha256(f"other {text}".encode()).digest()[:8])
        vector = np.random.default_rng(seed).normal(size=_SIZE).astype(np.float32)
        unit: Vector = vector / np.linalg.norm(vector)
        return unit

    def embed_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        if not self.read:
            self._meanwhile()
        self.read += passages
        made = [self.embed_query(passage.text) for passage in passages]
        return [
            PassageVectors(vector, np.stack([vector] * len(passage.sentences)))
            for passage, vector in zip(passages, made, strict=True)
        ]


@pytest.fixture
def other(library: Library) -> SearchIndex:
    """The index as a server has it that asks for the second model."""
    return search_index(library.db, OtherModel.model_id, _SIZE)


def reembed(library: Library, model: OtherModel, *, announced: bool = False) -> int:
    beside = VectorsBeside(library.db, model.model_id)
    return asyncio.run(embed_what_is_without(beside, model, lambda *_: None, announced=announced))


def delete_old(library: Library) -> int:
    beside = VectorsBeside(library.db, OtherModel.model_id)
    return asyncio.run(delete_other_vectors(beside, lambda *_: None))


def hits(
    index: SearchIndex,
    workspace: WorkspaceId,
    like: str,
    *terms: str,
    filters: Filters = UNFILTERED,
) -> list[Hit]:
    query = SearchQuery(terms, OtherModel().embed_query(like), filters=filters)
    return asyncio.run(index.search(workspace, query, 10))


def passages(index: SearchIndex, workspace: WorkspaceId, found: list[Hit]) -> list[Passage]:
    return asyncio.run(index.load(workspace, [hit.chunk_id for hit in found]))


def nearest(index: SearchIndex, workspace: WorkspaceId, like: str) -> str:
    best = max(hits(index, workspace, like), key=lambda hit: hit.dense or 0)
    assert best.dense == pytest.approx(1, abs=0.02)
    return passages(index, workspace, [best])[0].text


def stored(library: Library) -> set[tuple[int, str]]:
    rows = select(embeddings.c.chunk_id, embeddings.c.model)
    return {(id, model) for id, model in library.db.read_now(lambda c: c.execute(rows).all())}


def test_what_is_without_vectors_is_found_by_its_words(
    library: Library, other: SearchIndex
) -> None:
    library.put(A, "page", RESET, CATS, language="en", metadata={"plan": "pro"})
    for filters in (UNFILTERED, Filters("en"), Filters(metadata=(("plan", "pro"),))):
        [hit] = hits(other, A, RESET, "password", filters=filters)
        assert (hit.dense, hit.vector) == (None, None)
        [passage] = passages(other, A, [hit])
        assert passage.text == RESET
        assert passage.vector.shape == (_SIZE,)
        assert passage.sentence_vectors.shape == (1, _SIZE)
        assert not passage.sentence_vectors.any()
    stretch = asyncio.run(other.around(A, [hit.chunk_id], 1))[hit.chunk_id]
    assert [each.text for each in stretch.passages] == [RESET, CATS]
    assert hits(other, A, RESET, "password", filters=Filters("de")) == []
    assert asyncio.run(other.languages(A)) == {"en"}


def test_both_models_find_what_they_embedded(library: Library, other: SearchIndex) -> None:
    library.put(A, "page", RESET, CATS, title="Help", heading="Passwords")
    library.put(B, "page", INVOICE)
    model = OtherModel()
    assert reembed(library, model) == 3
    assert nearest(other, A, RESET) == RESET
    assert nearest(other, B, INVOICE) == INVOICE
    assert library.meaning_finds(A, CATS)[0] == CATS
    [read] = [each for each in model.read if each.text == RESET]
    assert read.prefix == "Help\nPasswords"
    assert [(s.start, s.end) for s in read.sentences] == [(0, len(RESET))]


def test_it_goes_on_where_it_was(library: Library) -> None:
    bodies = [f"Text number {number}" for number in range(40)]
    library.put(A, "page", *bodies)

    class Killed(OtherModel):
        def embed_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
            if self.read:
                raise KeyboardInterrupt
            return super().embed_passages(passages)

    beside = VectorsBeside(library.db, OtherModel.model_id)
    with pytest.raises(KeyboardInterrupt):
        reembed(library, Killed())
    kept = {each for each in stored(library) if each[1] == OtherModel.model_id}
    assert 0 < len(kept) < 40
    assert beside.oldest_is_without()
    model = OtherModel()
    assert reembed(library, model) == len(model.read) == 40 - len(kept)
    assert not beside.oldest_is_without()
    assert reembed(library, OtherModel()) == 0


def test_what_comes_and_goes_meanwhile(library: Library, other: SearchIndex) -> None:
    gone = library.put(A, "gone", RESET)
    library.put(A, "stays", CATS)

    def meanwhile() -> None:
        library.delete(A, gone)
        library.put(A, "new", INVOICE)

    assert reembed(library, OtherModel(meanwhile)) == 2
    assert library.meaning_finds(A, INVOICE)[0] == INVOICE
    [hit] = [hit for hit in hits(other, A, INVOICE, "mail") if hit.lexical is not None]
    assert hit.dense is None
    assert reembed(library, OtherModel(), announced=True) == 1
    assert nearest(other, A, INVOICE) == INVOICE  # in an index that had looked before
    assert len(stored(library)) == 4


def test_old_vectors_go_where_there_are_new_ones(library: Library, other: SearchIndex) -> None:
    library.put(A, "one", RESET)
    reembed(library, OtherModel())
    library.put(A, "two", CATS)
    assert delete_old(library) == 1
    assert nearest(other, A, RESET) == RESET
    assert {model for _, model in stored(library)} == {OtherModel.model_id, "test-model"}
    assert library.meaning_finds(A, CATS) == [CATS]  # the last vectors of a passage stay
    assert library.words_find(A, "password") == [RESET]
    reembed(library, OtherModel())
    assert delete_old(library) == 1
    assert {model for _, model in stored(library)} == {OtherModel.model_id}
    if library.db.is_shared:
        models = text("SELECT DISTINCT model FROM chunk_vectors")
        assert library.db.read_now(lambda c: c.execute(models).scalars().all()) == ["other-model"]


def test_nothing_there_is_nothing_to_do(library: Library) -> None:
    assert reembed(library, OtherModel()) == 0
    assert delete_old(library) == 0
    assert not VectorsBeside(library.db, OtherModel.model_id).oldest_is_without()

"""Small Markdown documents taken in, searched and answered from as the product does it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cevvo.domain.answers import Answer
from cevvo.domain.time import Millis
from cevvo.engine.answering.base import Question
from cevvo.engine.answering.citations import is_verbatim
from cevvo.engine.answering.extractive.answerer import compose
from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.features.sources.documents import Origin, replace_document
from cevvo.features.sources.repository import create_source
from cevvo.features.workspaces.repository import ensure_default
from cevvo.foundation.db.opening import open_database
from cevvo.providers.parsing.markdown import parse_markdown
from cevvo.providers.parsing.sandbox import SandboxedParser
from cevvo.providers.search.configured import search_index
from engine.answering.passages import embedder

_DOCUMENTS = Path(__file__).parent / "documents"
_NOW = Millis(0)


class AnswerRoom:
    """Asks one knowledge base, made of the files in ``documents``."""

    def __init__(self, folder: Path) -> None:
        self._db = open_database(folder)
        model = embedder()
        index = search_index(self._db, model.model_id, model.dimensions)
        self._retriever = Retriever(index, model)
        self._workspace = self._db.write_now(lambda c: ensure_default(c, _NOW))
        source = self._db.write_now(
            lambda c: create_source(c, self._workspace, name="Manual", type="text", now=_NOW)
        )
        pipeline = IndexingPipeline(SandboxedParser(), model)
        for file in sorted(_DOCUMENTS.glob("*.md")):
            parsed = parse_markdown(file.read_bytes(), name=file.name)
            content = asyncio.run(pipeline.index(parsed))
            url = f"https://docs.example.com/{file.stem}"
            origin = Origin(file.stem, url, "text/markdown")
            store = partial(
                replace_document,
                workspace=self._workspace,
                index=index,
                source_id=source,
                origin=origin,
                document=content,
                now=_NOW,
            )
            self._db.write_now(store)
        pipeline.close()

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def ask(self, text: str) -> Answer:
        """The answer; all of its quotes are verbatim."""
        found = asyncio.run(self._retriever.retrieve(self._workspace, text))
        answer, pieces = compose(Question(text, text, found.vector), found.passages)
        assert "".join(pieces) == answer.text
        assert all(is_verbatim(citation, found.passages) for citation in answer.citations)
        return answer


@contextmanager
def answer_room(folder: Path) -> Iterator[AnswerRoom]:
    """A room, closed at the end."""
    room = AnswerRoom(folder)
    try:
        yield room
    finally:
        room.close()

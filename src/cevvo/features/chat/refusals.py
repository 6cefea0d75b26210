"""Which questions a workspace's owner does not want answered."""

import asyncio
from functools import lru_cache

from cevvo.domain.answer_settings import RefusedTopic
from cevvo.domain.documents import Vector
from cevvo.engine.answering.topics import Topic, is_about
from cevvo.providers.embedding.base import Embedder

_REMEMBERED = 5000  # topics, of all workspaces


class Refusals:
    """Finds the refused topic that a question is about. Topics are embedded once."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._topic = lru_cache(_REMEMBERED)(self._embedded)

    async def topic_of(
        self, question: str, refused: tuple[RefusedTopic, ...]
    ) -> tuple[RefusedTopic, Vector] | None:
        """The first of the ``refused`` topics that this standalone question is about, if any.

        With it comes the question's embedding.
        """
        if not refused:
            return None
        return await asyncio.to_thread(self._find, question, refused)

    def _find(
        self, question: str, refused: tuple[RefusedTopic, ...]
    ) -> tuple[RefusedTopic, Vector] | None:
        vector = self._embedder.embed_query(question)
        for each in refused:
            if is_about(question, vector, self._topic(each.topic)):
                return each, vector
        return None

    def _embedded(self, name: str) -> Topic:
        return Topic.of(name, self._embedder.embed_query(name))

"""What ``/v1`` needs besides the chat: names of models, and vectors."""

import asyncio
from collections.abc import Sequence

from cevvo.domain.documents import Vector
from cevvo.domain.time import Clock
from cevvo.engine.answering.base import Answerer
from cevvo.errors import InvalidRequest
from cevvo.features.chat.models import ALIASES, AUTO
from cevvo.providers.embedding.base import Embedder


class OpenAiService:
    """``answerers`` are the configured ones, the preferred first. ``since``: when it was made."""

    def __init__(self, answerers: Sequence[Answerer], embedder: Embedder, clock: Clock) -> None:
        self.since = clock()
        self._answerers = answerers
        self._embedder = embedder

    @property
    def embedding_model(self) -> str:
        """The name of the model that embeds."""
        return self._embedder.model_id

    def models(self) -> list[str]:
        """Every name that a request may give, ``auto`` first."""
        names = (AUTO, *(a.model_id for a in self._answerers), *ALIASES, self.embedding_model)
        return list(dict.fromkeys(names))

    async def embed(
        self, texts: Sequence[str], model: str, dimensions: int | None
    ) -> tuple[list[Vector], int]:
        """A unit vector for each text, and the tokens that were read of them all.

        Raises InvalidRequest for another model or another length of the vectors.
        """
        if model not in (AUTO, self.embedding_model):
            raise InvalidRequest(
                f"There is no embedding model {model[:80]!r}. There is: {self.embedding_model} "
                f"(or {AUTO}).",
                param="model",
            )
        if dimensions not in (None, self._embedder.dimensions):
            raise InvalidRequest(
                f"`dimensions` must be {self._embedder.dimensions}.", param="dimensions"
            )
        return await asyncio.to_thread(self._embed, texts)

    def _embed(self, texts: Sequence[str]) -> tuple[list[Vector], int]:
        most, count = self._embedder.max_tokens, self._embedder.count_tokens
        read = sum(min(count(text), most) for text in texts)
        return [self._embedder.embed_query(text) for text in texts], read

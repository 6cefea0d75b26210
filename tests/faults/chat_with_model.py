"""Chat with a model behind it, as the server has it, but for the patience: tenths of seconds."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI

from cevvo.engine.answering.base import Answerer
from cevvo.engine.answering.breaker import BreakerLimits
from cevvo.engine.answering.extractive.answerer import ExtractiveAnswerer
from cevvo.engine.answering.generative.answerer import GenerativeAnswerer
from cevvo.engine.answering.ladder import Ladder, Limits
from cevvo.foundation.db.database import Database
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.llm.base import LanguageModel
from cevvo.providers.llm.connection import Patience
from cevvo.providers.llm.openai import OpenAIModel
from features.chat.chat_room import Room
from model_server import ModelServer

QUESTION = {"message": "How do I reset my password?"}
GOOD = (
    "To reset your password, open Settings ",
    "and choose Reset password [1]. ",
    "The link that we send you is valid ",
    "for one hour [1].",
)
SAID = "To reset your password, open Settings and choose Reset password. [1]"


@dataclass(frozen=True)
class Bounds:
    """How long everything may take. Enough for a busy machine where a test expects no failure."""

    patience: Patience = field(default_factory=lambda: Patience(5, 20, 20, 60))
    limits: Limits = field(default_factory=lambda: Limits(first_words=30, backoff=0.01))
    breaker: BreakerLimits = field(default_factory=BreakerLimits)


def chat_room(
    db: Database,
    embedder: Embedder,
    server: ModelServer,
    bounds: Bounds | None = None,
    answerer: Callable[[LanguageModel], Answerer] | None = None,
) -> tuple[Room, Ladder]:
    """The API with the model ``sloth`` on ``server``, and its ladder."""
    bounds = bounds or Bounds()
    model = OpenAIModel(
        "sloth", "sloth", api_key=None, base_url=f"{server.url}/v1", patience=bounds.patience
    )
    ladder = Ladder(
        [answerer(model) if answerer else GenerativeAnswerer(model, embedder)],
        ExtractiveAnswerer(),
        limits=bounds.limits,
        breaker=bounds.breaker,
    )
    room = Room(db, embedder, ladder.answerers())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None, None]:
        yield
        await model.close()

    room.app.router.lifespan_context = lifespan
    return room, ladder

"""One small manual, embedded once; a copy of its database for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cevvo.foundation.db.database import Database
from cevvo.foundation.telemetry.logging import configure
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from features.chat.chat_room import Room, fill
from stores import Template, copied, template


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """As a server logs."""
    configure()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return MiniLmEmbedder(threads=1)


@pytest.fixture(scope="session")
def manual(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Template:
    """A database with the manual in it."""
    return template(tmp_path_factory.mktemp("manual"), lambda db: fill(db, embedder))


@pytest.fixture
def db(manual: Template, tmp_path: Path) -> Iterator[Database]:
    with copied(manual, tmp_path) as opened:
        yield opened


@pytest.fixture
def room(db: Database, embedder: Embedder) -> Room:
    return Room(db, embedder)


@pytest.fixture
def client(room: Room) -> Iterator[TestClient]:
    with room.client() as opened:
        yield opened

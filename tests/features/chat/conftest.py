"""One small manual, embedded once; a copy of its database for every test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.telemetry.logging import configure
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from features.chat.chat_room import Room, fill


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """As a server logs."""
    configure()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return MiniLmEmbedder(threads=1)


@pytest.fixture(scope="session")
def manual(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A database file with the manual in it."""
    folder = tmp_path_factory.mktemp("manual")
    filled = open_database(folder)
    fill(filled, embedder)
    filled.close()
    return folder / "cevvo.db"


@pytest.fixture
def db(manual: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(manual, tmp_path)
    opened = open_database(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def room(db: Database, embedder: Embedder) -> Room:
    return Room(db, embedder)


@pytest.fixture
def client(room: Room) -> Iterator[TestClient]:
    with room.client() as opened:
        yield opened

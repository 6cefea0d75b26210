"""Commands run in this process, against the real server; and a website of their own."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cevvo.cli.main import app
from conftest import Server
from ingestion_room import Site


@dataclass
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed for programs."""
        return json.loads(self.out)


Command = Callable[..., Ran]


@pytest.fixture
def command(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run ``cevvo`` with these arguments as a user of the server with an API key."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("CEVVO_BASE_URL", f"{server.url}/api/v1")
    monkeypatch.setenv("CEVVO_API_KEY", server.key)

    def run(*arguments: str | Path) -> Ran:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def site() -> Iterator[Site]:
    """Three pages to take in; one that its owner keeps to himself, one that is broken."""
    opened = Site()
    opened.put("/", "Start", "Parcels travel by balloon.", "/knots", "/rates", "/staff", "/broken")
    opened.put("/knots", "Knots", "Each parcel is tied with a bowline.")
    opened.put("/rates", "Rates", "One kilogram costs nine euros.")
    opened.put("/staff", "Staff", "For us.", head='<meta name="robots" content="noindex">')
    opened.put("/broken", "Broken", "Nothing.", status=500)
    yield opened
    opened.close()

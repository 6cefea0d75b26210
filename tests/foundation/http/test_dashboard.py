"""The dashboard has every path that nobody else has, but for files that are not there."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from cevvo.foundation.http.dashboard import install_dashboard


def status_and_type(folder: Path, path: str) -> tuple[int, str]:
    app = FastAPI()
    install_dashboard(app, folder)

    async def get() -> httpx2.Response:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get(path)

    response = asyncio.run(get())
    return response.status_code, response.headers["content-type"].partition(";")[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "main-1.js").write_text("1")
    (tmp_path / "index.html").write_text("<!doctype html><title>Cevvo</title>")
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/sources/src_abc123", "/setup?token=a.b"])
def test_a_page(folder: Path, path: str) -> None:
    assert status_and_type(folder, path) == (200, "text/html")


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-protected-resource/mcp",  # agents look for it, and read JSON there
        "/.well-known/oauth-authorization-server",
        "/robots.txt",
        "/favicon.ico",
        "/assets/main-0.js",
    ],
)
def test_a_file_that_is_not_there(folder: Path, path: str) -> None:
    assert status_and_type(folder, path)[0] == 404


def test_a_file_that_is_there(folder: Path) -> None:
    assert status_and_type(folder, "/assets/main-1.js")[0] == 200

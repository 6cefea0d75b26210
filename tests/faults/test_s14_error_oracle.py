"""Errors tell nothing about the inside: not what listens there, and not at which address."""

import asyncio
import json
import socket
import time
from typing import Any

import httpx2
import pytest

from cevvo.providers.fetching import http, resolver
from cevvo.providers.fetching.addresses import FORBIDDEN, AddressRules
from ingestion_room import Room, db, embedder, ended, migrated, room

__all__ = ["db", "embedder", "migrated", "room"]

INSIDE = {"open.test": "127.0.0.1", "wiki.test": "10.11.12.13", "meta.test": "169.254.169.254"}


def resolves(host: str, *_: object, **__: object) -> list[tuple[Any, ...]]:
    if host not in INSIDE:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (INSIDE[host], 0))]


async def outcome(client: httpx2.AsyncClient, url: str) -> tuple[int, dict[str, Any]]:
    """What POST /ingest/url says of a URL, or else the job's error."""
    response = await client.post("/ingest/url", json={"url": url})
    if response.status_code >= 400:
        return response.status_code, response.json()["error"]
    job = await ended(client, response.json()["job_id"])
    assert job["status"] == "failed"
    return response.status_code, job["error"]


def test_s14_open_closed_and_filtered_ports_look_the_same(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver, "getaddrinfo", resolves)
    dialled: list[str] = []

    async def dial(address: str, port: int, seconds: float | None) -> Any:
        dialled.append(address)
        raise AssertionError("nothing inside is to be connected to")

    monkeypatch.setattr(http, "_connect", dial)
    room.rules = AddressRules()

    async def scenario(client: httpx2.AsyncClient) -> None:
        listener = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        open_port = listener.sockets[0].getsockname()[1]
        closed = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        closed_port = closed.sockets[0].getsockname()[1]
        closed.close()
        await closed.wait_closed()
        literal = [
            await outcome(client, f"http://{address}/")
            for address in (
                *(f"127.0.0.1:{open_port}", f"127.0.0.1:{closed_port}", f"[::1]:{open_port}"),
                *("10.11.12.13:9", "192.168.255.255", "169.254.169.254", "localhost:8080"),
            )
        ]
        named = [
            await outcome(client, f"http://{address}/")
            for address in (
                *(f"open.test:{open_port}", f"open.test:{closed_port}"),
                *("wiki.test", "meta.test", "wiki.test:8443"),
            )
        ]
        listener.close()
        assert {json.dumps(error, sort_keys=True) for _, error in literal} == {
            json.dumps(literal[0][1], sort_keys=True)
        }
        assert literal[0][1]["message"] == FORBIDDEN
        assert {(error["code"], error["message"]) for _, error in named} == {
            ("url_not_allowed", FORBIDDEN)
        }
        assert {status for status, _ in named} == {202}

    room.run(scenario)
    assert dialled == []


def test_s14_a_forbidden_address_takes_as_long_whatever_is_there() -> None:
    """Refused before anything is opened: the time is that of a look at the address."""

    async def main() -> float:
        fetcher = http.HttpFetcher(AddressRules())
        started = time.monotonic()
        for _ in range(50):
            for host in ("127.0.0.1", "10.255.255.1", "192.0.2.1"):
                with pytest.raises(Exception, match="not allowed"):
                    await fetcher.fetch(f"http://{host}:8080/")
        await fetcher.close()
        return (time.monotonic() - started) / 150

    assert asyncio.run(main()) < 0.05

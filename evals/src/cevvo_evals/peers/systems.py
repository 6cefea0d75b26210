"""The systems: how each is installed and started, and what is sent to it over HTTP."""

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cevvo_evals.collections import Document
from cevvo_evals.environments import ROOT, clean, create, size, wheels
from cevvo_evals.load.client import Client, Outcome
from cevvo_evals.server import free_port, running_server, wait_until_ready

PEERS = {"chroma": "Chroma (dense)", "llama_index": "LlamaIndex", "haystack": "Haystack"}
"""Those in ``evals/peers``, and what they are called."""
VOCABULARY = ROOT / "src" / "cevvo" / "providers" / "vocab.txt"
_SCRIPTS = ROOT / "evals" / "peers"
_QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
}
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Installed:
    """Packages and MB of a system's environment, its modules compiled."""

    packages: int
    megabytes: int


@dataclass(frozen=True, slots=True)
class Started:
    """A system's process, which other processes may be children of."""

    pid: int
    url: str
    key: str
    seconds_to_ready: float


@dataclass(frozen=True, slots=True)
class Reply:
    """Ids of the documents that a question got, best first, and whether the system says that they
    do not answer it."""

    documents: tuple[str, ...]
    says_no: bool


class System(Protocol):
    """One that can be measured. ``embedded`` is what its model was given so far, if it tells:
    ``tokens`` and ``cpu_seconds``."""

    @property
    def name(self) -> str: ...

    @property
    def installed(self) -> Installed: ...

    @contextmanager
    def started(self, folder: Path) -> Iterator[Started]: ...

    async def ingest(self, client: Client, documents: Sequence[Document], clients: int) -> None: ...

    async def ask(self, client: Client, question: str) -> tuple[Outcome, Reply]: ...

    async def embedded(self, client: Client) -> dict[str, float] | None: ...


def product(work: Path) -> Path:
    """An environment with the product as it stands here and the versions of the lock file."""
    built, versions = wheels(work / "built")
    create(work / "cevvo", "--compile-bytecode", "-c", versions, *built)
    return work / "cevvo"


class Cevvo:
    """``cevvo serve`` as it is, without a language model."""

    name = "Cevvo"
    settings: Mapping[str, str] = {}

    def __init__(self, environment: Path) -> None:
        self._command = environment / "bin" / "cevvo"
        self.installed = Installed(*size(environment))
        self._ids: dict[str, str] = {}

    @contextmanager
    def started(self, folder: Path) -> Iterator[Started]:
        """Serve out of ``folder``."""
        with running_server(folder, cevvo=self._command, **self.settings) as server:
            yield Started(server.process.pid, server.url, server.key, server.seconds_to_ready)

    async def ingest(self, client: Client, documents: Sequence[Document], clients: int) -> None:
        """One text a request; until all jobs are done."""
        self._ids = {each.title: each.id for each in documents}
        made = await sent(client, "/api/v1/sources", {"name": "Collection", "type": "text"})
        source = made.body["id"]
        bodies = [
            {"source_id": source, "title": each.title, "content": each.text} for each in documents
        ]
        await spread(bodies, clients, lambda body: sent(client, "/api/v1/ingest/text", body))
        while True:
            got = (await client.send("GET", f"/api/v1/sources/{source}")).body
            if got["status"] == "failed":
                raise RuntimeError(f"Cevvo: {got['error']}")
            if got["status"] == "synced":
                return
            await asyncio.sleep(_POLL)

    async def ask(self, client: Client, question: str) -> tuple[Outcome, Reply]:
        """An answer with all passages that were found for it."""
        body = {"message": question, "include": ["retrieved"]}
        got = await sent(client, "/api/v1/chat", body)
        return got, Reply(self._known(got.body["retrieved"]), not got.body["answered"])

    def _known(self, passages: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._ids[each["title"]] for each in passages))

    async def embedded(self, client: Client) -> None:
        """Not told."""


class CevvoUnread(Cevvo):
    """The same without its reader: what is found is ranked, cited and judged by scores alone."""

    name = "Cevvo, no reader"
    settings: Mapping[str, str] = {"CEVVO_READER_MODEL": "off"}


class CevvoSearch(Cevvo):
    """The same server, asked to search as agents do: what it does of what the peers do."""

    name = "Cevvo, search only"

    async def ask(self, client: Client, question: str) -> tuple[Outcome, Reply]:
        """Passages, by a call of the tool ``search`` (Model Context Protocol)."""
        call = {"name": "search", "arguments": {"query": question, "limit": 10}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        got = await sent(client, "/mcp", body)
        found = json.loads(got.body["result"]["content"][0]["text"])["passages"]
        return got, Reply(self._known(found), not found)


def peer(file: str, work: Path, model: Path) -> "Peer":
    """One of ``PEERS`` in an environment of its own. Raises CalledProcessError when it cannot be
    installed."""
    versions, kept = _SCRIPTS / f"{file}.txt", work / f"{file}.txt"
    environment = work / file
    if not kept.exists() or kept.read_text() != versions.read_text():
        # copied, as NLTK refuses files that uv has linked to its cache
        create(environment, "--compile-bytecode", "--link-mode", "copy", "-r", versions)
        kept.write_text(versions.read_text())
    return Peer(
        PEERS[file],
        Installed(*size(environment)),
        environment / "bin" / "python",
        _SCRIPTS / f"{file}_server.py",
        model,
    )


@dataclass(frozen=True, slots=True)
class Peer:
    """A script that serves as those of ``evals/peers`` do, and the Python that runs it."""

    name: str
    installed: Installed
    python: Path
    script: Path
    model: Path

    @contextmanager
    def started(self, folder: Path) -> Iterator[Started]:
        """Serve out of ``folder``."""
        folder.mkdir(parents=True)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command: list[str | Path] = [
            self.python,
            self.script,
            str(port),
            folder,
            self.model,
            VOCABULARY,
        ]
        with (folder / "server.log").open("w") as log:
            begun = time.perf_counter()
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=folder, env=clean() | _QUIET
            )
            try:
                wait_until_ready(url, process)
                yield Started(process.pid, url, "none", time.perf_counter() - begun)
            finally:
                process.terminate()
                process.wait(20)

    async def ingest(self, client: Client, documents: Sequence[Document], clients: int) -> None:
        """One document a request, found once that is answered."""
        bodies = [{"id": each.id, "title": each.title, "text": each.text} for each in documents]
        await spread(bodies, clients, lambda body: sent(client, "/documents", body))

    async def ask(self, client: Client, question: str) -> tuple[Outcome, Reply]:
        """The passages; with none it would say no."""
        got = await sent(client, "/search", {"question": question})
        found = tuple(dict.fromkeys(each["id"] for each in got.body["passages"]))
        return got, Reply(found, not found)

    async def embedded(self, client: Client) -> dict[str, float] | None:
        """As its model counts."""
        figures: dict[str, float] = (await client.send("GET", "/embedded")).body
        return figures


async def sent(client: Client, path: str, body: object) -> Outcome:
    """The outcome of a POST. Raises RuntimeError when it was refused or failed."""
    outcome = await client.send("POST", path, body)
    if not 200 <= outcome.status < 300:
        raise RuntimeError(f"{path}: status {outcome.status}, {outcome.body}")
    return outcome


async def spread(items: Sequence[Any], clients: int, send: Any) -> list[Any]:
    """What ``send`` gives for each item, that many at a time; each client sends its next once its
    last was answered."""
    waiting, results = iter(enumerate(items)), [None] * len(items)

    async def one() -> None:
        for place, item in waiting:
            results[place] = await send(item)

    await asyncio.gather(*(one() for _ in range(clients)))
    return results

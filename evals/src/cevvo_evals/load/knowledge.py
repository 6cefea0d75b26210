"""What is asked about: a collection in a data directory, which is filled once and then copied."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from cevvo_evals.collections import Document, load_collection
from cevvo_evals.server import running_server

SOURCES = 12
"""Empty sources, so that there are 2 ** 12 ways to ask all documents: see ``sources_of``."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A filled data directory, its sources (the one with the documents first), and questions."""

    folder: Path
    sources: tuple[str, ...]
    documents: tuple[Document, ...]
    questions: tuple[str, ...]

    def sources_of(self, number: int) -> list[str]:
        """The documents' source and some empty ones, others for each number: the same answer, but
        none that was kept from an earlier question."""
        empty = self.sources[1:]
        return [self.sources[0], *(each for bit, each in enumerate(empty) if number >> bit & 1)]

    def copy(self, target: Path) -> Path:
        """The data directory as it was filled, for one server."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder, target)
        return target


def filled(work: Path, data: Path, collection: str) -> Knowledge:
    """Load ``collection`` into ``work``, unless an earlier run did."""
    found = load_collection(data / collection)
    folder, done = work / f"filled-{collection}", work / f"filled-{collection}.txt"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        with running_server(folder) as server:
            ids = [
                server.client.post("/sources", json={"name": f"S{n}", "type": "text"}).json()["id"]
                for n in range(SOURCES + 1)
            ]
            for each in found.documents:
                title = f"{each.title} ({each.id})"
                note = {"source_id": ids[0], "title": title, "content": each.text}
                server.client.post("/ingest/text", json=note).raise_for_status()
            server.wait_for_source(ids[0])
        done.write_text("\n".join(ids))
    questions = tuple(query.text for query in found.queries)
    return Knowledge(folder, tuple(done.read_text().split()), found.documents, questions)

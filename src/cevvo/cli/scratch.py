"""A copy of documents in an index of its own, which is gone when it has been asked."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cevvo.cli.documents import files_in, name_in
from cevvo.domain.access import Principal
from cevvo.domain.answers import Answer
from cevvo.domain.ids import WorkspaceId
from cevvo.errors import CevvoError, InvalidRequest
from cevvo.features.chat.turns import Ask
from cevvo.settings import EXTRACTIVE, load_settings

if TYPE_CHECKING:
    from cevvo.services import Services

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PAUSE = 0.1  # seconds between two looks at the work


@dataclass
class Scratch:
    """The index. ``units`` it has; ``skipped``: what was not taken in, and why."""

    services: "Services"
    workspace: WorkspaceId
    units: int = 0
    skipped: list[str] = field(default_factory=list)

    async def ask(self, question: str) -> Answer:
        """What is answered out of it by quotations."""
        nobody = Principal("check", self.workspace, "secret", frozenset())
        answer, _ = await self.services.chat.ask_again(
            nobody, Ask(question, model=EXTRACTIVE, test=True)
        )
        return answer

    async def fill(self, documents: str | Path) -> None:
        """Take a website, a folder or a file in. Raises InvalidRequest if nothing came of it."""
        sources = self.services.sources
        if isinstance(documents, str):
            source = await sources.create(
                self.workspace, name="check", type="website", url=documents
            )
        else:
            source = await sources.create(self.workspace, name="check", type="file")
            await self._upload(documents, source.id)
        while (await sources.get(self.workspace, source.id)).progress is not None:  # noqa: ASYNC110 - jobs have no event
            await asyncio.sleep(_PAUSE)
        source = await sources.get(self.workspace, source.id)
        self.units = source.document_count
        if self.units == 0:
            why = source.error or "; ".join(self.skipped[:3]) or "there is nothing in it"
            raise InvalidRequest(f"Nothing of {documents} could be taken in: {why}")

    async def _upload(self, documents: Path, source_id: str) -> None:
        for path, name in await asyncio.to_thread(_named_files, documents):
            try:
                content = await asyncio.to_thread(path.read_bytes)
                await self.services.ingestion.upload(self.workspace, content, name, source_id)
            except (CevvoError, OSError) as error:
                self.skipped.append(f"{name}: {getattr(error, 'message', error)}")


def _named_files(documents: Path) -> list[tuple[Path, str]]:
    if not documents.is_dir():
        return [(documents, documents.name)]
    return [(path, name_in(documents, path)) for path in files_in(documents)]


@asynccontextmanager
async def scratch_index(documents: str | Path) -> AsyncIterator[Scratch]:
    """An index of ``documents`` alone, by the settings of this machine; a website on loopback may
    be fetched. Raises CevvoError where nothing could be taken in."""
    from cevvo.app import create_app  # the server's imports take a second

    with tempfile.TemporaryDirectory(prefix="cevvo-check-") as folder:
        settings = load_settings(data_dir=Path(folder), log_level="error")
        if isinstance(documents, str) and urlsplit(documents).hostname in _LOOPBACK:
            ranges = (*settings.allow_private_networks, "127.0.0.0/8", "::1/128")
            settings = settings.model_copy(update={"allow_private_networks": ranges})
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            services: Services = app.state.services
            scratch = Scratch(services, await services.workspaces.default())
            await scratch.fill(documents)
            yield scratch

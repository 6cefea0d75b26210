"""``cevvo up``: start the server, take documents in, and be ready to answer."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cevvo import __version__
from cevvo.cli.actor import this_user
from cevvo.cli.answer import print_answer
from cevvo.cli.api import Api
from cevvo.cli.ask import post_question
from cevvo.cli.credentials import credentials_path, load_credentials, save_credential
from cevvo.cli.documents import files_in, name_in, named_document
from cevvo.cli.options import DataDir, Host, Port
from cevvo.cli.quiet import is_quiet
from cevvo.cli.serve import base_url, build_server, clean_exit, listen, load_app
from cevvo.domain.ids import WorkspaceId
from cevvo.errors import CevvoError
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.features.people.links import link_url
from cevvo.settings import EXTRACTIVE, Settings, load_settings, model_id

if TYPE_CHECKING:
    from cevvo.features.sources.repository import Source
    from cevvo.services import Services

MANUAL = Path(__file__).parent.parent / "demo" / "manual"
MANUAL_NAME = "Larkspur manual (sample)"
FIRST_QUESTION = "How do I reset my password?"


def up(
    documents: Annotated[
        list[str] | None, typer.Argument(help="URLs, folders and files to answer from.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Also take in a small sample manual and ask it.")
    ] = False,
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
) -> None:
    """Start the server, take documents in, and say where everything is.

    Examples:

    cevvo up https://docs.example.com

    cevvo up ./handbook contract.pdf

    cevvo up --demo
    """
    settings = load_settings(data_dir=data_dir, host=host, port=port)
    wanted = [named_document(document) for document in documents or []]
    with clean_exit():
        asyncio.run(_Up(settings, wanted, demo).run())


@dataclass
class _Up:
    """One run of the command. ``waiting``: sources with jobs, by id; ``skipped``: what and why."""

    settings: Settings
    wanted: list[str | Path]
    demo: bool
    console: Console = field(default_factory=lambda: Console(highlight=False, quiet=is_quiet()))
    waiting: dict[str, None] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Until the server is stopped. Raises what keeps it from starting."""
        listener = listen(self.settings)
        app = load_app(self.settings)
        server = build_server(app)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event
            await asyncio.sleep(0.01)
        filling = asyncio.create_task(self._fill(app.state.services, base_url(listener)))
        await asyncio.wait({serving, filling}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            filling.cancel()
        elif filling.exception() is not None:
            server.should_exit = True
        await serving
        if filling.done() and not filling.cancelled():
            filling.result()

    async def _fill(self, services: "Services", url: str) -> None:
        workspace = await services.workspaces.default()
        key = await self._key(services, workspace, f"{url}/api/v1")
        self._say_where(url, key, await services.sign_in.setup_token(at_start=True))
        started = time.monotonic()
        if self.demo:
            await self._add_files(services, workspace, MANUAL_NAME, MANUAL)
        for document in self.wanted:
            if isinstance(document, str):
                await self._add_website(services, workspace, document)
            elif document.is_dir():
                await self._add_files(services, workspace, document.resolve().name, document)
            else:
                await self._add_file(services, workspace, document, document.name, None)
        await self._show_progress(services, workspace)
        await self._report(services, workspace, time.monotonic() - started)
        if self.demo:
            await self._ask(url, key)
        self.console.print('  Ready. Try:   cevvo ask "…"      Stop: Ctrl-C\n')

    async def _key(self, services: "Services", workspace: WorkspaceId, api: str) -> str:
        """The key remembered for this address if it is valid here, else a new one, remembered."""
        key = load_credentials().get(api)
        if key is not None:
            async with httpx2.AsyncClient(trust_env=False) as client:
                headers = {"Authorization": f"Bearer {key}"}
                answer = await client.get(f"{api}/sources?per_page=1", headers=headers)
            if answer.status_code == 200:
                save_credential(api, key)
                return key
        key, _ = await services.api_keys.create(
            workspace, KeyTerms(name="cevvo up"), by=this_user()
        )
        save_credential(api, key)
        return key

    def _say_where(self, url: str, key: str, setup_token: str | None) -> None:
        dashboard = self.settings.public_url or url
        if setup_token is not None:
            dashboard = f"{link_url(dashboard, 'setup', setup_token)}   (one use, 30 min)"
        models = ", ".join([*map(model_id, self.settings.ladder), EXTRACTIVE])
        rows = (
            ("Cevvo", f"{__version__}   data {self.settings.data_dir}   model: {models}"),
            ("Dashboard", dashboard),
            ("API", f"{url}/api/v1   reference: {url}/docs"),
            ("API key", f"{key}   saved in {credentials_path()}"),
        )
        self.console.print()
        for name, value in rows:
            self.console.print(f"  [bold]{name:<11}[/bold]{value}", soft_wrap=True)
        self.console.print()

    async def _add_website(self, services: "Services", workspace: WorkspaceId, url: str) -> None:
        found = await self._find(services, workspace, "website", url)
        if found is not None:
            await services.sources.sync(workspace, found.id)
            self.waiting[found.id] = None
            return
        name = url.partition("://")[2].rstrip("/")[:200]
        try:
            created = await services.sources.create(workspace, name=name, type="website", url=url)
        except CevvoError as error:
            self.skipped.append(f"{url}: {error.message}")
            return
        self.waiting[created.id] = None

    async def _add_files(
        self, services: "Services", workspace: WorkspaceId, name: str, folder: Path
    ) -> None:
        found = await self._find(services, workspace, "file", name)
        if found is None:
            found = await services.sources.create(workspace, name=name[:200], type="file")
        for path in await asyncio.to_thread(files_in, folder):
            await self._add_file(services, workspace, path, name_in(folder, path), found.id)

    async def _add_file(
        self,
        services: "Services",
        workspace: WorkspaceId,
        path: Path,
        name: str,
        source_id: str | None,
    ) -> None:
        try:
            content = await asyncio.to_thread(path.read_bytes)
            accepted = await services.ingestion.upload(workspace, content, name, source_id)
        except (CevvoError, OSError) as error:
            self.skipped.append(f"{path}: {getattr(error, 'message', error)}")
            return
        self.waiting[accepted.source_id] = None

    async def _find(
        self, services: "Services", workspace: WorkspaceId, type: str, name: str
    ) -> "Source | None":
        offset = 0
        while True:
            page, total = await services.sources.list_sources(
                workspace, type=None, offset=offset, limit=100
            )
            for source in page:
                if source.type == type and name in (source.url, source.name):
                    return source
            offset += 100
            if offset >= total:
                return None

    async def _show_progress(self, services: "Services", workspace: WorkspaceId) -> None:
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            TextColumn("{task.fields[documents]} documents"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as progress:
            bars = {
                source_id: progress.add_task("…", total=1.0, documents=0)
                for source_id in self.waiting
            }
            busy = set(bars)
            while busy:
                for source_id in list(busy):
                    source = await services.sources.get(workspace, source_id)
                    done = source.progress is None
                    if done:
                        busy.discard(source_id)
                    progress.update(
                        bars[source_id],
                        description=source.name,
                        documents=source.document_count,
                        completed=1.0 if done else source.progress or 0.0,
                    )
                await asyncio.sleep(0.1)

    async def _report(self, services: "Services", workspace: WorkspaceId, seconds: float) -> None:
        for source_id in self.waiting:
            source = await services.sources.get(workspace, source_id)
            problem = source.error or source.sync_error
            line = f"  {source.name}   {source.document_count} documents   {source.status}"
            line += await self._pages_skipped(services, workspace, source)
            self.console.print(line if problem is None else f"{line}: {problem}", markup=False)
        for line in self.skipped:
            self.console.print(f"  skipped {line}", style="yellow", markup=False)
        if self.waiting:
            self.console.print(f"  Searchable after {seconds:.1f} s.\n")

    async def _pages_skipped(
        self, services: "Services", workspace: WorkspaceId, source: "Source"
    ) -> str:
        """How many pages a crawl did not take in, and how to see why; empty if there are none."""
        if source.job_id is None:
            return ""
        report = (await services.ingestion.status(workspace, source.job_id)).job.report or {}
        skipped = report.get("refused", 0) + report.get("failed", 0)
        return f"   ({skipped} skipped: cevvo sources show {source.id})" if skipped else ""

    async def _ask(self, url: str, key: str) -> None:
        self.console.print(f"  [bold]{FIRST_QUESTION}[/bold]\n")
        started = time.monotonic()
        api = Api(f"{url}/api/v1", key)
        answer = await asyncio.to_thread(post_question, api, FIRST_QUESTION)
        print_answer(self.console, answer, time.monotonic() - started)
        self.console.print()

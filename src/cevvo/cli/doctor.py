"""``cevvo doctor``: finds what is wrong with an installation, and says what mends it."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx2
import pysqlite3
import typer
from rich.text import Text

from cevvo import __version__
from cevvo.cli.api import FAILED, print_json
from cevvo.cli.credentials import DEFAULT_BASE_URL, credentials_path, load_credentials
from cevvo.cli.doctor_content import Finding, Level, content
from cevvo.cli.options import ApiUrl, AsJson, DataDir
from cevvo.cli.quiet import is_quiet
from cevvo.cli.tables import console
from cevvo.errors import StartError
from cevvo.foundation.db.migrate import HEAD
from cevvo.foundation.db.opening import is_half_restored, is_locked, require_driver
from cevvo.settings import Settings, is_secret, load_settings, origins
from cevvo.settings_files import settings_files

_COLOURS: dict[Level, str] = {"ok": "green", "warn": "yellow", "fail": "red"}
_MEGABYTE = 2**20
_LITTLE, _TOO_LITTLE = 1000, 100  # megabytes of disk
_WAL_FIXED = (3, 51, 3)


def doctor(data_dir: DataDir = None, url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Look for what is wrong with the data directory and the server, and say what mends it.

    Changes nothing; a server may be running. Ends with 1 when something does not work.

    Example: cevvo doctor --data-dir /srv/cevvo
    """
    findings = [*_settings_and_data(data_dir), *_server(url)]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _show(findings)
    if any(finding.level == "fail" for finding in findings):
        raise typer.Exit(FAILED)


def _show(findings: list[Finding]) -> None:
    for finding in findings:
        if is_quiet() and finding.level == "ok":
            continue
        line = Text()
        line.append(f"{finding.level:<6}", _COLOURS[finding.level])
        line.append(finding.what)
        console().print(line)
        if finding.fix is not None:
            console().print(Text(f"      {finding.fix}", "dim"))


def _settings_and_data(data_dir: Path | None) -> Iterator[Finding]:
    try:
        settings = load_settings(data_dir=data_dir)
    except StartError as error:
        yield Finding("fail", error.message, "No server starts with this setting.")
        return
    yield from _settings_files()
    yield from _data_dir(settings.data_dir, settings.given_database_url)
    yield from _models(settings)
    yield from _credentials()


def _settings_files() -> Iterator[Finding]:
    for name, where in origins().items():
        path = Path(where)
        if is_secret(name) and path in settings_files() and path.stat().st_mode & 0o077:
            yield Finding(
                "warn", f"Others can read the {name} in {path}.", f"chmod 600 {path.absolute()}"
            )


def _data_dir(folder: Path, url: str | None) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding(
            "warn",
            f"There is no data directory {folder.absolute()}.",
            "Name yours with --data-dir, or make one with: cevvo up",
        )
        return
    if is_half_restored(folder):
        yield Finding(
            "fail",
            f"Restoring a backup into {folder} was begun and not finished.",
            f"Begin again: cevvo restore FILE --data-dir {folder}",
        )
        return
    yield from _folder(folder)
    if url is not None:
        yield from _postgres(url)
        return
    yield from _running(folder)
    yield from _database(folder)


def _postgres(url: str) -> Iterator[Finding]:
    try:
        require_driver()
        from cevvo.cli.doctor_postgres import examine  # of the extra `postgres`

        yield from examine(url)
    except StartError as error:
        yield Finding("fail", error.message, "No server starts before this is mended.")


def _folder(folder: Path) -> Iterator[Finding]:
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(
            "fail",
            f"This user cannot write to {folder.absolute()}.",
            "Run cevvo as the user who owns it, or change its owner.",
        )
        return
    free = shutil.disk_usage(folder).free // _MEGABYTE
    space = f"{free // 1000:,} GB" if free >= _LITTLE else f"{free:,} MB"
    if free < _TOO_LITTLE:
        yield Finding("fail", f"Only {space} free for {folder}.", "Free some disk space.")
    elif free < _LITTLE:
        yield Finding("warn", f"Only {space} free for {folder}.", "Free some disk space soon.")
    else:
        yield Finding("ok", f"data directory {folder} writable, {space} free")
    if folder.stat().st_mode & (stat.S_IROTH | stat.S_IXOTH):
        yield Finding(
            "warn", f"Everybody on this machine can read {folder}.", f"chmod o-rwx {folder}"
        )


def _running(folder: Path) -> Iterator[Finding]:
    running = is_locked(folder)
    yield Finding("ok", f"{'a' if running else 'no'} server is running on it")


def _database(folder: Path) -> Iterator[Finding]:
    version = pysqlite3.sqlite_version_info
    number = ".".join(map(str, version))
    if version < _WAL_FIXED:
        yield Finding(
            "fail",
            f"SQLite {number} can damage the database when several connections write.",
            "Install cevvo's own packages again: they bring a newer SQLite.",
        )
    else:
        yield Finding("ok", f"SQLite {number} has the WAL fix of 3.51.3")
    path = folder / "cevvo.db"
    if not path.exists():
        yield Finding("warn", "There is no database yet.", "The first start makes it: cevvo up")
        return
    connection = pysqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        yield from _schema_and_content(connection)
    except pysqlite3.DatabaseError as error:
        yield Finding(
            "fail",
            f"The database cannot be read: {error}.",
            "Restore a backup: cevvo restore FILE --data-dir NEW",
        )
    finally:
        connection.close()


def _schema_and_content(connection: Any) -> Iterator[Finding]:
    def count(query: str, *values: object) -> int:
        return int(connection.execute(query, values).fetchone()[0])

    if not count("SELECT count(*) FROM sqlite_schema WHERE name = 'alembic_version'"):
        yield Finding("fail", "The database is no database of cevvo's.", "Take another --data-dir.")
        return
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if revision > HEAD:
        yield Finding(
            "fail",
            f"A newer version of cevvo wrote it (schema {revision}; this one knows {HEAD}).",
            "Install that version again.",
        )
        return
    if revision < HEAD:
        yield Finding(
            "warn",
            f"An older version of cevvo wrote it (schema {revision}).",
            "The next start brings it up to date, and copies it before. At once: cevvo migrate",
        )
        return
    damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        yield Finding(
            "fail",
            f"The database is damaged: {damage}.",
            "Restore a backup: cevvo restore FILE --data-dir NEW",
        )
        return
    yield Finding("ok", f"database whole, schema {revision}")
    yield from content(count)


def _models(settings: Settings) -> Iterator[Finding]:
    names = settings.ladder
    if names:
        yield Finding("ok", f"language models: {', '.join(names)}")
    else:
        yield Finding(
            "warn",
            "No language model: answers are quotations.",
            "If you want one: export OPENAI_API_KEY=… or ANTHROPIC_API_KEY=… (docs/models.md)",
        )


def _credentials() -> Iterator[Finding]:
    path = credentials_path()
    if path.exists() and path.stat().st_mode & 0o077:
        yield Finding("fail", f"Others can read the API keys in {path}.", f"chmod 600 {path}")


def _server(url: str | None) -> Iterator[Finding]:
    credentials = load_credentials()
    remembered = next(reversed(credentials), DEFAULT_BASE_URL)
    base = (url or os.environ.get("CEVVO_BASE_URL") or remembered).rstrip("/")
    root = base.removesuffix("/api/v1")
    try:
        ready = httpx2.get(f"{root}/readyz", timeout=10)
        status, checks = ready.json()["status"], ready.json()["checks"]
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        yield Finding("warn", f"No server answers at {root} ({error}).", "Start it: cevvo up")
        return
    except (ValueError, KeyError, TypeError):
        yield Finding("fail", f"What answers at {root} is no Cevvo server.", "Check the address.")
        return
    bad = [f"{name}: {said}" for name, said in checks.items() if said != "ok"]
    if status == "degraded":
        yield Finding(
            "warn",
            f"The server at {root} does not work as it should: {'; '.join(bad)}.",
            "See its log. Without Redis each server counts limits by itself; without a worker "
            "jobs wait (cevvo worker).",
        )
    elif bad:
        yield Finding(
            "fail", f"The server at {root} is not ready: {'; '.join(bad)}.", "See its log."
        )
    else:
        yield Finding("ok", f"server at {root} ready")
    yield from _version_and_key(
        root, base, os.environ.get("CEVVO_API_KEY") or credentials.get(base)
    )


def _version_and_key(root: str, base: str, key: str | None) -> Iterator[Finding]:
    try:
        running = httpx2.get(f"{root}/openapi.json", timeout=10).json()["info"]["version"]
        if running != __version__:
            yield Finding(
                "warn",
                f"The server is cevvo {running}, this command {__version__}.",
                "Restart the server, or install the same version here.",
            )
        if key is None:
            yield Finding("warn", f"No API key for {base}.", "Make one: cevvo keys create")
            return
        headers = {"Authorization": f"Bearer {key}"}
        asked = httpx2.get(f"{base}/sources", headers=headers, timeout=10)
    except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
        yield Finding("fail", f"The server does not answer as it should ({error}).", "See its log.")
        return
    if asked.status_code == 401:
        yield Finding(
            "fail", "The server does not know this API key.", "Make one: cevvo keys create"
        )
    elif asked.is_success or asked.status_code == 403:
        yield Finding("ok", "API key known")
    else:
        yield Finding("fail", f"The server answers {asked.status_code}.", "See its log.")

"""``cevvo people``: who has an account on this server, and the links that let them in."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, TypeVar

import typer

from cevvo.cli.actor import this_user
from cevvo.cli.api import fail
from cevvo.cli.options import DataDir, WorkspaceName
from cevvo.cli.quiet import say
from cevvo.cli.tables import print_table
from cevvo.domain.access import ROLES, Role
from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import now, rfc3339, rfc3339_or_none
from cevvo.errors import CevvoError, InvalidRequest
from cevvo.features.people.links import Purpose, link_url
from cevvo.features.people.repository import Member
from cevvo.features.people.service import PeopleService
from cevvo.features.sign_in.resets import PasswordResets
from cevvo.features.sign_in.service import SignInService
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.access.passwords import Passwords
from cevvo.foundation.db.opening import open_database, open_stored
from cevvo.foundation.secrets import Secrets
from cevvo.providers.mail.smtp import configured_sender
from cevvo.settings import Settings, load_settings

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")]

people = typer.Typer(help="List and invite people; make links to get in.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class _Room:
    """What the commands work with."""

    settings: Settings
    workspace: WorkspaceId
    people: PeopleService
    sign_in: SignInService
    resets: PasswordResets

    def url(self, purpose: Purpose, token: str) -> str:
        """A link to the dashboard, which is taken to be on this machine unless told."""
        here = f"http://{self.settings.host}:{self.settings.port}"
        return link_url(self.settings.public_url or here, purpose, token)


@people.command("list")
def list_people(
    workspace: WorkspaceName = None, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Show who belongs to a workspace.

    Example: cevvo people list
    """

    async def read(room: _Room) -> list[Member]:
        found, _ = await room.people.members(room.workspace, offset=0, limit=1000)
        return found

    rows = [
        {
            "id": member.person_id,
            "name": member.name,
            "email": member.email,
            "role": member.role,
            "second_factor": member.second_factor,
            "joined_at": rfc3339(member.joined_at),
            "last_signed_in_at": rfc3339_or_none(member.last_signed_in_at),
        }
        for member in _with_room(data_dir, read, workspace, stored=True)
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    names = ("id", "name", "email", "role", "last_signed_in_at")
    print_table(names, ([row[name] for name in names] for row in rows))


@people.command()
def invite(
    email: Email,
    role: Annotated[str, typer.Option("--role", help=f"What they are to be: {', '.join(ROLES)}.")],
    workspace: WorkspaceName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Invite somebody to a workspace: the link works once, within seven days.

    Example: cevvo people invite grace@example.com --role editor
    """

    async def make(room: _Room) -> tuple[str, bool]:
        _, url, mailed = await room.people.invite(
            room.workspace,
            email=email,
            role=_known_role(role),
            session=None,
            by=this_user(),
            url_of=partial(room.url, "invitation"),
        )
        return url, mailed

    url, mailed = _with_room(data_dir, make, workspace)
    sent = "Sent by mail." if mailed else "Hand it over yourself."
    _show(url, f"{sent} One use, 7 days.", as_json)


@people.command("reset-password")
def reset_password(
    email: Email,
    second_factor_off: Annotated[
        bool, typer.Option("--second-factor-off", help="Remove a lost second factor, too.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a link with which somebody chooses a new password: one use, one hour.

    Example: cevvo people reset-password ada@example.com
    """

    async def make(room: _Room) -> str:
        token = await room.resets.link_for(
            email, by=this_user(), without_second_factor=second_factor_off
        )
        return room.url("reset", token)

    _show(_with_room(data_dir, make, stored=True), "One use, 1 hour.", as_json)


@people.command("setup-link")
def setup_link(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Make a link with which the first owner sets up the server: one use, 30 minutes.

    Example: cevvo people setup-link
    """

    async def make(room: _Room) -> str | None:
        token = await room.sign_in.setup_token()
        return None if token is None else room.url("setup", token)

    url = _with_room(data_dir, make)
    if url is None:
        raise InvalidRequest(
            "This server has an owner already. A lost password: cevvo people reset-password"
        )
    _show(url, "One use, 30 minutes.", as_json)


def _show(url: str, hint: str, as_json: bool) -> None:
    """A link, and what there is to know about it."""
    typer.echo(json.dumps({"url": url}) if as_json else url)
    if not as_json:
        say(hint)


def _known_role(role: str) -> Role:
    for known in ROLES:
        if role == known:
            return known
    raise InvalidRequest(f"{role!r} is no role, but {', '.join(ROLES)} are.")


def _with_room(
    data_dir: DataDir,
    use: Callable[[_Room], Awaitable[T]],
    workspace: WorkspaceName = None,
    *,
    stored: bool = False,
) -> T:
    """What ``use`` says. ``stored``: of a database that is there already; else one is made."""
    settings = load_settings(data_dir=data_dir)
    open_ = open_stored if stored else open_database
    db = open_(settings.data_dir, settings.given_database_url)
    passwords = Passwords()

    async def run() -> T:
        room = _Room(
            settings,
            await WorkspacesService(db, now).find(workspace),
            PeopleService(db, configured_sender(settings), now),
            SignInService(
                db, passwords, Secrets.of(settings.data_dir, settings.given_secret_key), now
            ),
            PasswordResets(db, passwords, None, settings.public_url, now),
        )
        return await use(room)

    try:
        return asyncio.run(run())
    except CevvoError as error:
        fail(error.message)
    finally:
        passwords.close()
        db.close()

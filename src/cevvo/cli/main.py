"""Puts the commands together and turns every expected error into one line and an exit code."""

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from cevvo import __version__
from cevvo.cli.quiet import with_quiet
from cevvo.errors import CevvoError

# In the order that help shows: the name in the module of the same name, or in another one.
_COMMANDS = {
    "up": "up",
    "serve": "serve",
    "worker": "worker",
    "ask": "ask",
    "ingest": "ingest",
    "eval": "evaluate",
    "check": "check",
    "gaps": "gaps",
    "questions": "questions",
    "status": "status",
    "doctor": "doctor",
    "backup": "backup",
    "restore": "restore",
    "export": "export",
    "import": "export.import_",
    "migrate": "migrate",
    "reembed": "reembed",
    "mcp": "mcp",
    "audit": "audit",
    "sources": "sources",
    "jobs": "jobs",
    "keys": "keys",
    "people": "people",
    "retention": "retention",
    "config": "config",
    "webhooks": "webhooks",
    "version": "version",
}


class _OnDemand(TyperGroup):
    """Imports a command when it is asked for: a client waits for no part of the server."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _COMMANDS:
            self.commands[cmd_name] = _imported(cmd_name)
        return super().get_command(ctx, cmd_name)


def _imported(name: str) -> Any:
    """The command or group of commands, as the library runs it."""
    module, _, attribute = _COMMANDS[name].rpartition(".")
    found = getattr(import_module(f"cevvo.cli.{module or name}"), attribute)
    around = typer.Typer()
    if isinstance(found, typer.Typer):
        around.add_typer(_quiet_group(found), name=name)
    else:
        around.command(name)(with_quiet(found))
    return get_group(around).commands[name]


def _quiet_group(group: typer.Typer) -> typer.Typer:
    """The same commands with ``--quiet``; what is called without a command has it too."""
    same = typer.Typer(no_args_is_help=group.info.no_args_is_help, help=group.info.help)
    own = group.registered_callback
    if own is not None and own.callback is not None:
        same.callback(invoke_without_command=True)(with_quiet(own.callback))
    for command in group.registered_commands:
        assert command.callback is not None
        same.command(command.name)(with_quiet(command.callback))
    return same


app = typer.Typer(
    cls=_OnDemand,
    name="cevvo",
    help="An answer engine of your own: documents in, cited answers out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
for _name in _COMMANDS:
    app.command(_name)(lambda: None)  # known by name until it is imported


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"cevvo {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """An answer engine of your own: documents in, cited answers out."""


def main() -> None:
    """Entry point of the ``cevvo`` script."""
    try:
        app()
    except CevvoError as error:
        typer.secho(f"cevvo: {error.message}", fg=typer.colors.RED, err=True)
        sys.exit(1)

"""Puts the commands together and turns every expected error into one line and an exit code."""

import sys
from typing import Annotated

import typer

from cevvo import __version__
from cevvo.cli.ask import ask
from cevvo.cli.audit import audit
from cevvo.cli.doctor import doctor
from cevvo.cli.eval import evaluate
from cevvo.cli.gaps import gaps
from cevvo.cli.ingest import ingest
from cevvo.cli.jobs import jobs
from cevvo.cli.keys import keys
from cevvo.cli.mcp import mcp
from cevvo.cli.people import people
from cevvo.cli.serve import serve
from cevvo.cli.sources import sources
from cevvo.cli.status import status
from cevvo.cli.up import up
from cevvo.errors import CevvoError

app = typer.Typer(
    name="cevvo",
    help="An answer engine of your own: documents in, cited answers out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
app.command()(up)
app.command()(serve)
app.command()(ask)
app.command()(ingest)
app.command("eval")(evaluate)
app.command()(gaps)
app.command()(status)
app.command()(doctor)
app.command()(mcp)
app.command()(audit)
app.add_typer(sources, name="sources")
app.add_typer(jobs, name="jobs")
app.add_typer(keys, name="keys")
app.add_typer(people, name="people")


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

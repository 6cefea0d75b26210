"""``cevvo version``: what exactly is installed here."""

import platform

import pysqlite3
import typer

from cevvo import __version__
from cevvo.cli.api import print_json
from cevvo.cli.options import AsJson
from cevvo.cli.quiet import is_quiet
from cevvo.cli.tables import print_facts
from cevvo.foundation.db.migrate import HEAD


def version(as_json: AsJson = False) -> None:
    """Show the version of cevvo, of its schema and of what it runs on: for a bug report.

    Examples:

    cevvo version

    cevvo version --quiet
    """
    found = {
        "cevvo": __version__,
        "schema": HEAD,
        "sqlite": pysqlite3.sqlite_version,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    if as_json:
        print_json(found)
    elif is_quiet():
        typer.echo(__version__)
    else:
        print_facts(found.items())

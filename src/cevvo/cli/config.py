"""``cevvo config``: what the settings are, and where each was set."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from cevvo.cli.api import print_json
from cevvo.cli.options import DataDir, Host, Port
from cevvo.cli.quiet import is_quiet
from cevvo.cli.tables import print_table
from cevvo.settings import ModelPrice, Settings, load_settings, origins, variable
from cevvo.settings_files import settings_files

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
_MASK = "********"

config = typer.Typer(help="Show the settings and where they come from.", no_args_is_help=True)


@config.command()
def show(
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    as_json: AsJson = False,
) -> None:
    """Show every setting, its value and where that comes from.

    Examples:

    cevvo config show

    cevvo config show --json --data-dir /srv/cevvo

    A flag wins over its environment variable, that over ./cevvo.toml, that over the user's own
    file (~/.config/cevvo/config.toml), and that over the default. Secrets are masked. --quiet
    prints only what is set, as NAME=VALUE.
    """
    flags = {"data_dir": data_dir, "host": host, "port": port}
    settings, where = load_settings(**flags), origins(**flags)
    shown = {name: _shown(getattr(settings, name)) for name in Settings.model_fields}
    if as_json:
        print_json(
            {
                name: {"value": value, "from": where[name], "variable": variable(name)}
                for name, value in shown.items()
            }
        )
    elif is_quiet():
        for name, value in shown.items():
            if where[name] != "default":
                typer.echo(f"{variable(name)}={_one_line(value)}")
    else:
        print_table(
            ("setting", "value", "from"),
            ((name, _one_line(value), where[name]) for name, value in shown.items()),
        )
        for file in settings_files():
            typer.echo(f"{file}: {'read' if file.exists() else 'not there'}")


def _shown(value: Any) -> Any:
    """A value as JSON has it, without what is secret."""
    if isinstance(value, SecretStr):
        return _MASK
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, ModelPrice):
        return f"{value.model}={value.read}/{value.written}"
    return [_shown(each) for each in value] if isinstance(value, tuple) else value


def _one_line(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)

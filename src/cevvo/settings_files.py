"""Settings in files: ``./cevvo.toml`` and, for all of a user's, ``~/.config/cevvo/config.toml``.

TOML (https://toml.io), a setting a line, by its name in ``Settings``. Paths are relative to the
file that names them. A key that is no setting is refused, with the nearest one that is.
"""

import difflib
import os
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cevvo.errors import StartError


@dataclass(frozen=True, slots=True)
class Given:
    """What a file gives a setting, as the environment would: a list is comma-separated."""

    value: Any
    file: Path


def config_folder() -> Path:
    """The user's own folder of Cevvo's (``XDG_CONFIG_HOME`` is respected)."""
    config = os.environ.get("XDG_CONFIG_HOME")
    return (Path(config) if config else Path.home() / ".config") / "cevvo"


def settings_files() -> tuple[Path, Path]:
    """The files that are looked for; what the first says wins over the second."""
    return Path("cevvo.toml"), config_folder() / "config.toml"


def read_settings_files(known: Collection[str], paths: Collection[str]) -> dict[str, Given]:
    """What the files say, by the name of the setting. ``paths`` are those settings that are paths.

    Raises StartError in one line when a file cannot be read or holds what is no setting.
    """
    found: dict[str, Given] = {}
    for file in reversed(settings_files()):
        for name, value in _parsed(file).items():
            if name not in known:
                raise StartError(f"{file}: unknown setting {name!r}.{_nearest(name, known)}")
            found[name] = Given(_value(file, value, is_path=name in paths), file)
    return found


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StartError(f"Cannot read {file}: {error.strerror}.") from error
    except ValueError as error:  # of TOML or of UTF-8
        raise StartError(
            f'{file} is not written in TOML: {error}. A line is: port = 8420, or host = "::1"'
        ) from error


def _value(file: Path, value: Any, *, is_path: bool) -> Any:
    if is_path and isinstance(value, str) and value:
        return str(file.parent / Path(value).expanduser())
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ",".join(value)
    return value


def _nearest(name: str, known: Collection[str]) -> str:
    plain = name.lower().removeprefix("cevvo_").replace("-", "_")
    near = difflib.get_close_matches(plain, known, n=1, cutoff=0.5)
    return f" Did you mean {near[0]}?" if near else " All of them: cevvo config show"

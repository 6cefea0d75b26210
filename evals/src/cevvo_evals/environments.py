"""Python environments of their own, to install the product and others into."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cevvo_evals.server import CEVVO

ROOT = Path(__file__).parents[3]
_UV = CEVVO.with_name("uv")


def wheels(folder: Path) -> tuple[list[Path], Path]:
    """The product and its reader as wheels, and a file of the versions that the lock file names."""
    for part in (ROOT, ROOT / "reader"):
        run([_UV, "build", "--quiet", "--wheel", "--out-dir", folder, part])
    versions = folder / "versions.txt"
    listed = run([_UV, "export", "--frozen", "--quiet", "--no-dev", "--no-hashes",
                  "--no-emit-workspace", "--project", ROOT])  # fmt: skip
    versions.write_text(listed)
    return list(folder.glob("*.whl")), versions


def create(folder: Path, *what: str | Path) -> Path:
    """Make an environment in ``folder`` and install ``what``, as ``uv pip install`` is told it; its
    Python. Raises subprocess.CalledProcessError with uv's words in ``stderr``."""
    python = folder / "bin" / "python"
    run([_UV, "venv", "--quiet", "--clear", "--python", sys.executable, folder])
    run([_UV, "pip", "install", "--quiet", "--python", python, *what])
    return python


def size(folder: Path) -> tuple[int, int]:
    """Packages in an environment, and the MB that its files take."""
    python = folder / "bin" / "python"
    listed = run([_UV, "pip", "list", "--quiet", "--python", python, "--format", "json"])
    taken = sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())
    return len(json.loads(listed)), round(taken / 1e6)


def run(command: Sequence[str | Path], cwd: Path | None = None) -> str:
    """What a command prints. Raises subprocess.CalledProcessError when it fails."""
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=cwd, env=clean()
    ).stdout


def clean() -> dict[str, str]:
    """No settings of the product, and none that keep Python from keeping what it compiled."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("CEVVO_", "PYTHON"))}

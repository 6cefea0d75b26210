"""Check what is published: built twice, in two places, and used where nothing else is installed.

python tools/release_check.py

1. Both builds have the same bytes.
2. The wheel installs into an empty environment with what requirements.txt names, by hash, has its
   version, the dashboard and the documentation, and answers a question about the sample manual
   with a citation.
3. The wheel that is built from the source package is the same one.
4. An empty Go module takes ours from the files of its proxy.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from release import BIN, GO_MODULE, git, main
from version import version

READY = "Ready."


def check() -> int:
    """The exit code: 1 when something is not as it should be."""
    with tempfile.TemporaryDirectory(prefix="cevvo-check-") as name:
        place = Path(name)
        first, second = place / "one", place / "another" / "place"
        main(first)
        main(second)
        sums = [(each / "SHA256SUMS").read_text() for each in (first, second)]
        if sums[0] != sums[1]:
            lines = set(sums[0].splitlines()) ^ set(sums[1].splitlines())
            print("\n".join(["Two builds differ:", *sorted(lines)]), file=sys.stderr)
            return 1
        print(f"Two builds of {git('rev-parse', '--short', 'HEAD').decode().strip()} are the same.")
        rebuilt(first, place / "rebuilt")
        installed(first, place / "installed")
        taken_by_go(first, place / "go")
    return 0


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """What a command prints. Raises CalledProcessError with it when it fails."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CEVVO_", "PYTHON"))}
    done = subprocess.run(  # noqa: S603 - what is run is named in this file
        command, env=clean | environment, cwd=cwd, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def rebuilt(dist: Path, place: Path) -> None:
    """The source package makes the wheel that is beside it, whatever else is on this machine."""
    epoch = git("log", "-1", "--format=%ct").decode().strip()
    for sdist in dist.glob("*.tar.gz"):
        build = (BIN / "uv", "build", "--offline", "--quiet", "--wheel", "--out-dir", place, sdist)
        run(*build, SOURCE_DATE_EPOCH=epoch)
    for wheel in place.glob("*.whl"):
        if wheel.read_bytes() != (dist / wheel.name).read_bytes():
            raise SystemExit(f"{wheel.name} from its source package is another one.")
        print(f"{wheel.name} comes out of its source package.")


def installed(dist: Path, place: Path) -> None:
    """An empty environment with what requirements.txt names, by hash, then the wheels alone."""
    (wheel,), (reader,) = dist.glob("cevvo-*.whl"), dist.glob("cevvo_reader-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("dashboard_assets", "docs_assets"):
        if f"cevvo/{part}/index.html" not in names:
            raise SystemExit(f"The wheel has no {part}.")
    uv = BIN / "uv"
    run(uv, "venv", "--quiet", "--offline", "--python", sys.executable, place)
    python = place / "bin" / "python"
    install = (uv, "pip", "install", "--quiet", "--python", python)
    run(*install, "--require-hashes", "--requirements", dist / "requirements.txt")
    run(*install, "--offline", "--no-deps", reader, wheel)
    run(uv, "pip", "check", "--quiet", "--python", python)
    said = run(place / "bin" / "cevvo", "--version").strip()
    if said != f"cevvo {version()}":
        raise SystemExit(f"The installed command says {said!r}.")
    print(f"{wheel.name}, {wheel.stat().st_size:,} bytes, says: {said}")
    print(f"It answers: {answered(place)}")


def answered(place: Path) -> str:
    """The cited answer to the first question about the sample manual."""
    data = place / "data"
    home = {k: v for k, v in os.environ.items() if not k.startswith(("CEVVO_", "PYTHON"))}
    up = (place / "bin" / "cevvo", "up", "--demo", "--port", "0", "--data-dir", data)
    process = subprocess.Popen(  # noqa: S603 - what is run is named in this file
        up,
        env=home | {"HOME": str(place), "XDG_CONFIG_HOME": str(place)},
        stdout=subprocess.PIPE,
        text=True,
        cwd=place,
    )
    assert process.stdout is not None
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line.strip())
            if line.strip().startswith(READY):
                break
        else:
            raise SystemExit("The installed server ended: " + " ".join(said))
    finally:
        process.terminate()
        process.wait(60)
    answer = next((line for line in said if "[1]" in line), None)
    if answer is None:
        raise SystemExit("The installed server gave no citation: " + " ".join(said))
    return answer


def taken_by_go(dist: Path, place: Path) -> None:
    """An empty Go module that imports ours builds."""
    place.mkdir()
    (place / "main.go").write_text(
        f'package main\n\nimport "{GO_MODULE}"\n\nfunc main() {{ println(cevvo.Version) }}\n'
    )
    go = {
        "GOPROXY": f"file://{dist / 'go'}",
        "GOFLAGS": "-mod=mod -modcacherw",
        "GONOSUMDB": "*",
        "GOTOOLCHAIN": "local",
        "GOENV": "off",
        "GOPATH": str(place / "path"),
        "GOCACHE": str(place / "cache"),
    }
    run(BIN / "go", "mod", "init", "example.com/empty", cwd=place, **go)
    run(BIN / "go", "get", f"{GO_MODULE}@v{version()}", cwd=place, **go)
    run(BIN / "go", "build", "-o", "used", ".", cwd=place, **go)
    shutil.rmtree(place / "cache")
    print(f"{GO_MODULE}@v{version()} builds in an empty Go module.")


if __name__ == "__main__":
    sys.exit(check())

"""What is published of the Python SDK: its README's snippets, and the package in an empty place."""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from conftest import Server, clean_environment
from ingestion_room import Site
from sdks.test_real_job import own_workspace

PROJECT = Path(__file__).parents[2] / "sdks" / "python"
SNIPPET = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
UV = Path(sys.executable).with_name("uv")


def test_the_readme_does_what_it_says(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site = Site()
    site.put("/", "Start", "To get started, create a source. Parcels go by balloon.")
    shown = {
        "cevvo_sk_…": own_workspace(server),
        "http://127.0.0.1:8420": server.url,
        "https://docs.example.com": site.url,
    }
    monkeypatch.setenv("CEVVO_API_KEY", shown["cevvo_sk_…"])
    monkeypatch.setenv("CEVVO_BASE_URL", f"{server.url}/api/v1")
    monkeypatch.chdir(tmp_path)
    Path("handbook.md").write_text("# Start\n\nTo get started, create a source.\n")
    snippets = SNIPPET.findall((PROJECT / "README.md").read_text())
    names: dict[str, object] = {"__name__": "readme"}
    for snippet in snippets:
        code = snippet
        for example, real in shown.items():
            code = code.replace(example, real)
        exec(compile(code, "README.md", "exec"), names)
    site.close()
    names["cevvo"].close()  # type: ignore[attr-defined]
    assert len(snippets) == 12
    assert names["receive"](b"{}", {}) == 400  # type: ignore[operator]
    printed = capsys.readouterr().out
    assert "404 not_found" in printed
    assert "my-own-id-1" in printed


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, env=clean_environment(**environment)
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with what ``uv build`` makes."""
    into = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--offline", "--quiet", "--out-dir", into, PROJECT)
    return into


def test_the_package_has_the_code_and_nothing_else(built: Path) -> None:
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    code = {
        str(path.relative_to(PROJECT / "src"))
        for path in (PROJECT / "src").rglob("*")
        if path.suffix in (".py", ".typed")
    }
    in_wheel = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    assert in_wheel == code
    top = sdist.name.removesuffix(".tar.gz")
    with tarfile.open(sdist) as archive:
        in_sdist = {n.removeprefix(f"{top}/") for n in archive.getnames()}
    more = {"README.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert in_sdist == {f"src/{name}" for name in code} | more
    assert wheel.stat().st_size < 80_000  # some 800 bytes for each operation


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_the_package_works_where_nothing_else_is(kind: str, built: Path, tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    run(
        UV, "venv", "--quiet", "--offline", "--python", sys.executable, tmp_path, "--allow-existing"
    )
    # What the lock file has for it, out of the cache; then the package, and whether that is enough.
    run(
        *(UV, "sync", "--quiet", "--offline", "--frozen", "--active", "--project", PROJECT),
        *("--package", "cevvo-sdk", "--no-install-workspace", "--no-default-groups"),
        VIRTUAL_ENV=str(tmp_path),
    )
    install = (UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python)
    run(*install, *built.glob(kind))
    run(UV, "pip", "check", "--quiet", "--python", python)
    code = "import cevvo_sdk, sys; print(cevvo_sdk.__version__, 'cevvo' in sys.modules)"
    assert run(python, "-c", code) == "0.1.0 False\n"
    code = "import importlib.metadata as m; print(m.requires('cevvo-sdk'))"
    assert run(python, "-c", code) == "['httpx2<3,>=2.16']\n"

"""The snippets of the TypeScript SDK's README: their types, and what they do on a real server."""

import re
import subprocess
from pathlib import Path

from conftest import Server, clean_environment
from ingestion_room import Site
from sdks.test_real_job import NODE, ROOT, own_workspace

README = ROOT / "sdks" / "typescript" / "README.md"
SNIPPET = re.compile(r"^```ts\n(.*?)^```", re.MULTILINE | re.DOTALL)
IMPORT = re.compile(r"^import .*\n", re.MULTILINE)
STRICT = (
    "--strict",
    "--noEmit",
    "--skipLibCheck",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--types",
    "node",
)


def module() -> str:
    """The snippets in one module: the first for all, the others each in a block of its own."""
    snippets = SNIPPET.findall(README.read_text())
    assert len(snippets) == 11
    imports = "".join(line for each in snippets for line in IMPORT.findall(each))
    first, *others = (IMPORT.sub("", each).replace("export ", "") for each in snippets)
    return imports + first + "".join(f"{{\n{each}\nvoid 0;\n}}\n" for each in others)


def run(directory: Path, *command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, env=clean_environment(**environment)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_readme_does_what_it_says(server: Server, tmp_path: Path) -> None:
    site = Site()
    site.put("/", "Start", "To get started, create a source. Parcels go by balloon.")
    code = module().replace("cevvo_sk_…", own_workspace(server))
    code = code.replace("http://127.0.0.1:8420", server.url)
    (tmp_path / "handbook.md").write_text("# Start\n\nTo get started, create a source.\n")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    readme = tmp_path / "readme.ts"
    readme.write_text(code.replace("https://docs.example.com", site.url))
    run(tmp_path, NODE, ROOT / "node_modules/typescript/bin/tsc", *STRICT, readme)
    printed = run(tmp_path, NODE, readme)
    site.close()
    assert "404 not_found" in printed
    assert "customer_request" in printed

"""S47: what the product is made of is pinned, can be listed, and is asked about."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")
VULNERABILITY = {"id": "OSV-1", "modified": "2026-01-01T00:00:00Z", "summary": "It breaks."}
ADVISORY = {
    "id": 1,
    "url": "https://example.com/1",
    "title": "It breaks.",
    "severity": "high",
    "vulnerable_versions": "<99",
    "cwe": [],
    "cvss": {"score": 9.0, "vectorString": None},
}


def lock() -> dict[str, Any]:
    return tomllib.loads((ROOT / "uv.lock").read_text())


def test_s47_every_package_is_pinned_by_its_hash() -> None:
    for package in lock()["package"]:
        if "registry" in package["source"]:
            files = [*package.get("wheels", []), package.get("sdist")]
            assert all(each["hash"].startswith("sha256:") for each in files if each), package[
                "name"
            ]
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    fetched = {
        name: each for name, each in packages.items() if "resolved" in each and "link" not in each
    }
    assert all(each["integrity"].startswith("sha512-") for each in fetched.values())
    assert len(fetched) > 10


def test_s47_the_list_of_parts_has_all_that_is_shipped(tmp_path: Path) -> None:
    subprocess.run(
        ["make", "--silent", "sbom", f"SBOM={tmp_path}"], cwd=ROOT, check=True, timeout=120
    )
    python, npm = (json.loads((tmp_path / f"{n}.cdx.json").read_text()) for n in ("python", "npm"))
    assert python["bomFormat"] == npm["bomFormat"] == "CycloneDX"
    listed = {part["name"]: part for part in python["components"]}
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for dependency in declared:
        name = re.split(r"[><=;\s]", dependency)[0]
        part = listed[name]
        if name != "cevvo-reader":  # which is made here
            assert part["purl"].startswith(f"pkg:pypi/{name}@")
    assert "pytest" not in listed
    assert {"preact", "@fontsource-variable/geist"} <= {
        "/".join(filter(None, (part.get("group"), part["name"]))) for part in npm["components"]
    }


class Advisories(BaseHTTPRequestHandler):
    """OSV and npm's registry in one; ``vulnerable`` is the package that they warn of."""

    vulnerable: str | None = None

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/querybatch"):
            queries = json.loads(asked)["queries"]
            hit = [each["package"]["name"] == self.vulnerable for each in queries]
            answer: Any = {"results": [{"vulns": [VULNERABILITY]} if each else {} for each in hit]}
        else:
            answer = {self.vulnerable: [ADVISORY]} if self.vulnerable else {}
        self._answer(answer)

    def do_GET(self) -> None:
        if VULNERABILITY["id"] in self.path:
            affected = [{"package": {"ecosystem": "PyPI", "name": self.vulnerable}, "ranges": []}]
            self._answer(VULNERABILITY | {"affected": affected})
        else:  # a package, as npm looks it up
            name = self.path.strip("/")
            versions = {"11.2.0": {"name": name, "version": "11.2.0"}}
            self._answer({"name": name, "versions": versions, "dist-tags": {"latest": "11.2.0"}})

    def _answer(self, answer: Any) -> None:
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def advisories(vulnerable: str | None) -> Iterator[str]:
    """The address of a service on loopback that warns of that package."""
    handler = type("Handler", (Advisories,), {"vulnerable": vulnerable})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as service:
        Thread(target=service.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{service.server_port}"
        service.shutdown()


def audit(osv: str, npm_registry: str) -> tuple[int, list[str]]:
    """The exit code, and what was said of each lock file."""
    done = subprocess.run(
        [sys.executable, "tools/audit.py", f"--osv={osv}", f"--npm-registry={npm_registry}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stderr)
    return done.returncode, [line.rpartition(": ")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("vulnerable", "code", "python", "npm"),
    [
        (None, 0, "no known vulnerability", "no known vulnerability"),
        ("starlette", 1, "VULNERABLE, see above", "no known vulnerability"),
        ("preact", 1, "no known vulnerability", "VULNERABLE, see above"),
    ],
)
def test_s47_a_known_vulnerability_fails_the_audit(
    vulnerable: str | None, code: int, python: str, npm: str
) -> None:
    with advisories(vulnerable) as url:
        assert audit(url, url) == (code, [python, npm])


def test_s47_an_audit_that_could_not_be_done_says_so_and_fails_nothing() -> None:
    nobody = "http://127.0.0.1:9"
    not_done = "NOT DONE, the service could not be asked"
    assert audit(nobody, nobody) == (0, [not_done, not_done])

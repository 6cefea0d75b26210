"""The version: it is in src/cevvo/__init__.py, and this writes it wherever else it has to be.

python tools/version.py 0.2.0    give everything that is published this version
python tools/version.py --check  say whether all of it has the same one
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = "src/cevvo/__init__.py"
PLACES = {
    SOURCE: r'^__version__ = "(.+)"$',
    "sdks/python/src/cevvo_sdk/_version.py": r'^__version__ = "(.+)"$',
    "sdks/typescript/src/version.ts": r"^export const VERSION = '(.+)';$",
    "sdks/typescript/package.json": r'^  "version": "(.+)",$',
    "package-lock.json": r'^      "name": "@cevvo/sdk",\n      "version": "(.+)",$',
    "sdks/go/client.go": r'^const Version = "(.+)"$',
    "openapi.json": r'^    "version": "(.+)"$',
}
"""A pattern for each file: its group is the version."""
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(alpha|beta|rc)\.\d+)?")


def place(name: str) -> re.Match[str]:
    """Where the version is in a file. Raises ValueError where it is not there once."""
    found = list(re.finditer(PLACES[name], (ROOT / name).read_text(), re.MULTILINE))
    if len(found) != 1:
        raise ValueError(f"{name} has the version {len(found)} times; {PLACES[name]}")
    return found[0]


def version() -> str:
    """The one that everything should have."""
    return place(SOURCE)[1]


def main(wanted: str) -> int:
    """The exit code: 1 when --check finds another version somewhere."""
    if wanted == "--check":
        wrong = [f"{name} has {place(name)[1]}" for name in PLACES if place(name)[1] != version()]
        print("\n".join(wrong) or f"Everything has the version {version()}.")
        return 1 if wrong else 0
    if not _VERSION.fullmatch(wanted):
        print(f"{wanted!r} is no version such as 1.2.3 or 1.2.3-rc.1.", file=sys.stderr)
        return 2
    for name in PLACES:
        start, end = place(name).span(1)
        text = (ROOT / name).read_text()
        (ROOT / name).write_text(text[:start] + wanted + text[end:])
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))

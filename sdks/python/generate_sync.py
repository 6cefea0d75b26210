"""Writes the blocking half of the package out of the other: ``_sync/`` from ``_async/``.

    python sdks/python/generate_sync.py            write it
    python sdks/python/generate_sync.py --check    fail if it is not what would be written

Names lose what makes them asynchronous. Only ``page.py`` is written by hand on both sides.
"""

import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent / "src" / "cevvo_sdk"
BY_HAND = "page.py"
HEADER = "# Written by generate_sync.py from _async/{}: change that.\n"
RULES = (
    (r"async (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bcevvo_sdk\._async\b", "cevvo_sdk._sync"),
    (r"\bfrom asyncio import sleep\b", "from time import sleep"),
    (r"\bAsyncGenerator\[(\w+), None\]", r"Generator[\1, None, None]"),
    (r"\bAsyncPager\b", "Page"),
    (r"\bAsync([A-Z]\w*)", r"\1"),
    (r"\b__a(enter|exit|iter|next)__", r"__\1__"),
    (r"\ba(close|read|iter_bytes)\(", r"\1("),
)


def blocking(source: str, name: str) -> str:
    """The blocking form of an asynchronous module."""
    for pattern, replacement in RULES:
        source = re.sub(pattern, replacement, source)
    return HEADER.format(name) + source


def stale(*, write: bool) -> list[str]:
    """The modules that are not as they should be; with ``write`` they are then."""
    found = []
    for module in sorted((PACKAGE / "_async").glob("*.py")):
        if module.name == BY_HAND:
            continue
        target = PACKAGE / "_sync" / module.name
        right = blocking(module.read_text(), module.name)
        if not target.exists() or target.read_text() != right:
            found.append(str(target.relative_to(PACKAGE)))
            if write:
                target.write_text(right)
    return found


def main(arguments: list[str]) -> int:
    """1 where something is stale and only looked at."""
    check = "--check" in arguments
    found = stale(write=not check)
    if found and check:
        print(f"Not current: {', '.join(found)}. Run: python {sys.argv[0]}", file=sys.stderr)
    return 1 if found and check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

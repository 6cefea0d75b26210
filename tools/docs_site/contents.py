"""What pages there are, and where: ``docs/README.md`` says it, here as to who reads it on GitHub.

Each of its sections is a group of the navigation, each row of their tables a page.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_ROW = re.compile(r"^\| \[(?P<title>[^\]]+)\]\((?P<path>[^)]+)\) \| (?P<about>.+) \|$")


class BrokenLink(Exception):
    """A page links to something that is not there."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation."""

    title: str
    url: str
    about: str
    source: Path


@dataclass(frozen=True, slots=True)
class Group:
    """Pages under one heading."""

    title: str
    places: list[Place] = field(default_factory=list)


def read_groups(index: Path = DOCS / "README.md") -> list[Group]:
    """The navigation. Raises BrokenLink for a page that does not exist."""
    groups: list[Group] = []
    for line in index.read_text().splitlines():
        if line.startswith("## "):
            groups.append(Group(line.removeprefix("## ")))
        elif row := _ROW.match(line):
            source = (index.parent / row["path"]).resolve()
            if not source.exists():
                raise BrokenLink(f"{index.name} lists {row['path']}, which does not exist")
            groups[-1].places.append(Place(row["title"], url_of(source), row["about"], source))
    return [group for group in groups if group.places]


def sources(groups: list[Group]) -> list[Path]:
    """The Markdown file of every page: those of the navigation, and all else below ``docs/``."""
    listed = [place.source for group in groups for place in group.places]
    return list(dict.fromkeys([DOCS / "README.md", *listed, *sorted(DOCS.rglob("*.md"))]))


def url_of(source: Path) -> str:
    """Where a file's page is: ``/docs/websites``, ``/docs/sdks/python``, ``/docs/changelog``."""
    path = source.relative_to(ROOT).with_suffix("")
    parts = [part for part in path.parts if part != "README"]
    if parts and parts[0] == "docs":
        parts = parts[1:]
    return "/".join(["/docs", *(part.lower() for part in parts)])

"""Training examples out of technical documentation.

From Debian packages whose documentation is permissively licensed: Python (PSF licence), SQLAlchemy
(MIT), Node.js (MIT), SQLite (public domain), Rust (MIT or Apache-2.0). None of them is among the
sites that ``cevvo_evals.documentation`` asks about. Pages are read by the product's own parser.

Rules, a question each, the section being the passage:
 * a heading, as it stands, as keywords, or as "how to", "what is": the whole section answers;
 * the first words of a definition or table row ("name: what it is", "| name | what it is |"): that
   line answers "what does NAME do", "NAME";
 * a line of a list or table whose identifier is asked for.
Near misses are the section without that line, or a sibling section of the page; what is elsewhere
is a section of another page.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cevvo.domain.documents import Block
from cevvo.errors import Permanent
from cevvo.providers.parsing.html import parse_html
from cevvo_reader_training.examples import ELSEWHERE, NEAR_MISS, POSITIVE, Example

PACKAGES = {
    "python": Path("/usr/share/doc/python3.11/html"),
    "sqlalchemy": Path("/usr/share/doc/python-sqlalchemy-doc/html"),
    "nodejs": Path("/usr/share/doc/nodejs/api"),
    "sqlite": Path("/usr/share/doc/sqlite3"),
    "rust": Path("/usr/share/doc/rust-doc/html/book"),
}
_LONGEST, _SHORTEST = 1100, 120  # characters of a section's text
_NAME = re.compile(r"^\W{0,3}([A-Za-z_][\w.\-]{2,40})(?:\(.*?\))?\s*(?:[:|–—]|\s-\s)\s*(\S.{20,})$")
_FRAMES = ("{}", "{}", "what is {}", "how does {} work", "{} meaning", "explain {}", "What is {}?")
_DOING = ("how to {}", "How do I {}?", "how can i {}", "{}", "steps for {}")
_LINE_FRAMES = (
    "what does {} do",
    "{}",
    "What is {} for?",
    "{} option",
    "meaning of {}",
    "when to use {}",
)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a page: its own text, without what is under deeper headings."""

    page: str
    title: str
    heading: str
    text: str


def sections_of(name: str, folder: Path) -> Iterator[Section]:
    """Every section of the pages below ``folder`` that is neither very short nor very long."""
    for file in sorted(folder.rglob("*.html")):
        if file.stat().st_size > 600_000 or file.is_symlink():
            continue
        try:
            parsed = parse_html(file.read_bytes(), name=file.name)
        except Permanent:
            continue
        heading, texts = "", list[str]()
        for block in (*parsed.blocks, Block("heading", "#", 1)):
            if block.kind != "heading":
                texts.append(block.text)
                continue
            text = "\n".join(texts)[:_LONGEST]
            if heading and len(text) >= _SHORTEST:
                yield Section(f"{name}/{file.name}", parsed.title, heading, text)
            heading, texts = block.text.strip("¶# "), []


def examples_of(sections: Sequence[Section], chance: random.Random) -> Iterator[list[Example]]:
    """Groups: a positive, then its negatives."""
    by_page: dict[str, list[Section]] = {}
    for section in sections:
        by_page.setdefault(section.page, []).append(section)
    for section in sections:
        for question, span in _questions(section, chance):
            whole = Example(
                question,
                section.title,
                section.text,
                (span,),
                exact=False,
                sort=POSITIVE,
                source="sections",
            )
            yield [whole, *_negatives(whole, section, by_page[section.page], sections, chance)]


def _questions(section: Section, chance: random.Random) -> Iterator[tuple[str, tuple[int, int]]]:
    heading = re.sub(r"^[\d.]+\s+", "", section.heading)
    if len(heading.split()) >= 2 or "." in heading:
        if heading.endswith("?"):
            question = heading
        elif heading.split()[0].lower().endswith("ing") and heading[0].isupper():
            question = chance.choice(_DOING).format(heading[0].lower() + heading[1:])
        else:
            question = chance.choice(_FRAMES).format(heading)
        yield question, (0, min(len(section.text), 400))
    lines = []
    start = 0
    for line in section.text.split("\n"):
        match = _NAME.match(line)
        if match and len(section.text) > len(line) + 80:
            lines.append((match[1], (start, start + len(line))))
        start += len(line) + 1
    for name, span in chance.sample(lines, min(2, len(lines))):
        yield chance.choice(_LINE_FRAMES).format(name), span


def _negatives(
    example: Example,
    section: Section,
    siblings: Sequence[Section],
    everywhere: Sequence[Section],
    chance: random.Random,
) -> Iterator[Example]:
    start, end = example.spans[0]
    left = (example.text[:start] + example.text[end + 1 :]).strip()
    others = [each for each in siblings if each.heading != section.heading]
    if start > 0 and len(left) > 80:
        yield _negative(example, section.title, left, NEAR_MISS)
    elif others:
        other = chance.choice(others)
        yield _negative(example, other.title, other.text, NEAR_MISS)
    else:
        other = chance.choice(everywhere)
        yield _negative(example, other.title, other.text, ELSEWHERE)


def _negative(example: Example, title: str, text: str, sort: str) -> Example:
    return Example(example.question, title, text, (), exact=False, sort=sort, source=example.source)

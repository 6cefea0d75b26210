"""Definition lists: glossaries, options and the entries of an API reference."""

from dataclasses import dataclass, field

from cevvo.providers.parsing.html_junk import Junk
from cevvo.providers.parsing.html_nodes import (
    HEADINGS,
    RICH,
    Node,
    classes_of,
    contains,
    descendants,
    elements,
)

_LONG = 400
_TEXT_TAGS = frozenset({"p", "li", "dt", "dd", "pre", "td"})
_SECTIONS = frozenset({"section", "article", "main", "body"})


@dataclass(slots=True)
class Entry:
    """One or several terms (dt) and what is said of them (dd)."""

    terms: list[Node] = field(default_factory=list)
    definitions: list[Node] = field(default_factory=list)


def entries_of(definitions: Node, junk: Junk) -> list[Entry]:
    """The entries of a dl, whether or not they are wrapped in div."""
    entries: list[Entry] = []
    for tag, part in _parts(definitions):
        if junk.drops(part, tag, part.attributes):
            continue
        if not entries or (tag == "dt" and entries[-1].definitions):
            entries.append(Entry())
        (entries[-1].terms if tag == "dt" else entries[-1].definitions).append(part)
    return entries


def _parts(definitions: Node) -> list[tuple[str, Node]]:
    parts: list[tuple[str, Node]] = []
    for tag, child in elements(definitions):
        if tag == "div":
            parts += [(inner, part) for inner, part in elements(child) if inner in ("dt", "dd")]
        else:
            parts.append((tag, child))
    return parts


def is_signature(term: Node) -> bool:
    """Whether this is an entry of an API reference, as Sphinx marks them."""
    if "sig" in classes_of(term.attributes):
        return True
    return any(
        classes_of(below.attributes) & {"descname", "sig-name"} for _, below in descendants(term)
    )


def has_long_entries(entries: list[Entry]) -> bool:
    """Whether some definition holds more than a list item can: code, tables, much text."""
    return any(
        contains(definition, RICH) or len(definition.text()) > _LONG
        for entry in entries
        for definition in entry.definitions
    )


def section_ends_after(definitions: Node, known: dict[int, bool]) -> bool:
    """Whether nothing but a heading, another definition list or the end of the section follows.

    Only then may the terms be headings: a paragraph after them would stand under the last one.
    ``known`` remembers the answer for the lists passed on the way, so that a thousand of them in a
    row are walked once.
    """
    node = definitions
    passed = [node.mem_id]
    answer: bool | None = None
    while answer is None:
        if node.mem_id in known:
            answer = known[node.mem_id]
            break
        following = node.next
        while following is not None and not _says_something(following):
            following = following.next
        if following is None:
            parent = node.parent
            section = parent is None or parent.tag in _SECTIONS or _is_section(parent)
            answer = True if section else None
            node = parent or node
        elif following.tag == "dl":
            node = following
            passed.append(node.mem_id)
        else:
            answer = following.tag in HEADINGS or following.tag == "dt" or _opens_section(following)
    known.update(dict.fromkeys(passed, answer))
    return answer


def _is_section(node: Node) -> bool:
    return "section" in classes_of(node.attributes)


def _says_something(node: Node) -> bool:
    return node.tag != "-comment" and bool(node.text().strip())


def _opens_section(node: Node) -> bool:
    """Whether the first thing in ``node`` that holds text is a heading."""
    tags = (tag for tag, _ in descendants(node) if tag in HEADINGS or tag in _TEXT_TAGS)
    return next(tags, None) in HEADINGS

"""The tree that the HTML walk sees: what any DOM offers, so that only one file knows the parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Protocol

Attributes = dict[str, str | None]

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
LISTS = frozenset({"ul", "ol", "menu", "dir"})
RICH = HEADINGS | {"pre", "table", "dl", "blockquote", "figure"}
BLOCK_TAGS = HEADINGS | {
    *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dir", "div"),
    *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr"),
    *("html", "li", "main", "menu", "nav", "ol", "p", "pre", "search", "section", "summary"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "listing", "xmp", "plaintext"),
}


class Node(Protocol):
    """A node. Text has the tag ``-text``, comments and the like other names with a leading dash."""

    @property
    def mem_id(self) -> int: ...
    @property
    def tag(self) -> str | None: ...
    @property
    def attributes(self) -> Attributes: ...
    @property
    def first_child(self) -> Node | None: ...
    @property
    def next(self) -> Node | None: ...
    @property
    def parent(self) -> Node | None: ...
    def text(self) -> str: ...


class Tree(Protocol):
    """A parsed page. ``css`` gives matches in document order; a page of frames has no body."""

    @property
    def root(self) -> Node | None: ...
    @property
    def body(self) -> Node | None: ...
    def css(self, query: str) -> Sequence[Node]: ...


def children(node: Node) -> Iterator[Node]:
    """Direct children: text, elements, comments."""
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def elements(node: Node) -> Iterator[tuple[str, Node]]:
    """Direct children that are elements, with their tags."""
    for child in children(node):
        tag = child.tag
        if tag is not None and tag[0] != "-":
            yield tag, child


def descendants(node: Node) -> Iterator[tuple[str, Node]]:
    """Every element below ``node`` in document order, with its tag. Not recursive."""
    stack = [elements(node)]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
        else:
            yield found
            stack.append(elements(found[1]))


def contains(node: Node, tags: frozenset[str]) -> bool:
    """Whether an element of these tags is somewhere below ``node``."""
    return any(tag in tags for tag, _ in descendants(node))


def classes_of(attributes: Attributes) -> frozenset[str]:
    """The class names, in lower case."""
    value = attributes.get("class")
    return _classes(value) if value else _NO_CLASSES


_NO_CLASSES: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)  # a page has few different ones, and thousands of elements
def _classes(value: str) -> frozenset[str]:
    return frozenset(value.lower().split())

"""From an HTML tree to blocks: a walk in document order that knows how documentation is marked up.

What decides quality, found on pages of eight generators: permalink signs go; a heading's id may sit
on the section around it or on an empty element before it; asides are often admonitions; of a table
that shows line numbers beside code only the code counts; what an accordion or a tab hides is text.
"""

import re
from textwrap import dedent

from cevvo.domain.documents import Block, BlockKind
from cevvo.providers.parsing.characters import fenced, one_line
from cevvo.providers.parsing.html_boxes import box_kind, box_title, is_box
from cevvo.providers.parsing.html_code import code_language, code_text
from cevvo.providers.parsing.html_definitions import (
    Entry,
    entries_of,
    has_long_entries,
    is_signature,
    section_ends_after,
)
from cevvo.providers.parsing.html_headings import heading_text, permalink
from cevvo.providers.parsing.html_inline import gather, inline_text, prose
from cevvo.providers.parsing.html_junk import Junk
from cevvo.providers.parsing.html_nodes import (
    BLOCK_TAGS,
    HEADINGS,
    LISTS,
    RICH,
    Attributes,
    Node,
    children,
    contains,
    descendants,
    elements,
)
from cevvo.providers.parsing.html_tables import pipe_table

_PRE = frozenset({"pre", "listing", "xmp", "plaintext"})
_BREAKS_LIST = RICH - HEADINGS
_WHOLE = _PRE | HEADINGS | LISTS | {"dl", "table", "blockquote"}
_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n\s*")


def blocks_of(root: Node, junk: Junk, *, first_row_is_header: bool = False) -> list[Block]:
    """The blocks of ``root`` in reading order. ``first_row_is_header``: see ``pipe_table``."""
    walk = _Walk(junk, first_row_is_header)
    if root.tag in _WHOLE:
        walk.block(root, root.tag)
    else:
        walk.children_of(root)
    return walk.blocks


class _Walk:
    """``_anchor`` is the id last passed, for the next block; ``_label`` what stands before the next
    paragraph: a box's title, a term; ``_level`` the level of the heading last written; ``_items``
    the lines of the list being read; ``_used`` nodes written out of turn; ``_layout`` tables that
    are none; ``_ends`` what ``section_ends_after`` knows."""

    def __init__(self, junk: Junk, first_row_is_header: bool) -> None:
        self.blocks: list[Block] = []
        self._junk = junk
        self._first_row_is_header = first_row_is_header
        self._anchor: str | None = None
        self._label = ""
        self._level = 1
        self._items: list[str] = []
        self._used: set[int] = set()
        self._layout: set[int] = set()
        self._ends: dict[int, bool] = {}

    def children_of(self, node: Node) -> None:
        """Inline content between blocks gathers into paragraphs; blocks are written as met."""
        gathered: list[str] = []
        for child in children(node):
            tag = child.tag
            if tag is None or child.mem_id in self._used:
                continue
            if tag in BLOCK_TAGS or (tag[0] != "-" and contains(child, BLOCK_TAGS)):
                self._paragraph(gathered)
                self.block(child, tag)
            else:
                if tag in ("a", "span") and not any(map(str.strip, gathered)):
                    self._note_anchor(tag, child.attributes)
                gather(child, self._junk, gathered)
        self._paragraph(gathered)

    def block(self, node: Node, tag: str) -> None:
        attributes = node.attributes
        if self._junk.drops(node, tag, attributes):
            return
        self._note_anchor(tag, attributes)
        if tag in HEADINGS:
            self._heading(node, int(tag[1]))
        elif tag in _PRE:
            self._code(node)
        elif tag in LISTS and not contains(node, HEADINGS):
            self._list(node, 0)
            self._flush_items()
        elif tag == "dl":
            self._definitions(node)
        elif tag == "table":
            self._table(node)
        elif tag == "blockquote" and not contains(node, RICH | LISTS):
            quoted = prose(inline_text(node, self._junk)).split("\n")
            self._emit("quote", "\n".join(f"> {line}" for line in quoted if line))
        elif is_box(tag, attributes):
            self._box(node, attributes)
        else:
            self.children_of(node)

    # -- writing ---------------------------------------------------------------------------------

    def _emit(self, kind: BlockKind, text: str, level: int = 0) -> None:
        if not any(map(str.isalnum, text)) and kind != "code":
            return
        if kind == "paragraph" and self._label:
            text = f"{self._label}{' ' if self._label[-1] in '?!.:' else ': '}{text}"
            self._label = ""
        self._write_label()
        self.blocks.append(Block(kind, text, level, self._anchor))
        self._anchor = None

    def _write_label(self) -> None:
        """A label that found no paragraph to stand before is one itself."""
        if self._label:
            label, self._label = self._label, ""
            self._emit("paragraph", label)

    def _paragraph(self, gathered: list[str]) -> None:
        """Write what has gathered; an empty line (two br) makes two paragraphs."""
        for piece in _PARAGRAPH_BREAK.split("".join(gathered).strip()):
            self._emit("paragraph", prose(piece))
        gathered.clear()

    def _note_anchor(self, tag: str, attributes: Attributes) -> None:
        anchor = attributes.get("id") or (attributes.get("name") if tag == "a" else None)
        self._anchor = anchor or self._anchor

    # -- kinds of blocks -------------------------------------------------------------------------

    def _heading(self, node: Node, level: int, *, plain: bool = False) -> None:
        text = heading_text(node, self._junk, plain=plain)
        if text:
            self._anchor = permalink(node, self._junk) or self._anchor
            self._emit("heading", f"{'#' * level} {text}", level)
            self._level = level

    def _code(self, node: Node) -> None:
        code = code_text(node, self._junk)
        if code:
            self._emit("code", fenced(code, code_language(node)))

    def _table(self, node: Node) -> None:
        sources = [below for tag, below in descendants(node) if tag in _PRE]
        if sources and sum(tag == "tr" for tag, _ in descendants(node)) == 1:
            self._code(sources[-1])  # the others hold line numbers
            return
        for tag, caption in elements(node):
            if tag == "caption":
                self._emit("paragraph", prose(inline_text(caption, self._junk)))
                self._used.add(caption.mem_id)
        text = None
        if node.mem_id not in self._layout:
            text = pipe_table(node, self._junk, first_row_is_header=self._first_row_is_header)
        if text is None:
            self.children_of(node)
        else:
            self._emit("table", text)

    def _box(self, node: Node, attributes: Attributes) -> None:
        """An admonition: its title goes before its first text, as in ``Note: …``."""
        title = box_title(node)
        self._label = box_kind(attributes)
        if title is not None:
            self._used.add(title.mem_id)
            text = one_line(inline_text(title, self._junk)).rstrip(":. ")
            self._label = text[:1].upper() + text[1:] or self._label
        # Asciidoctor and DocBook lay boxes out with tables.
        self._layout.update(below.mem_id for tag, below in elements(node) if tag == "table")
        self.children_of(node)
        self._write_label()

    # -- lists -----------------------------------------------------------------------------------

    def _list(self, node: Node, depth: int) -> None:
        start = node.attributes.get("start") or "1"
        number = int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1
        ordered = node.tag == "ol"
        for tag, item in elements(node):
            if self._junk.drops(item, tag, item.attributes):
                continue
            if tag in LISTS:
                self._list(item, depth + 1)
            else:
                self._item(item, "  " * depth, f"{number}. " if ordered else "- ", depth)
                number += 1

    def _item(self, node: Node, indent: str, marker: str, depth: int) -> str:
        """Write one item; what is returned marks the next line of it: the marker, if that has not
        been written, or blanks."""
        gathered: list[str] = []
        for child in children(node):
            tag = child.tag
            if tag is None or tag[0] == "-" or tag not in BLOCK_TAGS:
                gather(child, self._junk, gathered)
                continue
            marker = self._item_text(gathered, indent, marker)
            if self._junk.drops(child, tag, child.attributes):
                continue
            if tag in LISTS:
                if marker.endswith(": "):  # a term that is defined by a list
                    marker = self._item_text([marker[2:]], indent, marker[:2])
                self._list(child, depth + 1)
            elif tag in _BREAKS_LIST:
                self._flush_items()
                self.block(child, tag)
            else:
                marker = self._item(child, indent, marker, depth)
        return self._item_text(gathered, indent, marker)

    def _item_text(self, gathered: list[str], indent: str, marker: str) -> str:
        text = prose("".join(gathered))
        gathered.clear()
        if not text:
            return marker
        if marker.isspace() and not self._items:  # goes on after a code block: no item of its own
            self._emit("paragraph", text)
            return marker
        for line in text.split("\n"):
            self._items.append(f"{indent}{marker}{line}")
            marker = "  "
        return marker

    def _flush_items(self) -> None:
        if self._items:
            text = dedent("\n".join(self._items))
            self._items.clear()
            self._emit("list", text)

    # -- definition lists ------------------------------------------------------------------------

    def _definitions(self, node: Node) -> None:
        """Short ones are lists, ``- term: definition``; in long ones each term is a heading, unless
        text follows that would then seem to belong to the last term."""
        entries = entries_of(node, self._junk)
        signatures = any(is_signature(term) for entry in entries for term in entry.terms)
        if not signatures and not has_long_entries(entries):
            for entry in entries:
                self._short_definition(entry)
            self._flush_items()
            return
        complete = signatures or all(entry.definitions for entry in entries)
        level = min(self._level + 1, 6) if complete and section_ends_after(node, self._ends) else 0
        outer = self._level
        for entry in entries:
            if complete or entry.definitions:
                self._flush_items()
                self._long_definition(entry, level, signatures)
            else:
                self._short_definition(entry)
        self._flush_items()
        self._level = outer

    def _short_definition(self, entry: Entry) -> None:
        terms = [one_line(inline_text(term, self._junk)).rstrip(": ") for term in entry.terms]
        marker = f"- {', '.join(term for term in terms if term)}: "
        for definition in entry.definitions:
            marker = self._item(definition, "", marker, 0)
        if not marker.isspace():
            self._items.append(marker.rstrip(": "))

    def _long_definition(self, entry: Entry, level: int, signatures: bool) -> None:
        for term in entry.terms:
            self._note_anchor("dt", term.attributes)
            if level:
                self._heading(term, level, plain=signatures)
            else:
                self._write_label()
                text = one_line(inline_text(term, self._junk, plain=signatures))
                self._label = text.rstrip(":")
        for definition in entry.definitions:
            self._level = level or self._level
            self.children_of(definition)
        self._write_label()

"""Saved pages of documentation sites, and what each holds by its own markup.

The truth comes from the page's DOM with selectors written by hand for each generator: where the
main part is, and what within it is none (permalinks, lists of contents, buttons). All else on the
page is boilerplate. Nothing of Cevvo's own reader is used.
"""

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

PAGES = Path(__file__).parents[2] / "pages"


@dataclass(frozen=True, slots=True)
class Site:
    """``main``: selector of the main part; ``without``: of what in it is no content; ``boxes``: of
    headings that only title a box."""

    main: str
    without: str
    boxes: str = "[role=none]"


_SPHINX = ".headerlink, .viewcode-link, .footnote-reference"
SITES = {
    "apache": Site(
        "#page-content",
        "#quickview, .toplang, .bottomlang, .lang-toggle, .top, .up, #comments_section",
    ),
    "asciidoc": Site("#header h1, #content", "#toc"),
    "docbook": Site(
        "body > div:not(.navheader):not(.navfooter)",
        "div.toc",
        boxes=".note h3, .tip h3, .warning h3, .caution h3, .important h3",
    ),
    "docusaurus": Site(".theme-doc-markdown", ".hash-link, button"),
    "doxygen": Site("div.headertitle, div.contents", ".permalink"),
    "mdbook": Site("#content main", ".buttons"),
    "mkdocs": Site("[role=main]", ".headerlink"),
    "nodejs": Site("#apicontent", "a.mark, .srclink"),
    "publican": Site("body > div:not(#banner)", "div.toc"),
    "rustdoc": Site(
        "#main-content",
        ".out-of-band, .srclink, .rightside, a.anchor, button, .hideme, .notable-traits",
    ),
    "sphinx-django": Site("#yui-main .yui-b", _SPHINX),
    "sphinx-python": Site("div.body[role=main]", _SPHINX),
    "sphinx-sqlalchemy": Site("#docs-body", _SPHINX),
    "sqlite": Site("body", "div.nosearch:has(.menu), div.nosearch > a, .fancy_toc, button"),
    "texinfo": Site("body", "table.header, table.menu, body > font, p:has(> font)"),
    "vitepress": Site(".vp-doc", ".header-anchor, button, span.lang, .line-numbers-wrapper"),
    "zensical": Site(
        "article.md-content__inner", ".headerlink, .md-content__button, .md-source-file"
    ),
}

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
Heading = tuple[int, tuple[str, ...]]
"""Its level and its words."""

_NO_TEXT = "script, style, noscript, template, svg, head"
_INLINE = frozenset(
    {
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn"),
        *("em", "font", "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span"),
        *("strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    }
)
_WORD = re.compile(r"[^\W_]+")
_ITEM_WORDS = 8


@dataclass(frozen=True, slots=True)
class Truth:
    """What the main part of a page holds, and the words of everything else on it.

    ``anchors`` has, per heading, the fragments that open the page right there. ``items`` are the
    first eight words of list items. Code lines are without blanks at their end.
    """

    headings: list[Heading]
    anchors: list[frozenset[str]]
    code: Counter[str]
    cells: Counter[tuple[str, ...]]
    items: Counter[tuple[str, ...]]
    words: list[str]
    boilerplate: list[str]


@dataclass(frozen=True, slots=True)
class Page:
    """A saved page."""

    name: str
    generator: str
    content: bytes = field(repr=False)

    def truth(self) -> Truth:
        """What its markup says that it holds."""
        return truth(self.content, SITES[self.generator])


def saved_pages(folder: Path = PAGES) -> list[Page]:
    """``folder/<generator>/<name>.html.gz``, of all generators, by name."""
    return [
        Page(path.name.removesuffix(".gz"), path.parent.name, gzip.decompress(path.read_bytes()))
        for path in sorted(folder.glob("*/*.html.gz"))
    ]


def words(text: str) -> list[str]:
    """Letters and digits in lower case: what no way to write Markdown can change."""
    return _WORD.findall(text.lower())


def item_key(text: str) -> tuple[str, ...]:
    """What a list item is known by: it may go on with other blocks."""
    return tuple(words(text)[:_ITEM_WORDS])


def code_lines(text: str) -> Counter[str]:
    """Lines of code that are not blank, without blanks at their end."""
    return Counter(line.rstrip() for line in text.split("\n") if line.strip())


def truth(content: bytes, site: Site) -> Truth:
    """What a page holds, by its markup and the selectors of its site."""
    tree = LexborHTMLParser(content.decode("utf-8", "replace"))
    for node in tree.css(_NO_TEXT):
        node.decompose()
    around = []
    names: dict[int, set[str]] = {}  # by element: its ids, and those of what is taken out of it
    for node in tree.css(site.without):
        around.append(_flowing(node))
        if node.parent is not None:
            names.setdefault(node.parent.mem_id, set()).update(_names(node))
        node.decompose()
    roots = tree.css(site.main)
    boxes = {node.mem_id for node in tree.css(site.boxes)}
    headings, anchors = _headings(roots, boxes, names)
    cells: Counter[tuple[str, ...]] = Counter()
    items: Counter[tuple[str, ...]] = Counter()
    code: Counter[str] = Counter()
    for root in roots:
        for node in _outermost(root, "pre"):
            code += code_lines(_code(node))
        for node in root.css("table"):
            cells += _cells(node)
        for node in root.css("li:not(table li)"):
            key = item_key(_flowing(node, until=("ul", "ol", "pre", "table")))
            items += Counter([key] if key else [])
    text = [word for root in roots for word in words(_flowing(root))]
    for root in roots:
        root.decompose()
    rest = _flowing(tree.body) if tree.body else ""
    boilerplate = [word for part in (*around, rest) for word in words(part)]
    return Truth(headings, anchors, code, cells, items, text, boilerplate)


def _outermost(root: LexborNode, tag: str) -> list[LexborNode]:
    inner = {node.mem_id for node in root.css(f"{tag} {tag}")}
    return [node for node in root.css(tag) if node.mem_id not in inner]


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _flowing(node: LexborNode, until: tuple[str, ...] = ()) -> str:
    """Text in which elements other than inline ones part words; up to an element of ``until``."""
    parts: list[str] = []
    _flow(node, until, parts)
    return "".join(parts)


def _flow(node: LexborNode, until: tuple[str, ...], parts: list[str]) -> bool:
    for child in _children(node):
        if child.tag == "-text":
            parts.append(child.text())
        elif child.tag in until:
            return False
        elif child.tag is not None and child.tag[0] != "-":
            edge = "" if child.tag in _INLINE else " "
            parts.append(edge)
            if not _flow(child, until, parts):
                return False
            parts.append(edge)
    return True


def _code(node: LexborNode) -> str:
    parts: list[str] = []
    for child in _children(node):
        if child.tag == "-text":
            parts.append(child.text().replace("\xa0", " "))
        elif child.tag == "br":
            parts.append("\n")
        elif child.tag is not None and child.tag[0] != "-":
            edge = "\n" if child.tag in ("div", "p", "li") else ""
            parts += (edge, _code(child), edge)
    return "".join(parts)


def _cells(table: LexborNode) -> Counter[tuple[str, ...]]:
    """The words of each cell, of tables that Markdown can hold and that have data in them: two rows
    and columns, no code block, heading or table within."""
    if any(len(table.css(tag)) > (tag == "table") for tag in ("table", "pre", *HEADINGS)):
        return Counter()
    rows = [row.css("td, th") for row in table.css("tr")]
    if len(rows) < 2 or max(map(len, rows)) < 2 or "admonition" in _class_of(table.parent):
        return Counter()
    texts = (tuple(words(_flowing(cell))) for row in rows for cell in row)
    return Counter(text for text in texts if text)


def _class_of(node: LexborNode | None) -> str:
    return (node.attributes.get("class") or "") if node is not None else ""


def _headings(
    roots: list[LexborNode], boxes: set[int], names: dict[int, set[str]]
) -> tuple[list[Heading], list[frozenset[str]]]:
    """Headings in order, with the ids that stand at or directly before each: no text between."""
    headings: list[Heading] = []
    anchors: list[frozenset[str]] = []
    waiting: set[str] = set()
    for root in roots:
        for node in root.traverse(include_text=True):
            if node.tag == "-text":
                if words(node.text()):
                    waiting.clear()
                continue
            waiting |= _names(node) | names.get(node.mem_id, set())
            if node.tag in HEADINGS and node.mem_id not in boxes and words(_flowing(node)):
                headings.append((int(node.tag[1]), tuple(words(_flowing(node)))))
                inner = [
                    _names(below) | names.get(below.mem_id, set()) for below in node.traverse()
                ]
                anchors.append(frozenset(waiting.union(*inner)))
    return headings, anchors


def _names(node: LexborNode) -> set[str]:
    attributes = node.attributes
    name = attributes.get("name") if node.tag == "a" else None
    return {anchor for anchor in (attributes.get("id"), name) if anchor}

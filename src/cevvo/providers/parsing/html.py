"""HTML pages: what they are called, what they link to, and the blocks of their main part."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.characters import title
from cevvo.providers.parsing.encoding import declared_encoding, decode
from cevvo.providers.parsing.html_blocks import blocks_of
from cevvo.providers.parsing.html_junk import Junk
from cevvo.providers.parsing.html_nodes import descendants
from cevvo.providers.parsing.names import title_from

# The containers in which generators put the text, then what HTML itself offers; first match wins.
_CONTENT = (
    "article.md-content__inner",  # Material for MkDocs, Zensical
    ".theme-doc-markdown",  # Docusaurus
    "[itemprop=articleBody]",  # Read the Docs theme of Sphinx and MkDocs, many blogs
    ".vp-doc",  # VitePress
    ".sl-markdown-content",  # Starlight
    "article.doc",  # Antora
    "#mw-content-text",  # MediaWiki
    ".article-body",  # Zendesk
    ".entry-content",  # WordPress
    "div.body[role=main]",  # Sphinx
    "main article",
    "main",
    "[role=main]",
    "article",
    "div#content",
    "div#main-content",
    "div#main",
    "div#page-content",  # Apache
)
_NESTED_LIMIT = 3000
_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_CLOSED_BY_OTHERS = frozenset(
    b"p li dt dd tr td th thead tbody tfoot option optgroup colgroup caption rt rp".split()
    + b"area base br col embed hr img input link meta param source track wbr path".split()
)
_LANGUAGE = re.compile(r"([a-zA-Z]{2})(?:[-_]|$)")
_SEPARATOR = re.compile(r"\s+[|–—·•»«:]+\s+|\s+-\s+|\s*::\s*")


def parse_html(
    content: bytes, *, name: str, url: str | None = None, selector: str | None = None
) -> ParsedDocument:
    """Read a page; with a CSS ``selector``, only what it matches.

    Raises Permanent: ``too_complex`` for tags nested without end, ``no_content`` when nothing is
    left besides navigation, ``invalid_selector``."""
    check_nesting(content)
    tree = _tree(decode(content, declared_encoding(content)))
    blocks = _read(tree) if selector is None else _selected(tree, selector)
    if not blocks:
        raise Permanent(
            "The page holds no text: it may be built by JavaScript in the browser.",
            reason="no_content",
        )
    base = _base(tree, url)
    noindex, nofollow = _robots(tree)
    return ParsedDocument(
        title=_title(tree, blocks, name),
        blocks=tuple(blocks),
        language=_language(tree),
        links=tuple(_links(tree, base)),
        canonical=_canonical(tree, base),
        noindex=noindex,
        nofollow=nofollow,
    )


def check_nesting(content: bytes) -> None:
    """Refuse what would take the parser quadratic time: each tag walks up those still open.

    Raises Permanent (``too_complex``).
    """
    if content.count(b"<") - content.count(b"</") <= _NESTED_LIMIT:
        return
    still_open: Counter[bytes] = Counter()
    depth = 0
    for found in _TAG.finditer(content):
        closing, tag = found.groups()
        if tag.lower() in _CLOSED_BY_OTHERS:
            continue
        if not closing:
            still_open[tag] += 1
            depth += 1
        elif still_open[tag]:
            still_open[tag] -= 1
            depth -= 1
        if depth > _NESTED_LIMIT:
            raise Permanent(
                f"The page nests more than {_NESTED_LIMIT} elements within each other.",
                reason="too_complex",
            )


def fragment_blocks(markup: str, *, first_row_is_header: bool = False) -> list[Block]:
    """The blocks of HTML that was made from another format: all of it is content.

    Raises Permanent (``too_complex``).
    """
    check_nesting(markup.encode("utf-8", "replace"))
    body = _tree(markup).body
    return blocks_of(body, Junk(), first_row_is_header=first_row_is_header) if body else []


def _tree(markup: str) -> LexborHTMLParser:
    try:
        return LexborHTMLParser(markup)
    except SelectolaxError as error:  # it is out of memory: there is no HTML that cannot be parsed
        raise Permanent(
            "The page needs more memory than can be had: split it.", reason="too_complex"
        ) from error


def _read(tree: LexborHTMLParser) -> list[Block]:
    """The blocks of the main part: of the first candidate that has any."""
    revealed = frozenset(
        identifier
        for node in tree.css("[aria-controls]")
        for identifier in (node.attributes["aria-controls"] or "").split()
    )
    titles = len(tree.css("h1"))
    for root, whole_body in _candidates(tree):
        blocks = blocks_of(root, Junk(revealed, whole_body, titles))
        if all(block.kind == "heading" for block in blocks):  # a page of contents, perhaps
            junk = Junk(revealed, whole_body, titles, keep_contents=True)
            blocks = blocks_of(root, junk)
        if blocks:
            return blocks
    return []


def _selected(tree: LexborHTMLParser, selector: str) -> list[Block]:
    """The blocks of what the selector matches, matches within matches left out."""
    try:
        roots = tree.css(selector)
    except (SelectolaxError, ValueError) as error:
        raise Permanent(
            f"{selector!r} is not a CSS selector that can be used.", reason="invalid_selector"
        ) from error
    inner = {below.mem_id for root in roots for _, below in descendants(root)}
    return [
        block
        for root in roots
        if root.mem_id not in inner
        for block in blocks_of(root, Junk(keep_contents=True))
    ]


def _candidates(tree: LexborHTMLParser) -> Iterator[tuple[LexborNode, bool]]:
    """Elements that may hold the main part, likeliest first; True with the last, the body."""
    body = tree.body
    if body is None:
        return
    for selector in _CONTENT:
        found = tree.css(selector)
        if len(found) == 1:
            yield found[0], False
    for heading in tree.css("div.section > h1, section[id] > h1")[:1]:  # Sphinx, any theme
        section = heading.parent
        if section is not None and section.parent is not None:
            yield section.parent, section.parent.tag == "body"
    yield body, True


def _title(tree: LexborHTMLParser, blocks: list[Block], name: str) -> str:
    """The first h1 of the main part; an h1 beside it that the title element repeats; the title
    for sharing; the title element without the site's name; the name."""
    element = tree.css_first("title")
    page_title = title(element.text()) if element else ""
    for block in blocks:
        if block.kind == "heading" and block.level == 1:
            return title(block.text[2:])
    for heading in tree.css("h1"):
        text = title(heading.text())
        if text and text in page_title:
            return text
    return (
        title(_meta(tree, "property", "og:title"))
        or _without_site(page_title, title(_meta(tree, "property", "og:site_name")))
        or title_from(name)
    )


def _without_site(page_title: str, site: str) -> str:
    separators = list(_SEPARATOR.finditer(page_title))
    if not separators:
        return page_title
    if site and page_title[: separators[0].start()] == site:
        return page_title[separators[0].end() :]
    return page_title[: separators[-1].start()] or page_title


def _meta(tree: LexborHTMLParser, attribute: str, value: str) -> str:
    for node in tree.css("meta"):
        attributes = node.attributes
        if (attributes.get(attribute) or "").lower() == value:
            return attributes.get("content") or ""
    return ""


def _robots(tree: LexborHTMLParser) -> tuple[bool, bool]:
    """(noindex, nofollow) as the page asks of every robot."""
    asked = {word.strip() for word in _meta(tree, "name", "robots").lower().split(",")}
    return bool(asked & {"noindex", "none"}), bool(asked & {"nofollow", "none"})


def _language(tree: LexborHTMLParser) -> str | None:
    attributes = tree.root.attributes if tree.root else {}
    found = _LANGUAGE.match(attributes.get("lang") or attributes.get("xml:lang") or "")
    return found[1].lower() if found else None


def _base(tree: LexborHTMLParser, url: str | None) -> str:
    element = tree.css_first("base[href]")
    href = (element.attributes.get("href") or "") if element else ""
    return _absolute(url or "", href) or url or ""


def _links(tree: LexborHTMLParser, base: str) -> list[str]:
    hrefs: dict[str, None] = {}
    for node in tree.css("[href]"):
        if node.tag in ("a", "area"):
            attributes = node.attributes
            if "nofollow" not in (attributes.get("rel") or "").lower().split():
                hrefs[(attributes.get("href") or "").partition("#")[0]] = None
    links = (_absolute(base, href) for href in hrefs if href)
    return list(dict.fromkeys(link for link in links if link))


def _canonical(tree: LexborHTMLParser, base: str) -> str | None:
    for node in tree.css("link[rel]"):
        attributes = node.attributes
        if "canonical" in (attributes.get("rel") or "").lower().split():
            return _absolute(base, attributes.get("href") or "")
    return None


def _absolute(base: str, href: str) -> str | None:
    """The address without its fragment; None for what is no web address."""
    try:
        link = urldefrag(urljoin(base, href.strip())).url
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme in ("http", "https") and parts.netloc else None

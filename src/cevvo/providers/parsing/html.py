"""HTML pages: what they are called, what they link to, and the blocks of their main part."""

import re
from collections import Counter
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.encoding import declared_encoding, decode
from cevvo.providers.parsing.html_blocks import blocks_of
from cevvo.providers.parsing.html_junk import Junk
from cevvo.providers.parsing.html_metadata import (
    base_address,
    canonical,
    language,
    links,
    page_title,
    redirection,
    robots,
)
from cevvo.providers.parsing.html_nodes import descendants
from cevvo.providers.parsing.html_refusals import has_little, refusal_of

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
    "#apicontent",  # Node.js
    "div.header + div.contents",  # Doxygen
    "div#content",
    "div#main-content",
    "div#main",
    "div#page-content",  # Apache
)
_NESTED_LIMIT = 3000
_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_NO_TAGS = re.compile(  # comments, scripts and styles: what looks like a tag in them is none
    rb"<!--(?:-?>|(?:[^-]++|-(?!-!?>))*+(?:--!?>)?)"
    rb"|<(script|style)(?=[\s/>])(?:[^<]++|<(?!/\1))*+"
    rb"|(<(?:svg|math)(?=[\s/>])(?:[^<]++|<(?!/(?:svg|math)))*+)",  # in these it is one
    re.IGNORECASE,
)
_XML = re.compile(r"\ufeff?\s*<\?xml\b")
# In XHTML these may be; read as HTML they would go on to the end of the page.
_CLOSED_AT_ONCE = re.compile(
    r"<(script|style|title|textarea|iframe|noscript|object|video|audio|canvas)\b([^<>]*)/>"
)
_CLOSED_BY_OTHERS = frozenset(
    b"p li dt dd tr td th thead tbody tfoot option optgroup colgroup caption rt rp".split()
    + b"area base br col embed hr img input link meta param source track wbr path".split()
)


def parse_html(
    content: bytes, *, name: str, url: str | None = None, selector: str | None = None
) -> ParsedDocument:
    """Read a page; with a CSS ``selector``, only what it matches.

    A page with nothing to take in has a ``refusal`` (see ``refusal_of``); it may be without blocks
    if it leads on to others. Raises Permanent: ``no_content``, with such a sentence, for a page
    with neither blocks nor links, ``too_complex`` for tags nested without end,
    ``invalid_selector``.
    """
    check_nesting(content)
    markup = decode(content, declared_encoding(content))
    if _XML.match(markup):
        markup = _CLOSED_AT_ONCE.sub(r"<\1\2></\1>", markup)
        check_nesting(markup.encode("utf-8", "replace"))
    tree = _tree(markup)
    blocks = _read(tree) if selector is None else _selected(tree, selector)
    base = base_address(tree, url)
    addresses = links(tree, base)
    refusal = _refusal(tree, blocks, base, url, selector)
    if not blocks and not addresses:
        raise Permanent(refusal or "empty: the page holds no text.", reason="no_content")
    noindex, nofollow = robots(tree)
    return ParsedDocument(
        title=page_title(tree, blocks, name),
        blocks=tuple(blocks),
        language=language(tree),
        links=tuple(addresses),
        canonical=canonical(tree, base),
        noindex=noindex,
        nofollow=nofollow,
        refusal=refusal,
    )


def check_nesting(content: bytes) -> None:
    """Refuse what would take the parser quadratic time: each tag walks up those still open.

    Raises Permanent (``too_complex``).
    """
    if content.count(b"<") - content.count(b"</") <= _NESTED_LIMIT:
        return
    still_open: Counter[bytes] = Counter()
    depth = 0
    for found in _TAG.finditer(_NO_TAGS.sub(rb"\2", content)):
        closing, tag = found[1], found[2].lower()
        if tag in _CLOSED_BY_OTHERS:
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
    blocks: list[Block] = []
    within: set[int] = set()
    for root in roots:  # outer ones first
        if root.mem_id not in within:
            within.update(below.mem_id for _, below in descendants(root))
            blocks += blocks_of(root, Junk(keep_contents=True))
    return blocks


def _refusal(
    tree: LexborHTMLParser,
    blocks: list[Block],
    base: str,
    url: str | None,
    selector: str | None,
) -> str | None:
    """Why the page is refused. A selector may well pick little out of a page that says much."""
    target = redirection(tree, base)
    if selector is None or not has_little(blocks):
        return refusal_of(tree, blocks, redirection=None if target == url else target)
    refusal = refusal_of(tree, _read(tree), redirection=None if target == url else target)
    if refusal is None and not blocks:
        return f"empty: the selector {selector!r} matches no text on this page."
    return refusal


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

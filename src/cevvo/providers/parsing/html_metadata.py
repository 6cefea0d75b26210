"""What a page says of itself: its title and language, where it leads, what robots may do."""

import re
from collections.abc import Sequence
from urllib.parse import urldefrag, urljoin, urlsplit

from cevvo.domain.documents import Block
from cevvo.providers.parsing.characters import title
from cevvo.providers.parsing.html_nodes import Attributes, Tree
from cevvo.providers.parsing.names import title_from

_LANGUAGE = re.compile(r"([a-zA-Z]{2})(?:[-_]|$)")
_SEPARATOR = re.compile(r"\s+[|–—·•»«:]+\s+|\s+-\s+|\s*::\s*")
_REFRESH = re.compile(
    r"""[\d.]++[;,\s]++(?:url\s*+=\s*+)?+(?:"([^"]+).*|'([^']+).*|([^"'].*))""", re.I | re.S
)
_ROBOTS = ("robots", "cevvo")
"""The names under which a page speaks to us: to every robot, and to the one of our User-Agent."""


def page_title(tree: Tree, blocks: Sequence[Block], name: str) -> str:
    """The first h1 of the main part; an h1 beside it that the title element repeats; the title
    for sharing; the title element without the site's name; the name."""
    element = title_element(tree)
    for block in blocks:
        if block.kind == "heading" and block.level == 1:
            return title(block.text[2:])
    for heading in tree.css("h1"):
        text = title(heading.text())
        if text and text in element:
            return text
    return (
        title(_meta(tree, "property", "og:title"))
        or _without_site(element, title(_meta(tree, "property", "og:site_name")))
        or title_from(name)
    )


def title_element(tree: Tree) -> str:
    """The text of the title element, empty without one."""
    return next((title(element.text()) for element in tree.css("title")), "")


def title_parts(page_title: str) -> list[str]:
    """The parts of ``Page | Section – Site``."""
    return [part for part in _SEPARATOR.split(page_title) if part]


def _without_site(page_title: str, site: str) -> str:
    separators = list(_SEPARATOR.finditer(page_title))
    if not separators:
        return page_title
    if site and page_title[: separators[0].start()] == site:
        return page_title[separators[0].end() :]
    return page_title[: separators[-1].start()] or page_title


def _meta(tree: Tree, attribute: str, value: str) -> str:
    for node in tree.css("meta"):
        attributes = node.attributes
        if (attributes.get(attribute) or "").lower() == value:
            return attributes.get("content") or ""
    return ""


def language(tree: Tree) -> str | None:
    """The ISO 639-1 code that the page declares."""
    attributes = tree.root.attributes if tree.root else {}
    found = _LANGUAGE.match(attributes.get("lang") or attributes.get("xml:lang") or "")
    return found[1].lower() if found else None


def robots(tree: Tree) -> tuple[bool, bool]:
    """(noindex, nofollow): of all that is said to every robot and to ours, the strictest."""
    asked = {
        word.strip()
        for node in tree.css("meta[name]")
        if (node.attributes["name"] or "").strip().lower() in _ROBOTS
        for word in (node.attributes.get("content") or "").lower().split(",")
    }
    return bool(asked & {"noindex", "none"}), bool(asked & {"nofollow", "none"})


def base_address(tree: Tree, url: str | None) -> str:
    """What relative addresses are resolved against: the first base element's, else ``url``."""
    for element in tree.css("base[href]")[:1]:
        return absolute(url or "", element.attributes["href"] or "") or url or ""
    return url or ""


def links(tree: Tree, base: str) -> list[str]:
    """Where the page leads, in order: links, the pages in its frames, where it sends the reader.

    Not what only the page's head names: translations, style sheets, feeds.
    """
    found = dict.fromkeys(
        address.partition("#")[0]
        for node in tree.css("[href], [src]")
        if (address := _leads_to(node.tag, node.attributes))
    )
    addresses = [absolute(base, address) for address in found if address]
    return list(dict.fromkeys(filter(None, (*addresses, redirection(tree, base)))))


def _leads_to(tag: str | None, attributes: Attributes) -> str | None:
    if tag in ("a", "area"):
        nofollow = "nofollow" in (attributes.get("rel") or "").lower().split()
        return None if nofollow else attributes.get("href")
    return attributes.get("src") if tag in ("frame", "iframe") else None


def redirection(tree: Tree, base: str) -> str | None:
    """The address that the page sends its reader to by itself (meta refresh)."""
    for node in tree.css("meta[http-equiv]"):
        if (node.attributes["http-equiv"] or "").strip().lower() == "refresh":
            found = _REFRESH.fullmatch((node.attributes.get("content") or "").strip())
            if found:
                return absolute(base, found[found.lastindex or 0])
    return None


def canonical(tree: Tree, base: str) -> str | None:
    """The address that the page's head names as its own; None if it names none, something that is
    no web address, or several."""
    named = {
        absolute(base, href) if (href := (node.attributes.get("href") or "").strip()) else None
        for node in tree.css("head link[rel]")
        if "canonical" in (node.attributes["rel"] or "").lower().split()
    }
    return named.pop() if len(named) == 1 else None


def absolute(base: str, href: str) -> str | None:
    """The address without its fragment; None for what is no web address."""
    try:
        link = urldefrag(urljoin(base, href.strip())).url
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme in ("http", "https") and parts.netloc else None

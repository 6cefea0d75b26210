"""What of a page is no content: navigation, controls, permalink signs, banners, hidden text."""

import re
from dataclasses import dataclass

from cevvo.providers.parsing.html_nodes import (
    HEADINGS,
    Attributes,
    Node,
    classes_of,
    contains,
    descendants,
    elements,
)

_TAGS = frozenset(
    {
        *("script", "style", "noscript", "template", "svg", "canvas", "iframe", "object", "embed"),
        *("audio", "video", "map", "nav", "dialog", "select", "textarea", "input", "datalist"),
        *("head", "link", "meta", "rp", "rt", "search", "progress", "meter"),
    }
)
_ROLES = frozenset(
    {
        *("navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu"),
        *("menubar", "toolbar", "tablist", "tooltip", "doc-toc", "doc-backlink"),
    }
)
_CLASSES = frozenset(
    {
        # signs beside headings and code
        *("headerlink", "hash-link", "header-anchor", "anchorjs-link", "heading-anchor"),
        *("permalink", "direct-link", "viewcode-link", "viewcode-back", "mw-editsection"),
        *("footnote-reference", "footnote-ref", "footnote-backref", "copybtn", "copy-button"),
        *("copybutton", "code-copy", "clipboard-button", "linenos", "lineno", "linenumber"),
        *("line-numbers-rows", "rouge-gutter", "srclink", "out-of-band", "rightside", "hideme"),
        "notable-traits",
        # ways around the site
        *("sphinxsidebar", "docnav", "navheader", "navfooter", "navbar", "navigation"),
        *("breadcrumb", "breadcrumbs", "theme-doc-breadcrumbs", "theme-doc-toc-mobile"),
        *("theme-doc-footer", "theme-edit-this-page", "edit-link", "edit-this-page"),
        *("edit-page-link", "md-content__button", "md-source-file", "pagination"),
        *("pagination-nav", "pager", "prev-next", "rst-footer-buttons", "nav-links", "skip-link"),
        *("skip-to-content", "skiplink", "noprint", "navbox", "toplang", "bottomlang"),
        # for screen readers only: what is seen says it already
        *("sr-only", "visually-hidden", "screen-reader-text"),
        # about the page, not in it
        *("article-votes", "article-relatives", "related-articles", "social-share", "newsletter"),
        *("share-buttons", "advertisement", "cookie-banner", "cookie-consent", "cookieconsent"),
        *("cookie-notice", "cc-window", "cc-banner", "site-header", "site-footer", "page-footer"),
        *("sharedaddy", "page-metadata"),  # of Jetpack (WordPress) and Confluence
        "footer",
    }
)
_CONTENTS_LISTS = frozenset(
    {"toc", "table-of-contents", "tableofcontents", "toc-wrapper", "toc-macro"}
)
_IDS = frozenset(
    {
        *("sidebar", "footer", "nav", "navigation", "navbar", "menu", "breadcrumbs", "comments"),
        *("toolbar", "skip-link", "hd", "ft", "quickview", "comments_section", "banner"),
        "jp-relatedposts",
    }
)
_BANNER = re.compile(
    r"onetrust|cookie-?_?(?:banner|consent|notice|bar|law|popup|modal)|cybotcookie|usercentrics",
    re.IGNORECASE,
)
_MENU = re.compile(
    r"(?:^|[\s_-])(?:(?:main|sub|top|side)?(?:menu|nav)|sidebar|header|navpath|nav-panel)(?:$|[\s_-])"
)
_CONTENTS = re.compile(r"(?:^|[\s_-])toc(?:$|[\s_-])")
_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?:opacity|font-size)\s*:\s*0(?:\.0+)?\s*(?:p[xt]|r?em|%)?\s*(?:;|$|!)"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_FRAMES = frozenset({"header", "footer", "aside", "button"})
_PARTS = frozenset({"div", "section", "aside", "ul", "ol", "table"})
_SECTIONS = ("section", "sect", "level", "chapter")
_H1 = frozenset({"h1"})


@dataclass(frozen=True, slots=True)
class Junk:
    """Decides per element, for one page.

    ``revealed`` are ids of elements that a control on the page shows (accordions, tabs): hidden at
    first, they are content all the same. ``whole_body`` says that no main part was found, so that
    site headers have to be told from content by other signs; ``titles`` is the page's number of h1.
    ``keep_contents`` keeps lists of contents, for pages that have nothing else.
    """

    revealed: frozenset[str] = frozenset()
    whole_body: bool = False
    titles: int = 1
    keep_contents: bool = False

    def drops(self, node: Node, tag: str, attributes: Attributes) -> bool:
        """Whether ``node`` and all below it is left out."""
        if tag in _TAGS:
            return True
        if tag in _FRAMES and self._drops_frame(node, tag, attributes):
            return True
        return bool(attributes) and (
            self._is_hidden(attributes) or self._is_marked(node, tag, attributes)
        )

    def _drops_frame(self, node: Node, tag: str, attributes: Attributes) -> bool:
        if tag == "button":
            return "aria-expanded" not in attributes and not _within_heading(node)
        if tag == "footer":
            parent = node.parent
            quoted = parent is not None and parent.tag == "blockquote"
            return not quoted and "footnotes" not in classes_of(attributes)
        if tag == "header":
            return not contains(node, HEADINGS) or self._names_the_site(node)
        return _is_mostly_links(node)

    def _names_the_site(self, node: Node) -> bool:
        """Where the main part is unknown and there are several h1, one in a header is no title."""
        return self.whole_body and self.titles > 1 and contains(node, _H1)

    def _is_hidden(self, attributes: Attributes) -> bool:
        hidden = (
            "hidden" in attributes
            or attributes.get("aria-hidden") == "true"
            or _HIDING_STYLE.search(attributes.get("style") or "") is not None
        )
        return (
            hidden
            and attributes.get("role") != "tabpanel"
            and attributes.get("id") not in self.revealed
        )

    def _is_marked(self, node: Node, tag: str, attributes: Attributes) -> bool:
        role, identifier = attributes.get("role"), attributes.get("id")
        classes = classes_of(attributes)
        if role in _ROLES or classes & _CLASSES or (tag == "div" and "related" in classes):
            return True
        if tag == "sup":  # a footnote's number
            return "reference" in classes or contains(node, frozenset({"a"}))
        if not self.keep_contents and _lists_contents(classes, identifier):
            return True
        if tag == "span" and "lang" in classes:  # names the language of the code beside it
            return any(below == "pre" for below, _ in elements(node.parent or node))
        if tag not in _PARTS or any(name.startswith(_SECTIONS) for name in classes):
            return False
        if identifier in _IDS or _BANNER.search(f"{identifier} {attributes.get('class')}"):
            return not contains(node, _H1) or self._names_the_site(node)
        return self.whole_body and self._is_menu(node, f"{identifier} {' '.join(classes)}")

    def _is_menu(self, node: Node, names: str) -> bool:
        """Where the main part is unknown, a name is believed if there are mostly links."""
        named = _MENU.search(names) or (not self.keep_contents and _CONTENTS.search(names))
        return bool(named) and _is_mostly_links(node)


def _lists_contents(classes: frozenset[str], identifier: str | None) -> bool:
    return (
        bool(classes & _CONTENTS_LISTS)
        or identifier in ("toc", "table-of-contents", "ez-toc-container")
        or ("contents" in classes and bool(classes & {"topic", "local"}))
    )


def _within_heading(node: Node) -> bool:
    parent = node.parent
    for _ in range(3):
        if parent is None:
            return False
        if parent.tag in HEADINGS or parent.tag in ("dt", "summary"):
            return True
        parent = parent.parent
    return False


def _is_mostly_links(node: Node) -> bool:
    """An aside of links is a menu; an admonition or side note is text."""
    linked = sum(_letters(below) for tag, below in descendants(node) if tag == "a")
    return linked > 0.6 * _letters(node)


def _letters(node: Node) -> int:
    return sum(map(str.isalnum, node.text()))

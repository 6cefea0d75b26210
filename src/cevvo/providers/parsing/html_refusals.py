"""Pages that can be read and yet hold nothing to take in: shells, walls, error pages.

A server answers 200 for all of them. To refuse a page that says something costs an answer, to take
in one that says nothing costs a useless passage, so a page is refused on two signs at least: it
says hardly anything, and it says or is built in a way that no page of a manual is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from cevvo.domain.documents import Block
from cevvo.providers.parsing.characters import one_line
from cevvo.providers.parsing.html_metadata import title_element, title_parts
from cevvo.providers.parsing.html_nodes import Node, Tree, children
from cevvo.providers.parsing.html_wordings import (
    ABOUT,
    APOLOGY,
    ASKS_FOR_JAVASCRIPT,
    CHECKS_THE_BROWSER,
    ERROR_TITLE,
    GUIDE_TITLE,
    LOADING,
    SIGN_IN_TITLE,
)

# Characters. Chosen by looking: walls and error pages of common software stay below, and what a
# manual says under such a title is mostly longer.
LITTLE = 600
_NEXT_TO_NOTHING = 120
_BARE_BODY = 800
_A_SIGNATURE = 16  # such as nginx/1.22.1 below an error
_LONG_SCRIPT = 20_000

_FEW_LINKS = 8
_UNSEEN = frozenset({"script", "style", "noscript", "template", "noframes", "title", "svg"})
_AROUND = frozenset({"header", "nav", "footer", "aside", "dialog"})
_APP = (
    "#root, #app, #__next, #__nuxt, #___gatsby, #svelte, #q-app, #react-root, #app-root, app-root,"
    "[ng-app], [data-ng-app], [ng-version], [data-reactroot], flutter-view, flt-glass-pane"
)
_WHO = (
    "input[type=email], input[autocomplete=username], input[name=username], input[name=login],"
    "input[name=user], input[name=email], form[action*=login], form[action*=signin],"
    "a[href*=oauth], a[href*=saml], a[href*='/sso']"
)


def has_little(blocks: Sequence[Block]) -> bool:
    """Whether blocks say so little that the page may be a wall: no code, no table, no steps, two
    headings at most."""
    if sum(len(block.text) for block in blocks if block.kind != "heading") > LITTLE:
        return False
    return sum(block.kind == "heading" for block in blocks) <= 2 and not any(
        block.kind in ("code", "table") or (block.kind == "list" and block.text.startswith("1. "))
        for block in blocks
    )


def refusal_of(
    tree: Tree, blocks: Sequence[Block], *, redirection: str | None = None
) -> str | None:
    """Why a page is none to take in, as a sentence that begins with what is wrong; None if it is.

    ``blocks`` are those of its main part; ``redirection`` is another page that it sends its reader
    to. The sentence begins with ``needs JavaScript``, ``asks to sign in``, ``shows an error`` or
    ``empty`` and a colon. Without blocks there is always one.
    """
    if not has_little(blocks):
        return None
    page = _Page(tree, blocks)
    if redirection and len(page.taken) < _NEXT_TO_NOTHING:
        return f"empty: the page only sends its reader on to {redirection}"
    return (
        _browser_check(page)
        or _sign_in(page)
        or _error(page)
        or _shell(page)
        or (None if blocks else _empty(page))
    )


@dataclass(frozen=True)
class _Page:
    tree: Tree
    blocks: Sequence[Block]

    @cached_property
    def taken(self) -> str:
        """What would be taken in, besides headings."""
        return " ".join(block.text for block in self.blocks if block.kind != "heading")

    @cached_property
    def says(self) -> str:
        """All that is to be seen on the page, as the wordings expect it."""
        return _plain(_seen(self.tree.body))

    @cached_property
    def without_scripts(self) -> str:
        """What the page says to browsers without JavaScript."""
        return _plain(" ".join(node.text() for node in self.tree.css("noscript")))

    @cached_property
    def titles(self) -> list[str]:
        """The parts of the title element and the first headings, as the wordings expect them."""
        headings = [node.text() for node in self.tree.css("h1, h2")[:2]]
        parts = title_parts(title_element(self.tree))
        return [_plain(text)[:200].strip(" .!?…:;–—-|()[]") for text in (*parts, *headings)]

    @cached_property
    def is_bare(self) -> bool:
        """Whether the page has none of what is around the pages of a site, and is no guide."""
        return (
            len(self.says) < _BARE_BODY
            and len(self.tree.css("a[href]")) <= _FEW_LINKS
            and not any(GUIDE_TITLE.match(title) for title in self.titles)
        )


def _browser_check(page: _Page) -> str | None:
    if not page.is_bare or not page.tree.css("script"):
        return None
    if CHECKS_THE_BROWSER.search(page.says) or CHECKS_THE_BROWSER.search(page.without_scripts):
        return "needs JavaScript: the site checks the visitor's browser before it shows the page."
    if ASKS_FOR_JAVASCRIPT.search(page.says):
        return "needs JavaScript: the page asks its reader to enable it."
    return None


def _sign_in(page: _Page) -> str | None:
    form = any(not _is_around(node) for node in page.tree.css("input[type=password]"))
    if not form and not (len(page.says) < _BARE_BODY / 2 and page.tree.css(_WHO)):
        return None
    if any(SIGN_IN_TITLE.fullmatch(title) for title in page.titles):
        return "asks to sign in: the page is a login form with hardly any other text."
    buttons = page.tree.css("button, input[type=submit]") if form and page.is_bare else ()
    labels = (node.text() or node.attributes.get("value") or "" for node in buttons)
    if any(SIGN_IN_TITLE.fullmatch(_plain(label)) for label in labels):
        return "asks to sign in: the page is a login form with hardly any other text."
    return None


def _error(page: _Page) -> str | None:
    title = next((title for title in page.titles if ERROR_TITLE.fullmatch(title)), None)
    if title is None:
        return None
    # A line may repeat the title: what is left of the text is what says more.
    rest = ERROR_TITLE.sub("", _plain(page.taken)).strip(" .!?…:;–—-|")
    if len(rest) < _A_SIGNATURE or (
        APOLOGY.search(page.says) and not ABOUT.search(_plain(page.taken))
    ):
        return f"shows an error: the page is titled “{title}”."
    return None


def _shell(page: _Page) -> str | None:
    """Next to no text, no heading, and scripts to bring it."""
    scripts = page.tree.css("script")
    headed = any(block.kind == "heading" for block in page.blocks)
    if not scripts or headed or len(page.taken) >= _NEXT_TO_NOTHING:
        return None
    if (
        any(LOADING.fullmatch(_plain(_seen(root))) for root in page.tree.css(_APP)[:3])
        or ("comments" not in page.without_scripts and _asks_without_scripts(page))
        or sum(len(script.text()) for script in scripts) > _LONG_SCRIPT
        or (not page.blocks and len(page.says) < _NEXT_TO_NOTHING)
    ):
        return "needs JavaScript: the page is a shell that scripts fill in the browser."
    return None


def _asks_without_scripts(page: _Page) -> bool:
    return ASKS_FOR_JAVASCRIPT.search(page.without_scripts) is not None


def _empty(page: _Page) -> str:
    if page.tree.css("frame[src], iframe[src]"):
        return "empty: the page's text is in frames, which are pages of their own."
    return "empty: the page holds no text besides navigation."


def _plain(text: str) -> str:
    return one_line(text).lower().replace("’", "'")


def _is_around(node: Node) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag in _AROUND:
            return True
        parent = parent.parent
    return False


def _seen(root: Node | None) -> str:
    """The text below ``root``, in whatever part of the page. Not recursive."""
    parts: list[str] = []
    stack: list[Iterator[Node]] = [children(root)] if root is not None else []
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
        elif node.tag == "-text":
            parts.append(node.text())
        elif node.tag is not None and node.tag[0] != "-" and node.tag not in _UNSEEN:
            parts.append(" ")
            stack.append(children(node))
    return "".join(parts)

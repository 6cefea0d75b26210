"""Headings: their text without permalink signs, and the fragment that opens the page at them."""

import re

from cevvo.providers.parsing.characters import one_line
from cevvo.providers.parsing.html_inline import inline_text
from cevvo.providers.parsing.html_junk import Junk
from cevvo.providers.parsing.html_nodes import Node, descendants

_PERMALINK_SIGN = re.compile(r"\s*[¶§🔗]+$|\s+#$|^#\s+")


def heading_text(heading: Node, junk: Junk, *, plain: bool = False) -> str:
    """One line; ``plain`` leaves the backticks of inline code out."""
    return _PERMALINK_SIGN.sub("", one_line(inline_text(heading, junk, plain=plain)))


def permalink(heading: Node, junk: Junk) -> str | None:
    """The fragment that the page itself offers for a heading: its permalink's, else its id, else
    that of an anchor in it."""
    inner = None
    for tag, below in descendants(heading):
        attributes = below.attributes
        name = attributes.get("name") if tag == "a" else None
        here = attributes.get("id") or name
        href = attributes.get("href") or ""
        if tag == "a" and href.startswith("#") and len(href) > 1:
            text = below.text().strip()
            # Other links in a heading lead elsewhere; one that is a target itself may, to the top.
            if junk.drops(below, tag, attributes) or text in ("", heading.text().strip(), "#"):
                return here or href[1:]
        inner = inner or (here if tag != "button" else None)
    return heading.attributes.get("id") or inner

"""Text inside a block: markup falls away, inline code keeps its backticks, br breaks the line."""

import re

from cevvo.providers.parsing.characters import lines, one_line
from cevvo.providers.parsing.html_junk import Junk
from cevvo.providers.parsing.html_nodes import BLOCK_TAGS, Node, children, descendants

_BEFORE_STOP = re.compile(r" (?=[.,](?:\s|$))")
_WHITE = re.compile(r"[ \t\n\r\f]+")
_CODE = frozenset({"code", "tt", "kbd", "samp"})
_POWER = re.compile(r"[-−+]?\d{1,3}")


def inline_text(node: Node, junk: Junk, *, plain: bool = False) -> str:
    """The text below ``node``, unnormalised: runs of white space are one blank, line breaks are
    those of br and of blocks. ``plain`` leaves the backticks out."""
    parts: list[str] = []
    for child in children(node):
        gather(child, junk, parts, plain=plain)
    return "".join(parts)


def prose(text: str) -> str:
    """Gathered text normalised line by line; no blank is left where a footnote's number was."""
    return _BEFORE_STOP.sub("", lines(text))


def gather(node: Node, junk: Junk, parts: list[str], *, plain: bool = False) -> None:
    """Append the text of ``node`` itself, text or element, to ``parts``."""
    tag = node.tag
    if tag == "-text":
        parts.append(_WHITE.sub(" ", node.text()))
    elif tag is None or tag[0] == "-" or junk.drops(node, tag, node.attributes):
        return
    elif tag == "br":
        parts.append("\n")
    elif tag in _CODE and not plain:
        parts.append(code_span(inline_text(node, junk, plain=True)))
    elif tag == "math":
        parts.append(_formula(node))
    elif tag == "sup":
        parts.append(_superscript(inline_text(node, junk, plain=True), parts))
    else:
        edge = "\n" if tag in BLOCK_TAGS else " " if tag == "label" else ""
        parts.append(edge)
        for child in children(node):
            gather(child, junk, parts, plain=plain)
        parts.append(edge)


def code_span(text: str) -> str:
    """``text`` as inline code; blank text stays as it is."""
    code = one_line(text)
    if not code:
        return " " if text else ""
    return f"`` {code} ``" if "`" in code else f"`{code}`"


def _superscript(text: str, before: list[str]) -> str:
    """``10^6`` where plain text would read 106; ordinals and trade marks stay as they are."""
    last = next((part[-1] for part in reversed(before) if part), "")
    return f"^{text}" if _POWER.fullmatch(text.strip()) and last.isalnum() else text


def _formula(node: Node) -> str:
    """The TeX source that MathML often carries, else its symbols in a row."""
    for tag, below in descendants(node):
        if tag == "annotation":
            return one_line(below.text())
    return one_line(node.text())

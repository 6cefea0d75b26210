"""Code blocks of HTML: their text, line by line, and their language."""

from cevvo.providers.parsing.characters import verbatim
from cevvo.providers.parsing.html_junk import Junk
from cevvo.providers.parsing.html_nodes import (
    BLOCK_TAGS,
    Attributes,
    Node,
    children,
    descendants,
)

_PREFIXES = ("language-", "lang-", "highlight-source-", "highlight-text-", "highlight-", "brush:")
_NO_LANGUAGE = frozenset(
    {
        *("default", "none", "text", "plaintext", "plain", "txt", "notranslate", "output"),
        *("unknown", "nohighlight"),
    }
)
_ALIASES = {
    "python3": "python",
    "ipython3": "python",
    "pycon3": "pycon",
    "shell-session": "console",
}
_ANCESTORS = 8  # a table with line numbers stands between the code and the language


def code_text(pre: Node, junk: Junk) -> str:
    """The lines of a code block. br and block elements end lines; line numbers are left out."""
    parts: list[str] = []
    _append(pre, junk, parts)
    return verbatim("".join(parts))


def _append(node: Node, junk: Junk, parts: list[str]) -> None:
    for child in children(node):
        tag = child.tag
        if tag == "-text":
            parts.append(child.text())
        elif tag == "br":
            parts.append("\n")
        elif tag is not None and tag[0] != "-" and not junk.drops(child, tag, child.attributes):
            _append(child, junk, parts)
            if tag in BLOCK_TAGS and parts and not parts[-1].endswith("\n"):
                parts.append("\n")


def code_language(pre: Node) -> str:
    """The language named by the code element, by the block or around it; empty if there is none."""
    inner = next((below for tag, below in descendants(pre) if tag == "code"), None)
    candidates = [pre] if inner is None else [inner, pre]
    parent = pre.parent
    while parent is not None and len(candidates) < _ANCESTORS + 2:
        candidates.append(parent)
        parent = parent.parent
    for candidate in candidates:
        language = _named(candidate.attributes)
        if language:
            return "" if language in _NO_LANGUAGE else _ALIASES.get(language, language)
    return ""


def _named(attributes: Attributes) -> str:
    for name in ("data-lang", "data-language"):
        if attributes.get(name):
            return str(attributes[name]).split()[0].lower() if str(attributes[name]).strip() else ""
    classes = (attributes.get("class") or "").lower().split()
    for position, name in enumerate(classes):
        if name in ("brush:", "sourcecode"):  # the next one is the language
            return "".join(classes[position + 1 : position + 2]).strip(";")
        for prefix in _PREFIXES:
            if name.startswith(prefix):
                return name[len(prefix) :].strip(";")
    return ""

"""Admonitions: boxes with a title such as Note or Warning, as each generator marks them up."""

from itertools import islice

from cevvo.providers.parsing.html_nodes import Attributes, Node, classes_of, descendants

_KINDS = frozenset(
    {
        *("note", "tip", "warning", "caution", "important", "danger", "hint", "attention"),
        *("error", "info", "seealso"),
    }
)
_MARKS = frozenset(
    {
        *("admonition", "admonitionblock", "theme-admonition", "markdown-alert"),
        *("starlight-aside", "custom-block", "callout"),
    }
)
_TAGS = frozenset({"div", "aside", "section", "details", "blockquote"})
_LOOK_AT = 12


def is_box(tag: str, attributes: Attributes) -> bool:
    """Whether this element is an admonition: its class names one, or one of the usual kinds."""
    if tag not in _TAGS or "class" not in attributes:
        return False
    classes = classes_of(attributes)
    return bool(classes & _MARKS or classes & (_KINDS - {"error", "info"}))


def box_kind(attributes: Attributes) -> str:
    """``Note`` for class ``note``; empty if the class does not tell."""
    kinds = classes_of(attributes) & _KINDS
    return min(kinds).capitalize() if kinds else ""


def box_title(box: Node) -> Node | None:
    """The element that holds the title, looked for among the box's first elements."""
    for tag, below in islice(descendants(box), _LOOK_AT):
        names = classes_of(below.attributes)
        if tag == "summary" or any("title" in name or "heading" in name for name in names):
            return below
    return None

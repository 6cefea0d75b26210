"""The styles of paragraphs in a Word document."""

import re
from collections.abc import Iterator
from html import unescape

_STYLE = re.compile(r"<w:style\b[^>]*?\bw:styleId=\"([^\"]*)\"[^>]*>(.*?)</w:style>", re.DOTALL)
_NAME = re.compile(r"<w:name w:val=\"([^\"']+)\"")
_BASED_ON = re.compile(r"<w:basedOn w:val=\"([^\"]*)\"")
_OUTLINE_LEVEL = re.compile(r"<w:outlineLvl w:val=\"([0-5])\"")
_BUILT_IN_HEADING = re.compile(r"heading [1-6]", re.IGNORECASE)


class Styles:
    """The styles in the markup of ``word/styles.xml``."""

    def __init__(self, markup: str) -> None:
        self._found: dict[str, str] = dict(_STYLE.findall(markup))

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def name(self, style: str) -> str:
        """Empty where it has none that is written without an apostrophe."""
        return unescape(first(_NAME, self._found.get(style, "")))

    def value(self, style: str, pattern: re.Pattern[str]) -> str:
        """What the pattern finds in the style, or in the first that has it of those that it is
        based on, one upon the other; else empty."""
        seen = {""}
        while style not in seen:
            seen.add(style)
            body = self._found.get(style, "")
            if value := first(pattern, body):
                return value
            style = first(_BASED_ON, body)
        return ""

    def outline_level(self, style: str) -> int | None:
        """From 1; None where it is set at no level that a heading of HTML has."""
        level = self.value(style, _OUTLINE_LEVEL)
        return int(level) + 1 if level else None

    def is_heading(self, style: str) -> bool:
        """Whether its paragraphs are headings."""
        return bool(self.outline_level(style) or _BUILT_IN_HEADING.fullmatch(self.name(style)))


def first(pattern: re.Pattern[str], markup: str) -> str:
    """The group of the first match; empty if there is none."""
    found = pattern.search(markup)
    return found[1] if found else ""

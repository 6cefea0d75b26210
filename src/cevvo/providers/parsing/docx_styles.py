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
        named = _NAME.search(self._found.get(style, ""))
        return unescape(named[1]) if named else ""

    def value(self, style: str, pattern: re.Pattern[str]) -> str:
        """What the pattern finds in the style, or in the first that has it of those that it is
        based on, one upon the other; else empty."""
        seen = {""}
        while style not in seen:
            seen.add(style)
            body = self._found.get(style, "")
            if found := pattern.search(body):
                return found[1]
            base = _BASED_ON.search(body)
            style = base[1] if base else ""
        return ""

    def outline_level(self, style: str) -> int | None:
        """From 1; None where it is set at no level that a heading of HTML has."""
        level = self.value(style, _OUTLINE_LEVEL)
        return int(level) + 1 if level else None

    def is_heading(self, style: str) -> bool:
        """Whether its paragraphs are headings."""
        return bool(self.outline_level(style) or _BUILT_IN_HEADING.fullmatch(self.name(style)))

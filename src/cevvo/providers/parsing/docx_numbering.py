"""The numbers of headings and clauses that Word counts itself: they stand nowhere in the file.

A paragraph, or its style, names a list and a level of it; the level says how its number is written
out of those above it, as in "4.2" (ECMA-376, part 1, 17.9).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cevvo.providers.parsing.docx_styles import Styles, first

_PARAGRAPH = re.compile(
    rb"<w:txbxContent\b.*?</w:txbxContent>"
    rb"|<w:pPr>(.*?)((?:<w:pPrChange\b.*?</w:pPrChange>)?</w:pPr>)",
    re.DOTALL,
)
_PARAGRAPH_END = b"</w:p>"
_TEXT = re.compile(rb"<w:t(?: [^>]*)?>\s*[^<\s]")
_DELETED = re.compile(r"<w:del\b")
_STYLE = re.compile(r"<w:pStyle w:val=\"([^\"]*)\"")
_NUMBERED = re.compile(r"<w:numPr>.*?</w:numPr>|<w:numPr/>", re.DOTALL)
_LIST = re.compile(r"<w:numId w:val=\"([^\"]*)\"")
_AT_LEVEL = re.compile(r"<w:ilvl w:val=\"(\d)\"")
_NO_LIST = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="0"/></w:numPr>'

_SCHEME = re.compile(
    r"<w:abstractNum\b[^>]*?\bw:abstractNumId=\"([^\"]*)\"[^>]*>(.*?)</w:abstractNum>", re.DOTALL
)
_USE = re.compile(r"<w:num\b[^>]*?\bw:numId=\"([^\"]*)\"[^>]*>(.*?)</w:num>", re.DOTALL)
_OF_SCHEME = re.compile(r"<w:abstractNumId w:val=\"([^\"]*)\"")
_AS_STYLE = re.compile(r"<w:numStyleLink w:val=\"([^\"]*)\"")
_LEVEL = re.compile(r"<w:lvl\b[^>]*?\bw:ilvl=\"(\d)\"[^>]*>(.*?)</w:lvl>", re.DOTALL)
_STARTS_ANEW = re.compile(
    r"<w:lvlOverride w:ilvl=\"(\d)\">\s*<w:startOverride w:val=\"(\d{1,6})\"", re.DOTALL
)
_START = re.compile(r"<w:start w:val=\"(\d{1,6})\"")
_FORMAT = re.compile(r"<w:numFmt w:val=\"([^\"]*)\"")
_WRITTEN = re.compile(r"<w:lvlText w:val=\"([^\"]*)\"")
_RESTART = re.compile(r"<w:lvlRestart w:val=\"(\d)\"")
_LEGAL = re.compile(r"<w:isLgl(?: w:val=\"(?:1|true|on)\")?\s*/>")
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_LONGEST = 5_000  # so far letters and Roman numerals are counted


@dataclass(frozen=True, slots=True)
class _Level:
    """``text``: how its number is written, with %1 for that of the first level and so on.
    ``restart``: only the first so many levels make it count anew; None: all above it."""

    start: int
    format: str
    text: str
    restart: int | None
    legal: bool
    style: str


@dataclass(slots=True)
class _Scheme:
    """Levels that are counted together, and how far they have been. ``of_clauses``: the number of
    one of them has several parts, as in 4.2."""

    levels: Mapping[int, _Level]
    of_clauses: bool
    counts: dict[int, int] = field(default_factory=dict)

    def count(self, level: int, start: int | None) -> None:
        """One more of the level; the number ``start`` if one is given."""
        for above in range(level):
            if above in self.levels:  # what is passed over counts as if it had been there
                self.counts.setdefault(above, self.levels[above].start)
        following = self.counts[level] + 1 if level in self.counts else self.levels[level].start
        self.counts[level] = following if start is None else start
        for below, each in self.levels.items():
            if below > level and (each.restart is None or level < each.restart):
                self.counts.pop(below, None)

    def number(self, level: int) -> str:
        """How the number of the level is written now; empty where it has none, or one that cannot
        be written."""
        own = self.levels[level]
        parts: dict[int, str] = {}
        for place in set(map(int, _PLACE.findall(own.text))):
            of = self.levels.get(place - 1)
            if of is None or place - 1 > level:
                return ""
            style = "decimal" if own.legal else of.format
            written = _counted(self.counts[place - 1], style)
            if written is None:
                return ""
            parts[place] = written
        if not any(parts.values()):
            return ""
        return _PLACE.sub(lambda place: parts[int(place[1])], own.text).strip()


@dataclass(slots=True)
class _Use:
    """Of a scheme in a document. ``starts``: what its first numbers at some levels are."""

    scheme: _Scheme
    starts: dict[int, int]


class Numbering:
    """What ``word/numbering.xml`` says, in a document with these styles. For one document: it
    counts."""

    def __init__(self, markup: str, styles: Styles) -> None:
        self._styles = styles
        bodies: dict[str, str] = dict(_SCHEME.findall(markup))
        uses: dict[str, str] = dict(_USE.findall(markup))
        schemes = {name: _scheme(body) for name, body in bodies.items()}
        self._uses: dict[str, _Use] = {}
        for use, body in uses.items():
            name = self._scheme_of(use, uses, bodies)
            if name in schemes:
                starts = {int(level): int(start) for level, start in _STARTS_ANEW.findall(body)}
                self._uses[use] = _Use(schemes[name], starts)

    def written(self, document: bytes) -> bytes:
        """The markup of a document with the numbers as text: those of headings, and of clauses,
        which are no items of a list then."""
        return _PARAGRAPH.sub(self._paragraph, document) if self._uses else document

    def _paragraph(self, found: re.Match[bytes]) -> bytes:
        if found[1] is None:  # a text box: it is in the file twice
            return found[0]
        properties = found[1].decode("utf-8", "replace")
        end = found.string.find(_PARAGRAPH_END, found.end())
        if _DELETED.search(properties) or not _TEXT.search(found.string, found.end(), end):
            return found[0]
        style = first(_STYLE, properties)
        number, is_clause = self._number(style, properties)
        is_heading = self._styles.is_heading(style)
        if not number or not (is_heading or is_clause):
            return found[0]
        if not is_heading:
            properties = _NUMBERED.sub("", properties) + _NO_LIST
        run = f'<w:r><w:t xml:space="preserve">{number} </w:t></w:r>'
        return b"<w:pPr>%b%b%b" % (properties.encode(), found[2], run.encode())

    def _number(self, style: str, properties: str) -> tuple[str, bool]:
        """The number of a paragraph, which is counted, and whether it is one of clauses."""
        own = _NUMBERED.search(properties)
        named = (first(_LIST, own[0]) if own else "") or self._styles.value(style, _LIST)
        use = self._uses.get(named)
        if use is None:
            return "", False
        scheme = use.scheme
        level = (first(_AT_LEVEL, own[0]) if own else "") or self._level_of(style, scheme)
        if int(level) not in scheme.levels:
            return "", False
        scheme.count(int(level), use.starts.pop(int(level), None))
        return scheme.number(int(level)), scheme.of_clauses

    def _scheme_of(self, use: str, uses: Mapping[str, str], schemes: Mapping[str, str]) -> str:
        """The scheme of a use of it, named or by a style that has a use of one; else empty."""
        seen = set()
        while use in uses and use not in seen:
            seen.add(use)
            name = first(_OF_SCHEME, uses[use])
            as_style = first(_AS_STYLE, schemes.get(name, ""))
            if not as_style:
                return name
            use = self._styles.value(as_style, _LIST)
        return ""

    def _level_of(self, style: str, scheme: _Scheme) -> str:
        """The level that a style is tied to; the first if it is tied to none."""
        for level, each in scheme.levels.items():
            if style and each.style == style:
                return str(level)
        return self._styles.value(style, _AT_LEVEL) or "0"


def _scheme(body: str) -> _Scheme:
    levels = _levels(body)
    parts = (set(_PLACE.findall(level.text)) for level in levels.values())
    return _Scheme(levels, any(len(each) > 1 for each in parts))


def _levels(scheme: str) -> dict[int, _Level]:
    return {
        int(level): _Level(
            start=int(first(_START, body) or 0),
            format=first(_FORMAT, body) or "decimal",
            text=first(_WRITTEN, body),
            restart=int(restart[1]) if (restart := _RESTART.search(body)) else None,
            legal=_LEGAL.search(body) is not None,
            style=first(_STYLE, body),
        )
        for level, body in _LEVEL.findall(scheme)
    }


def _counted(count: int, style: str) -> str | None:
    """None for a way of counting that is not known here."""
    if style == "decimal":
        return str(count)
    if style == "decimalZero":
        return f"{count:02}"
    if style == "none":
        return ""
    if not 0 < count <= _LONGEST:
        return None
    if style in ("lowerLetter", "upperLetter"):  # after z comes aa, then bb
        letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letters if style == "lowerLetter" else letters.upper()
    if style in ("lowerRoman", "upperRoman"):
        roman = ""
        for value, numeral in _ROMAN:
            roman += numeral * (count // value)
            count %= value
        return roman if style == "lowerRoman" else roman.upper()
    return None

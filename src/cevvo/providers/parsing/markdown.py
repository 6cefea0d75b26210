"""Markdown files: rendered to HTML as CommonMark says, then read as HTML is."""

import re
import unicodedata
from collections import Counter
from dataclasses import replace

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.characters import one_line, title
from cevvo.providers.parsing.commonmark import file_html
from cevvo.providers.parsing.encoding import decode
from cevvo.providers.parsing.html import fragment_blocks
from cevvo.providers.parsing.names import title_from
from cevvo.providers.parsing.notes import mark_pattern, with_notes
from cevvo.providers.parsing.sections import section_count

_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)^\1[ \t]*$\n?", re.DOTALL | re.MULTILINE)
# With the lines indented below it: a value that goes on, or a block (``>``, ``|``).
_FRONT_TITLE = re.compile(
    r"^title[ \t]*[:=][ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE | re.IGNORECASE
)
_QUOTED = re.compile(r"'((?:[^']|'')*+)'|\"((?:[^\"\\]|\\.)*+)\"", re.DOTALL)
_BLOCK_SCALAR = re.compile(r"[>|][-+\d]*\s+")
_FRONT_LANGUAGE = re.compile(
    r"^lang(?:uage)?[ \t]*[:=][ \t]*[\"']?([a-z]{2})\b", re.MULTILINE | re.IGNORECASE
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TASK = re.compile(r"^([ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[([ xX])\](?=[ \t])")
_NOTE = re.compile(r" {0,3}\[\^([^\[\]\s]{1,100})\]:[ \t]*(.*)")
_MARKS = mark_pattern(r"<sup class=\"cevvo-note\">(\d+)</sup>")
_EXPLICIT_ID = re.compile(r"[ \t]*\{[ \t]*:?[ \t]*#([\w:.-]++)[^{}]*+\}$")
_LONGEST_MARK = 300  # characters: the patterns below are not for lines without end
# Admonitions: MkDocs and Python-Markdown; Docusaurus and VitePress; GitHub and Obsidian.
_BANGS = re.compile(r"^([ \t]*)(?:!!!|\?\?\?\+?)[ \t]+([\w-]+)[ \t]*(?:\"([^\"]*)\")?.*$")
_FORMULA = re.compile(r" {0,3}\$\$[ \t]*$")
_STEP = re.compile(r"^(?: {0,3}\t| {1,4})")
_COLONS = re.compile(r"^([ \t]*):{3,}[ \t]*(\w+)?[ \t]*\[?([^\]\n]*)\]?[ \t]*$")
_ALERT = re.compile(r"^([ \t]*>[ \t]*)\[!(\w+)\][-+]?[ \t]*(.*)$")
_MODULE_LINE = re.compile(
    r"^(?:import\s.+\sfrom\s+|import\s+|export\s+\*\s+from\s+)['\"].+['\"];?\s*$"
)


def parse_markdown(content: bytes, *, name: str) -> ParsedDocument:
    """Read a Markdown file. Raises Permanent: ``empty``, ``too_complex``."""
    text = decode(content).replace("\r\n", "\n").replace("\r", "\n")
    front, body = _front_matter(text)
    blocks = _with_anchors(fragment_blocks(_to_html(_plainer(body))))
    if not blocks:
        raise Permanent("The file holds no text.", reason="empty")
    found = _FRONT_TITLE.search(front)
    heading = next((b for b in blocks if b.kind == "heading" and b.level == 1), None)
    document_title = title(_scalar(found[1])) if found else ""
    if not document_title:
        document_title = title(heading.text[2:]) if heading else title_from(name)
    language = _FRONT_LANGUAGE.search(front)
    return ParsedDocument(
        title=document_title,
        blocks=tuple(blocks),
        language=language[1].lower() if language else None,
        unit_count=section_count(blocks, document_title),
    )


def _front_matter(text: str) -> tuple[str, str]:
    """(front matter, what follows it); YAML between ``---`` or TOML between ``+++``."""
    found = _FRONT_MATTER.match(text.lstrip("\ufeff"))
    return (found[2], text[found.end() :]) if found else ("", text)


def _scalar(value: str) -> str:
    """A YAML or TOML string without quotes, block sign and comment."""
    quoted = _QUOTED.match(value)
    if quoted:
        return (quoted[1] or "").replace("''", "'") or (quoted[2] or "").replace('\\"', '"')
    return _BLOCK_SCALAR.sub("", value, count=1).partition(" #")[0]


def _to_html(text: str) -> str:
    """HTML with the footnotes where they are referred to."""
    body, notes = _without_notes(text)
    numbers = {label: number for number, label in enumerate(notes, start=1)}
    markup = file_html(body, numbers)
    return with_notes(markup, [file_html(note, {}) for note in notes.values()], _MARKS)


def _without_notes(text: str) -> tuple[str, dict[str, str]]:
    """The text without the definitions of footnotes (``[^1]: …``, further paragraphs indented),
    and what they say by label."""
    kept: list[str] = []
    notes: dict[str, list[str]] = {}
    fence = _Fence()
    current: list[str] | None = None
    for line in text.split("\n"):
        fenced = fence.holds(line)
        found = None if fenced else _NOTE.match(line)
        if found:
            current = notes.setdefault(found[1], [])
            current.append(found[2])
        elif current is not None and (not line.strip() or line.startswith(("    ", "\t"))):
            current.append(line[4:] if line.startswith("    ") else line[1:])
        elif current and current[-1].strip() and not fenced and line.strip():
            current.append(line)  # goes on without indentation
        else:
            current = None
            kept.append(line)
    return "\n".join(kept), {label: "\n".join(lines) for label, lines in notes.items()}


class _Fence:
    """Tells lines of fenced code from others, read in order."""

    def __init__(self) -> None:
        self._open = ""

    @property
    def is_open(self) -> bool:
        return bool(self._open)

    def holds(self, line: str) -> bool:
        """Whether the line is code or one of the fences around it."""
        mark = _FENCE.match(line)
        if mark and not self._open:
            self._open = mark[1]
            return True
        if mark and mark[1].startswith(self._open) and line.strip() == mark[1]:
            self._open = ""
            return True
        return bool(self._open)


def _plainer(text: str) -> str:
    """Dialects of admonition as paragraphs that start with their title; module lines of MDX out;
    formulas (``$$``) as code, since their backslashes and stars are no marks."""
    kept: list[str] = []
    fence = _Fence()
    indent: int | None = None  # of a ``!!!`` block, whose content stands a step deeper
    end = 0  # of a formula
    lines = text.split("\n")
    for n, written in enumerate(lines):
        line = written
        if n == end > 0:
            line = "```"
        elif not fence.is_open and _FORMULA.match(line):
            end = _formula_end(lines, n)
            line = "```math" if end else line
        if indent is not None and line.strip() and len(line) - len(line.lstrip()) <= indent:
            indent = None
        body = line if indent is None else line[:indent] + _STEP.sub("", line[indent:])
        if not fence.holds(body) and len(body) < _LONGEST_MARK:
            bangs = _BANGS.match(body)
            if bangs:
                indent = len(bangs[1])
            body = _plain_line(body, bangs)
        kept.append(body)
    return "\n".join(kept)


def _formula_end(lines: list[str], start: int) -> int:
    """The line that ends the formula; 0 if none does before the next empty one, as none has any."""
    for n in range(start + 1, len(lines)):
        if not lines[n].strip():
            break
        if _FORMULA.match(lines[n]):
            return n
    return 0


def _plain_line(line: str, bangs: re.Match[str] | None) -> str:
    if bangs:
        return f"{bangs[1]}{bangs[3] or bangs[2].capitalize()}:"
    colons = _COLONS.match(line)
    if colons:
        return f"{colons[1]}{colons[3] or colons[2].capitalize()}:\n" if colons[2] else ""
    alert = _ALERT.match(line)
    if alert:
        return f"{alert[1]}{alert[3] or alert[2].capitalize()}:"
    if _MODULE_LINE.match(line):
        return ""
    return _TASK.sub(lambda task: task[1] + ("☐" if task[2] == " " else "☑"), line)


def _with_anchors(blocks: list[Block]) -> list[Block]:
    """Headings with the anchors that GitHub gives them, or the id that ``{#id}`` sets."""
    seen: Counter[str] = Counter()
    return [_with_anchor(block, seen) if block.kind == "heading" else block for block in blocks]


def _with_anchor(heading: Block, seen: Counter[str]) -> Block:
    explicit = _EXPLICIT_ID.search(heading.text)
    if explicit:
        return replace(heading, text=heading.text[: explicit.start()], anchor=explicit[1])
    return replace(heading, anchor=heading.anchor or _slug(heading.text.lstrip("# "), seen))


def _slug(heading: str, seen: Counter[str]) -> str | None:
    """GitHub's rule: lower case, only letters, digits, ``-`` and ``_``, blanks to hyphens; a slug
    that was there before gets ``-1``, ``-2`` …"""
    kept = (
        character
        for character in one_line(heading).lower()
        if character in "-_ " or unicodedata.category(character)[0] in "LNM"
    )
    slug = "".join(kept).replace(" ", "-")
    if not slug:
        return None
    seen[slug] += 1
    return slug if seen[slug] == 1 else f"{slug}-{seen[slug] - 1}"

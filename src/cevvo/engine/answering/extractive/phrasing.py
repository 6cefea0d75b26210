"""Excerpts as the text of an answer: Markdown with ``[n]`` marks, in pieces as they are streamed.

What documents say is data. Prose is escaped so that it reads the same but does nothing: no links,
no images, no HTML, no marks of its own. Code and inline code stand as they are, and a mark never
stands in them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from cevvo.domain.documents import Passage, Span
from cevvo.engine.answering.evidence.forms import is_field, leans_back, opens
from cevvo.engine.answering.evidence.sections import cells_of, item_text, marker_of
from cevvo.engine.answering.extractive.excerpts import Excerpt, Part

INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_ACTIVE = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)"  # a backslash that would escape something, a backtick after it, too
    r"|`|<(?=[A-Za-z/!?])|!(?=\[)"
    r"|\[(?=[^\[\]]*\](?:\s*[(\[:]|$))|\[(?=\s*\d[\d\s,–-]*\])|\](?=\s?[(\[:])"
    r"|(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w)|\*(?=\S)|(?<=\S)\*|~(?=~)|&(?=#?\w+;)"
)
_BLOCK_START = re.compile(r"(?:#{1,6}(?=\s|$)|[>+-](?=\s|$)|={3,}$|-{3,}$|\d{1,9}(?=[.)]\s))")
_FENCE_LINE = re.compile(r"\s{0,3}(`{3,}(?!.*`)|~{3,})")  # with a backtick after it, it opens none
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"”’)»]* \[\d+\]$")
_SECTION_NUMBER = re.compile(r"^(?:[A-Z]\.)?(?:\d+\.)+(?:\d+\.?)*\s+(?=\S)")
_CODE_NAME = re.compile(r"`?(?:[\w.:-]*\.)?([\w:-]+)`?(?:\(.*\))?`?|`(\\?[\w-]+)(?: [\[<{].*)?`")
_HEADING_NEEDED = 0.25  # share of the question that only the heading names


def pieces_of(excerpts: Sequence[Excerpt], numbers: Mapping[str, int]) -> Iterator[str]:
    """The answer's text in pieces, the lead first; joined they are the whole text.

    ``numbers`` gives the mark of each document id.
    """
    before: str | None = None  # the document last quoted, None where no prose can go on
    separator = ""
    labels: set[str] = set()  # those that were said
    for excerpt in excerpts:
        document = excerpt.section.passage.document_id
        for index, (text, is_prose) in enumerate(_blocks(excerpt, numbers[document], labels)):
            goes_on = index == 0 and is_prose and before == document
            yield f"{' ' if goes_on else separator}{text}"
            separator = "\n\n"
            before = document if is_prose and _SENTENCE_END.search(text) else None


def _blocks(excerpt: Excerpt, number: int, labels: set[str]) -> Iterator[tuple[str, bool]]:
    """The excerpt's paragraphs and blocks, and whether each is prose. The first has the mark."""
    passage = excerpt.section.passage
    mark = f" [{number}]"
    first, *rest = excerpt.parts
    label = _label(excerpt)
    label = "" if label in labels else label
    labels.add(label)
    if first.kind == "prose":
        yield label + _prose(excerpt, first) + mark, not rest
    elif not rest and (line := _as_prose(passage, first)) is not None:
        yield label + line + mark, True
    else:
        heading = _line(_SECTION_NUMBER.sub("", excerpt.heading))
        yield f"{heading}{'' if heading[-1:] in '.?!:' else ':'}{mark}", False
        rest = [first, *rest]
    for part in rest:
        if part.kind == "prose":
            yield _prose(excerpt, part), False
        else:
            yield block_text(passage, part), False


def _label(excerpt: Excerpt) -> str:
    """The heading, where the first sentence cannot be understood without it."""
    chosen, opening = excerpt.chosen, excerpt.opening
    name = _code_name(excerpt.heading)
    if leans_back(opening) or is_field(opening):
        needed = chosen.in_context - chosen.parts.coverage >= _HEADING_NEEDED
    else:
        needed = bool(name) and name not in opening.text and opens(excerpt.section, opening)
    return f"{_line(_SECTION_NUMBER.sub('', excerpt.heading))} – " if needed else ""


def _code_name(heading: str) -> str:
    """``save`` for a heading such as ``Model.save(force=False)``; empty if it names no code."""
    match = _CODE_NAME.fullmatch(heading)
    if match is None or (heading == match[1] and not re.search("[_A-Z]", heading[1:])):
        return ""
    return match[1] or match[2]


def _prose(excerpt: Excerpt, part: Part) -> str:
    passage = excerpt.section.passage
    ends = {unit.span.end for unit in excerpt.section.units}
    sentences = [
        _line(passage.quote(span)) + ("" if span.end in ends else " …") for span in part.spans
    ]
    return " ".join(sentences)


def _as_prose(passage: Passage, part: Part) -> str | None:
    """A lone item or a row without a header as one line of prose; None for other blocks."""
    if len(part.spans) > 1:
        return None
    text = passage.quote(part.spans[0])
    if part.kind == "list":
        return _line(item_text(passage, part.spans[0]))
    if part.kind == "table" and not part.columns:
        return " – ".join(filter(None, map(_line, cells_of(text))))
    return None


def block_text(passage: Passage, part: Part) -> str:
    """A list, a table or code, in Markdown."""
    if part.kind == "code":
        return "\n\n".join(_code(passage.quote(span)) for span in part.spans)
    if part.kind == "table":
        return _table(part.columns, [passage.quote(span) for span in part.spans])
    return "\n".join(_list(passage, part.spans))


def _code(text: str) -> str:
    """A code block whose fence is closed, whatever was cut off."""
    lines = text.strip("\n").split("\n")
    opened = _FENCE_LINE.match(lines[0])
    if opened is None:
        if _FENCE_LINE.fullmatch(lines[-1]):
            lines.pop()
        longest = max((len(run) for run in re.findall("`{3,}", "\n".join(lines))), default=2)
        fence = "`" * (longest + 1)
        return "\n".join((fence, *lines, fence))
    lines[0] = lines[0].lstrip()
    end = lines[-1].strip()
    if len(lines) == 1 or not end.startswith(opened[1]) or end.strip(opened[1][0]):
        lines.append(opened[1])
    return "\n".join(lines)


def _table(columns: Sequence[str], rows: Sequence[str]) -> str:
    grid = [cells_of(row) for row in rows]
    width = max(len(columns), *map(len, grid))
    rule = f"|{' --- |' * width}"
    return "\n".join([_row(columns, width), rule, *(_row(cells, width) for cells in grid)])


def _row(cells: Sequence[str], width: int) -> str:
    shown = [_line(cell).replace("|", "\\|") for cell in cells]
    return f"| {' | '.join([*shown, *[''] * (width - len(shown))])} |"


def _list(passage: Passage, spans: Sequence[Span]) -> Iterator[str]:
    line = ""
    end = 0
    for span in spans:
        indent, marker = marker_of(passage, span)
        text = _line(item_text(passage, span))
        if line and not marker and not passage.quote(Span(end, span.start)).strip():
            line = f"{line} {text}"  # the next sentence of the same item
        else:
            if line:
                yield line
            line = f"{indent}{marker if marker[:1].isdigit() else '-'} {text}"
        end = span.end
    yield line


def _line(text: str) -> str:
    return literal(" ".join(text.split()))


def literal(text: str) -> str:
    """Prose as Markdown that shows exactly this text; inline code stays code."""
    text = _DIRECTION.sub("", text)
    parts: list[str] = []
    position = 0
    for match in INLINE_CODE.finditer(text):
        parts += [_escaped(text[position : match.start()]), match[0]]
        position = match.end()
    parts.append(_escaped(text[position:]))
    escaped = "".join(parts)
    start = _BLOCK_START.match(escaped)
    if start is None:
        return escaped
    cut = start.end() if start[0].isdigit() else 0
    return f"{escaped[:cut]}\\{escaped[cut:]}"


def _escaped(text: str) -> str:
    return _ACTIVE.sub(lambda match: "".join("\\" + character for character in match[0]), text)

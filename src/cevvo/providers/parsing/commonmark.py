"""Markdown to HTML as CommonMark says: of files, to be read on, and of answers, to be shown."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from cevvo.providers.parsing.characters import goes_on

_WIKI_LINK = re.compile(r"(!?)\[\[([^\[\]|\n]+)(?:\|([^\[\]\n]+))?\]\]")
_NOTE_REFERENCE = re.compile(r"\[\^([^\[\]\s]{1,100})\]")
_SOURCE_MARK = re.compile(r"\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\](?!\()")
_SAFE_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)


def file_html(text: str, notes: Mapping[str, int]) -> str:
    """The HTML of a file, with HTML that stands in it and wiki links as their label.

    ``notes``: the number of each footnote by its label; a reference to one is marked with it.
    """
    return str(_FILES.render(text, {"cevvo_notes": notes}))


def answer_html(text: str, sources: int, prefix: str) -> str:
    """An answer as HTML that can load and run nothing.

    HTML in it stays text, a picture is its description, and a link that is not http, https or
    mailto is none. A mark such as ``[1]`` becomes a link to ``#{prefix}1``, where there are so many
    ``sources``.
    """
    return str(_ANSWERS.render(text, {"cevvo_sources": sources, "cevvo_prefix": prefix}))


def _wiki_link(state: StateInline, silent: bool) -> bool:
    """``[[Page]]``, ``[[Page|label]]``, ``[[Page#Heading]]`` as their label; an embedded page or
    picture (``![[…]]``) as nothing."""
    found = _WIKI_LINK.match(state.src, state.pos)
    if found is None:
        return False
    if not silent and not found[1]:
        page, _, heading = found[2].rstrip("\\").partition("#")
        target = " > ".join(part for part in (page, heading) if part and part[0] != "^")
        state.push("text", "", 0).content = found[3] or target
    state.pos = found.end()
    return True


def _note_reference(state: StateInline, silent: bool) -> bool:
    """``[^label]`` of a footnote that is there."""
    found = _NOTE_REFERENCE.match(state.src, state.pos)
    number = state.env.get("cevvo_notes", {}).get(found[1]) if found else None
    if found is None or number is None:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = f'<sup class="cevvo-note">{number}</sup>'
    state.pos = found.end()
    return True


def _soft_break(
    _renderer: object, tokens: Sequence[Token], at: int, _options: Any, _env: Any
) -> str:
    """None where the script puts no blank between words."""
    beside = [token.content for token in (*tokens[at - 1 : at], *tokens[at + 1 : at + 2])]
    return "" if len(beside) == 2 and goes_on(*beside) else "\n"


_FILES = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_FILES.add_render_rule("softbreak", _soft_break)
_FILES.inline.ruler.before("link", "wiki_link", _wiki_link)
_FILES.inline.ruler.before("link", "note_reference", _note_reference)


def _source_mark(state: StateInline, silent: bool) -> bool:
    found = _SOURCE_MARK.match(state.src, state.pos)
    if found is None:
        return False
    numbers = [int(each) for each in found[1].split(",")]
    if not all(1 <= each <= state.env.get("cevvo_sources", 0) for each in numbers):
        return False
    if not silent:
        prefix = escape(state.env["cevvo_prefix"])
        state.push("html_inline", "", 0).content = "".join(
            f'<a class="mark" href="#{prefix}{each}">{each}</a>' for each in numbers
        )
    state.pos = found.end()
    return True


def _description(
    _renderer: object, tokens: Sequence[Token], at: int, _options: Any, _env: Any
) -> str:
    return escape(tokens[at].content)


def _heading(_renderer: object, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    return "</h3>" if tokens[at].nesting < 0 else "<h3>"  # below the question


def _outward(renderer: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    tokens[at].attrSet("rel", "noopener noreferrer nofollow")
    return str(renderer.renderToken(tokens, at, options, env))


_ANSWERS = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_ANSWERS.inline.ruler.before("link", "source_mark", _source_mark)
_ANSWERS.add_render_rule("image", _description)
_ANSWERS.add_render_rule("heading_open", _heading)
_ANSWERS.add_render_rule("heading_close", _heading)
_ANSWERS.add_render_rule("link_open", _outward)
_ANSWERS.validateLink = lambda url: _SAFE_LINK.match(url) is not None  # type: ignore[method-assign]

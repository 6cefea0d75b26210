"""Markdown to HTML: anchors on headings, links that lead to the site's pages, coloured code."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

_LEXERS = {"console": "console", "sh": "bash", "ts": "typescript", "curl": "bash"}
_ANCHORED = ("h2", "h3", "h4")
_LONGEST_LEAD = 260  # characters
_FORMATTER = HtmlFormatter(nowrap=True)


@dataclass(frozen=True, slots=True)
class Heading:
    """One that can be linked to. ``level`` is 2 to 4."""

    level: int
    anchor: str
    text: str


@dataclass(slots=True)
class Rendered:
    """A page's inside: HTML, headings, and its text by section for the search."""

    title: str = ""
    html: str = ""
    headings: list[Heading] = field(default_factory=list)
    sections: list[tuple[Heading | None, str]] = field(default_factory=list)


def slug(text: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def code_block(code: str, language: str = "", more: str = "") -> str:
    """``<pre>`` with the code's parts marked by class; ``more`` are attributes of it."""
    code = code.rstrip("\n")
    if not language:
        inside = escape(code)
    else:
        lexer = get_lexer_by_name(_LEXERS.get(language, language), stripnl=False)
        inside = highlight(code, lexer, _FORMATTER).rstrip("\n")
    return f'<pre tabindex="0"{more}><code>{inside}</code></pre>'


def render(text: str, link: Callable[[str], str]) -> Rendered:
    """A page. ``link`` says where what a link or picture names is on the site."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("table_open", _scroll_open)
    parser.add_render_rule("table_close", _scroll_close)
    tokens = parser.parse(text)
    page = Rendered()
    _relink(tokens, link)
    _anchor(tokens, page)
    _lead(tokens)
    html = parser.renderer.render(tokens, parser.options, {})
    page.html = html.replace("<th></th>", "<td></td>")  # a corner is no heading
    page.sections = _sections(tokens, page)
    return page


def render_inline(text: str, link: Callable[[str], str] = str) -> str:
    """One line of Markdown, without a paragraph around it."""
    parser = MarkdownIt("commonmark")
    tokens = parser.parseInline(text)
    _relink(tokens, link)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _fence(self: RendererHTML, tokens: list[Token], at: int, options: OptionsDict, env: Any) -> str:
    return code_block(tokens[at].content, tokens[at].info.strip())


def _scroll_open(
    self: RendererHTML, tokens: list[Token], at: int, options: OptionsDict, env: Any
) -> str:
    return '<div class="table" role="group" aria-label="Table" tabindex="0"><table>'


def _scroll_close(
    self: RendererHTML, tokens: list[Token], at: int, options: OptionsDict, env: Any
) -> str:
    return "</table></div>"


def _relink(tokens: list[Token], link: Callable[[str], str]) -> None:
    for token in tokens:
        _relink(token.children or [], link)
        for name in ("href", "src"):
            if isinstance(token.attrs.get(name), str):
                token.attrs[name] = link(str(token.attrs[name]))


def _anchor(tokens: list[Token], page: Rendered) -> None:
    """Give headings ids; the first one of the page is its title, and no part of what follows."""
    seen: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        inline = tokens[at + 1]
        text = _plain(inline)
        if token.tag == "h1":
            page.title = text
            continue
        anchor = slug(text)
        seen[anchor] = seen.get(anchor, 0) + 1
        if seen[anchor] > 1:
            anchor = f"{anchor}-{seen[anchor] - 1}"
        token.attrs["id"] = anchor
        if token.tag in _ANCHORED:
            page.headings.append(Heading(int(token.tag[1]), anchor, text))
            mark = Token("html_inline", "", 0, content=anchor_link(anchor, text))
            inline.children = [*(inline.children or []), mark]


def _lead(tokens: list[Token]) -> None:
    """Mark what a page says first of itself, if that is short."""
    for at, token in enumerate(tokens[:-4]):
        if token.type == "heading_close" and token.tag == "h1":
            after, inline = tokens[at + 1], tokens[at + 2]
            if after.type == "paragraph_open" and len(inline.content) < _LONGEST_LEAD:
                after.attrs["class"] = "lead"


def anchor_link(anchor: str, text: str) -> str:
    """The sign beside a heading that links to it."""
    return f' <a class="anchor" href="#{escape(anchor)}" aria-label="Link to {escape(text)}">#</a>'


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [] if child.type != "html_inline")


def _sections(tokens: list[Token], page: Rendered) -> list[tuple[Heading | None, str]]:
    by_anchor = {heading.anchor: heading for heading in page.headings}
    sections: list[tuple[Heading | None, list[str]]] = [(None, [])]
    inside = ""
    for token in tokens:
        if token.type == "heading_open":
            inside = token.tag
            if found := by_anchor.get(str(token.attrs.get("id", ""))):
                sections.append((found, []))
        elif token.type == "heading_close":
            inside = ""
        elif token.type == "inline" and not inside:
            sections[-1][1].append(_plain(token))
        elif token.type == "fence":
            sections[-1][1].append(token.content)
    return [(heading, " ".join(" ".join(words).split())) for heading, words in sections]

"""What an answer's Markdown becomes in a client that renders all there is to render."""

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_ACTIVE = {"link_open", "image", "html_inline", "html_block"}


def active_tokens(text: str) -> list[str]:
    """Links, images and HTML in the Markdown, with raw HTML switched on."""
    renderer = MarkdownIt("commonmark", {"html": True}).enable("table")
    return [token.type for token in _all(renderer.parse(text)) if token.type in _ACTIVE]


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])

"""From a page's HTML to the Markdown of its main part: Cevvo, and what others would use.

Each is called as its documentation recommends for Markdown with headings, tables and code.
"""

from collections.abc import Callable
from importlib.util import find_spec

from cevvo.errors import Permanent
from cevvo.providers.parsing.html import parse_html

Extractor = Callable[[bytes], tuple[str, list[str | None]]]
"""The Markdown of a page, and the fragment of each heading in it where the extractor tells."""


def cevvo(content: bytes) -> tuple[str, list[str | None]]:
    """The blocks, as they are stored."""
    try:
        blocks = parse_html(content, name="page.html", url="https://docs.example/page.html").blocks
    except Permanent:
        return "", []
    return (
        "\n\n".join(block.text for block in blocks),
        [block.anchor for block in blocks if block.kind == "heading"],
    )


def extractors() -> dict[str, Extractor]:
    """Those that are installed; the others come with the extra ``extraction``."""
    found: dict[str, Extractor] = {"cevvo": cevvo}
    for module, makers in {
        "trafilatura": {"trafilatura": _trafilatura, "trafilatura, recall": _trafilatura_recall},
        "html_to_markdown": {"html-to-markdown": _html_to_markdown},
    }.items():
        if find_spec(module):
            found |= {name: make() for name, make in makers.items()}
    return found


# The packages are those of an extra: each is imported only when it is measured.


def _trafilatura(*, recall: bool = False) -> Extractor:
    import trafilatura

    def extract(content: bytes) -> tuple[str, list[str | None]]:
        markdown = trafilatura.extract(
            content.decode("utf-8", "replace"),
            output_format="markdown",
            include_formatting=True,
            include_tables=True,
            favor_recall=recall,
        )
        return markdown or "", []

    return extract


def _trafilatura_recall() -> Extractor:
    return _trafilatura(recall=True)


def _html_to_markdown() -> Extractor:
    from html_to_markdown import ConversionOptions, PreprocessingOptions, convert

    options = ConversionOptions(
        extract_metadata=False,
        preprocessing=PreprocessingOptions(
            enabled=True, preset="aggressive", remove_navigation=True, remove_forms=True
        ),
    )

    def extract(content: bytes) -> tuple[str, list[str | None]]:
        return convert(content.decode("utf-8", "replace"), options).content or "", []

    return extract

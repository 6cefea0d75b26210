"""Counting the parts of a document that a citation can be anchored to."""

from collections.abc import Sequence

from cevvo.domain.documents import Block
from cevvo.providers.parsing.characters import title


def section_count(blocks: Sequence[Block], document_title: str) -> int:
    """Top-level sections: the headings of the highest level there is besides the title, at least 1.

    A heading that is the title, alone on its level, does not count; its subsections do.
    """
    headings = [block for block in blocks if block.kind == "heading"]
    if headings and title(headings[0].text.lstrip("# ")) == document_title:
        alone = all(heading.level != headings[0].level for heading in headings[1:])
        headings = headings[1:] if alone else headings
    top = min((heading.level for heading in headings), default=0)
    return max(1, sum(heading.level == top for heading in headings))

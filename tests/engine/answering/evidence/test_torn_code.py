"""Code that was cut into chunks is code in each of them, whatever its lines look like."""

import re

import pytest

from cevvo.domain.documents import Span
from cevvo.engine.answering.evidence.asking import Wants
from cevvo.engine.answering.evidence.sections import section_of
from cevvo.engine.answering.extractive.excerpts import parts_for
from cevvo.engine.answering.extractive.phrasing import block_text
from cevvo.engine.indexing.split import split
from cevvo.providers.parsing.markdown import parse_markdown
from engine.answering.passages import passage

LINES = {
    "comments": "# Step {n}: start the boiler\nboiler start --lamp {n} --wait yes",
    "items of YAML": "- name: boiler {n}\n  lamp: red and blue {n}",
    "a diff": "> the lamp {n} of the boiler\n< the other lamp {n} of it",
    "rows": "| boiler {n} | lamp {n} |",
    "steps": "{n}. boiler start the lamp number {n}",
    "plain lines": "boiler start --lamp {n} --wait yes",
    "a short line first": "}}\nboiler start --lamp {n} --wait yes",
    "underlined": "boiler lamp {n}\n---------------",
}


@pytest.mark.parametrize("fence", ["```", "~~~~", "````"])
@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_every_piece_of_it_is_code(lines: str, fence: str) -> None:
    code = "\n\n".join(
        "\n".join(lines.format(n=n) for n in range(start, start + 4)) for start in range(0, 40, 4)
    )
    page = f"# Boiler\n\nThe script:\n\n{fence}\n{code}\n{fence}\n\nThat was it. Really."
    text, chunks = split(
        parse_markdown(page.encode(), name="boiler.md"),
        count_tokens=lambda each: len(each.split()),
        max_tokens=120,
    )
    torn = 0
    for chunk in chunks:
        units = tuple(
            Span(each.start - chunk.span.start, each.end - chunk.span.start)
            for each in chunk.sentences
        )
        cut = passage(text[chunk.span.start : chunk.span.end], units=units)
        found = section_of(cut)
        for unit in found.units:
            if "boiler" not in unit.text:
                assert unit.kind == "paragraph"
                continue
            assert unit.kind == "code"
            torn += 1
            (part,) = [each for each in parts_for(found, unit, Wants.of("")) if each.kind == "code"]
            check_closed(block_text(cut, part))
    assert torn > 1


def check_closed(block: str) -> None:
    """One block with a fence at each end and none within that would end it."""
    first, *inner, last = block.split("\n")
    opened = re.match(r"`{3,}|~{3,}", first)
    assert opened is not None
    assert last == opened[0]
    assert not any(line.strip().startswith(opened[0]) for line in inner)
    assert any(inner)


def test_code_that_is_cut_where_a_line_looks_like_a_fence_is_closed() -> None:
    lines = ["boiler start --lamp red"] * 100
    code = "\n".join(["```", *lines, "```sh", "steam " * 40, "```"])
    found = section_of(passage(code, units=(Span(0, len(code)),)))
    (part,) = parts_for(found, found.units[0], Wants.of(""))
    block = block_text(found.passage, part).split("\n")
    assert block[0] == block[-1] == "```"
    assert len(block) > 100

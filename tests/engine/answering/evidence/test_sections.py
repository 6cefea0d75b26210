"""The structure that is read from a passage's Markdown."""

import time

from cevvo.domain.documents import Span
from cevvo.engine.answering.evidence.sections import Section, Unit, cells_of, section_of
from engine.answering.passages import passage

PAGE = """# Installing

Run the installer:

```sh
sudo ./install.sh

echo done
```

1. Open the portal.
2. Enter the key:

```
cevvo key
```

3. Save.
  - nested

## Options

> Quoted words.

| Option | Meaning |
| --- | --- |
| `-q` | Quiet. |
| `-v` | Verbose. |"""


def section(text: str = PAGE, **more: object) -> Section:
    return section_of(passage(text, offset=50, **more))  # type: ignore[arg-type]


def unit(found: Section, text: str) -> Unit:
    (match,) = [each for each in found.units if text in each.text]
    return match


def test_the_blocks_of_a_passage() -> None:
    kinds = [region.kind for region in section().regions]
    assert kinds == [
        "heading", "paragraph", "code", "list", "code", "list", "heading", "quote", "table",
    ]  # fmt: skip


def test_units_know_their_block() -> None:
    found = section()
    kinds = [(unit(found, text).kind) for text in ("Run the", "sudo", "Save.", "Quoted", "Quiet.")]
    assert kinds == ["paragraph", "code", "list", "quote", "table"]


def test_steps_have_their_numbers() -> None:
    numbers = {each.text: each.number for each in section().units if each.kind == "list"}
    assert numbers == {"Open the portal.": 1, "Enter the key:": 2, "Save.": 3, "nested": None}


def test_neighbours_end_at_a_heading() -> None:
    found = section()
    assert found.before(unit(found, "Run the installer")) is None
    assert found.before(unit(found, "sudo")) == unit(found, "Run the installer")
    assert found.after(unit(found, "nested")) is None


def test_what_a_unit_stands_under() -> None:
    found = section(headings=("Guide", "Installing"))
    assert found.heading_of(unit(found, "sudo")) == "Installing"
    assert found.heading_of(unit(found, "Quiet")) == "Options"
    assert (
        section_of(passage("Text.", headings=("A", "B"))).heading_of(
            section_of(passage("Text.")).units[0]
        )
        == "B"
    )
    plain = section_of(passage("Text.", title="The title"))
    assert plain.heading_of(plain.units[0]) == "The title"


def test_a_row_knows_its_columns() -> None:
    found = section()
    place, names = found.columns_of(unit(found, "Verbose"))
    assert names == ("Option", "Meaning")
    assert place is not None
    assert found.passage.quote(place) == "| Option | Meaning |"


def test_a_table_without_a_header_has_no_columns() -> None:
    found = section("|  |  |\n| --- | --- |\n| a | b |")
    assert found.columns_of(found.units[0]) == (None, ())


def test_a_table_that_goes_on_takes_its_columns_from_the_headings() -> None:
    text = "| a | b |\n| c | d |"
    rows = (Span(0, 9), Span(10, 19))
    found = section(text, headings=("Limits", "Name | Value"), units=rows)
    assert found.columns_of(found.units[1]) == (None, ("Name", "Value"))
    assert found.heading_of(found.units[1]) == "Limits"
    other = section(text, headings=("Limits", "One | Two | Three"), units=rows)
    assert other.columns_of(other.units[0]) == (None, ())


def test_code_that_began_in_an_earlier_passage_is_code() -> None:
    text = "def f():\n    return 1\n```\n\nThat was it. Really.\n\n```\nx = 1\n```"
    code_end = text.index("\n\nThat")
    units = (Span(0, code_end), *(span for span in _spans_after(text, code_end)))
    found = section(text, units=units)
    assert [region.kind for region in found.regions] == ["code", "paragraph", "code"]
    assert [each.kind for each in found.units] == ["code", "paragraph", "paragraph", "code"]


def test_an_unclosed_fence_reaches_to_the_end() -> None:
    found = section("```\na\n\nb", units=(Span(0, 8),))
    assert [region.kind for region in found.regions] == ["code"]


def test_cells() -> None:
    assert cells_of("| a | `b \\| c` | |") == ("a", "`b | c`", "")


def _spans_after(text: str, position: int) -> list[Span]:
    pieces = ["That was it.", "Really.", "```\nx = 1\n```"]
    starts = [text.index(piece, position) for piece in pieces]
    return [Span(s, s + len(p)) for s, p in zip(starts, pieces, strict=True)]


def test_r27_many_small_paragraphs_take_no_time_each() -> None:
    found = section("\n\n".join("word" for _ in range(400)))
    start = time.process_time()
    assert {found.heading_of(each) for each in found.units} == {"Manual"}
    assert time.process_time() - start < 0.5  # 2 s where each looks at all units for each block

"""Markdown files."""

import pytest

from cevvo.domain.documents import ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.markdown import parse_markdown

GUIDE = """\
---
title: "The guide"
lang: en-GB
---
<!-- a note to editors -->
# Guide

Some **bold** and *italic* text with `code`, a [link](https://x.example/a), an
![image](a.png) and a footnote.

Setext
------

1. one
2. two
   - nested

   ```js
   let x = 1;
   ```
3. three

| A | B |
|---|:-:|
| 1 | `a` |

> quoted
> words

## Setext

~~~
# not a heading
~~~

### Explicit {#own-id}

Term &amp; entity.
"""


def parse(text: str, name: str = "some/guide.md") -> ParsedDocument:
    return parse_markdown(text.encode(), name=name)


def texts(text: str) -> list[str]:
    return [block.text for block in parse(text).blocks]


def test_a_whole_file() -> None:
    guide = parse(GUIDE)
    assert (guide.title, guide.language) == ("The guide", "en")
    assert [block.text for block in guide.blocks] == [
        "# Guide",
        "Some bold and italic text with `code`, a link, an and a footnote.",
        "## Setext",
        "1. one\n2. two\n  - nested",
        "```js\nlet x = 1;\n```",
        "3. three",
        "| A | B |\n| --- | --- |\n| 1 | `a` |",
        "> quoted words",
        "## Setext",
        "```\n# not a heading\n```",
        "### Explicit",
        "Term & entity.",
    ]
    anchors = [block.anchor for block in guide.blocks if block.kind == "heading"]
    assert anchors == ["guide", "setext", "setext-1", "own-id"]


@pytest.mark.parametrize(
    ("text", "title", "units"),
    [
        ("# One\n\n## A\n\nx\n\n## B\n\ny\n\n### b\n", "One", 2),
        ("# One\n\nx\n\n# Two\n\ny\n", "One", 2),
        ("# One\n\n## A\n\nx\n\n# Two\n\ny\n\n# Three\n", "One", 3),
        ("---\ntitle: T\n---\n# One\n\nx\n\n# Two\n", "T", 2),
        ("+++\ntitle = 'Toml'\n+++\nx", "Toml", 1),
        ("just text", "guide", 1),
        ("### Deep\n\nx\n\n### Deeper\n", "guide", 2),
        ("---\n\n# Rule first\n\nx", "Rule first", 1),
    ],
)
def test_title_and_units(text: str, title: str, units: int) -> None:
    document = parse(text)
    assert (document.title, document.unit_count) == (title, units)


@pytest.mark.parametrize(
    "source",
    [
        '!!! warning "Hot"\n    Do not touch.\n\nAfter.',
        ":::warning[Hot]\nDo not touch.\n:::\n\nAfter.",
        "::: warning Hot\nDo not touch.\n:::\n\nAfter.",
        "> [!WARNING] Hot\n> Do not touch.\n\nAfter.",
        '??? warning "Hot"\n\n    Do not touch.\n\nAfter.',
        '!!! warning "Hot"\n\tDo not touch.\n\nAfter.',
        '!!! warning "Hot"\n  Do not touch.\n\nAfter.',
    ],
)
def test_admonitions_of_all_dialects(source: str) -> None:
    joined = " ".join(text.lstrip("> ") for text in texts(source))
    assert joined.startswith(("Hot: Do not touch.", "Warning"))
    assert joined.endswith("Do not touch. After.")


def test_marks_of_dialects_are_text_inside_a_fence() -> None:
    assert texts("```\n!!! note\n:::tip\nimport a from 'b'\n```") == [
        "```\n!!! note\n:::tip\nimport a from 'b'\n```"
    ]


def test_html_in_markdown_is_read_and_scripts_are_not() -> None:
    source = (
        "import Tabs from '@theme/Tabs';\n\n<details><summary>More</summary>\n\nText\n</details>"
    )
    assert texts(source + "\n\n<script>alert(1)</script>") == ["More", "Text"]


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("title: >-\n  A title that\n  goes on\nauthor: x", "A title that goes on"),
        ("title: A title that\n  goes on", "A title that goes on"),
        ("tags:\n  - title: no\ntitle: Bare # a comment", "Bare"),
        ("title: 'It''s #1' # a comment", "It's #1"),
        ('title: "Say \\"hi\\""', 'Say "hi"'),
    ],
)
def test_titles_as_yaml_writes_them(front: str, title: str) -> None:
    assert parse(f"---\n{front}\n---\ntext").title == title


def test_wiki_links_are_their_labels_and_embeds_nothing() -> None:
    source = "See [[Setup]], [[Setup|the guide]], [[Setup#Proxy]], [[#Here]], [[A#^b1]]. ![[a.png]]"
    assert texts(source) == ["See Setup, the guide, Setup > Proxy, Here, A."]
    assert texts("`[[ -f x ]]` and [[ not closed") == ["`[[ -f x ]]` and [[ not closed"]
    assert texts("| A | B |\n|---|---|\n| [[Page\\|label]] | 1 |")[0].endswith("| label | 1 |")


def test_footnotes_follow_what_refers_to_them() -> None:
    source = """\
Up to five[^n] a day.

- item[^2]
- other

More. Not one: [^9].

[^n]: Per *user*.

    And day.
[^2]: In a list,
still.

```
[^n]: code
```
"""
    assert texts(source) == [
        "Up to five a day.",
        "Per user.",
        "And day.",
        "- item\n- other",
        "In a list, still.",
        "More. Not one: [^9].",
        "```\n[^n]: code\n```",
    ]


def test_formulas_keep_their_signs() -> None:
    formula = "\\int_0^1 x\\,dx * y * z"
    assert texts(f"Sum:\n\n$$\n{formula}\n$$\n\n# Next") == [
        "Sum:",
        f"```math\n{formula}\n```",
        "# Next",
    ]
    assert texts("$$\n\nNo *formula*.\n\n$$") == ["No formula."]


def test_tasks_keep_whether_they_are_done() -> None:
    assert texts("- [ ] open\n- [x] done\n- [link](x) no task") == [
        "- ☐ open\n- ☑ done\n- link no task"
    ]


def test_reference_links_are_their_text() -> None:
    assert texts("A [manual][m] and [m].\n\n[m]: https://x.example 'Title'") == ["A manual and m."]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("# What's new in 3.2?", "whats-new-in-32"),
        ("# `save()` & friends", "save--friends"),
        ("# Größe — 大きさ", "größe--大きさ"),
        ("# snake_case-kebab", "snake_case-kebab"),
        ("# !!!", None),
    ],
)
def test_anchors_as_github_makes_them(heading: str, anchor: str | None) -> None:
    headings = [block for block in parse(heading + "\n\ntext").blocks if block.kind == "heading"]
    assert [block.anchor for block in headings] == ([anchor] if anchor else [])


@pytest.mark.parametrize("text", ["<!-- nothing -->", "---\ntitle: x\n---\n", "***"])
def test_nothing_to_read(text: str) -> None:
    with pytest.raises(Permanent) as caught:
        parse(text)
    assert caught.value.reason == "empty"


def test_chinese_goes_on_in_the_next_line_without_a_blank() -> None:
    assert texts("客户需要提供订单编\n号以及凭证，\n退款 API\n在七日内。\n\nEnglish\nwords.") == [
        "客户需要提供订单编号以及凭证，退款 API 在七日内。",
        "English words.",
    ]

"""Plain text files."""

import pytest

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.plain_text import parse_plain_text


def parse(text: str) -> ParsedDocument:
    return parse_plain_text(text.encode(), name="uploads/My notes.txt")


def blocks(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in parse(text).blocks]


def test_paragraphs_wrapped_and_not() -> None:
    wrapped = (
        "This paragraph was broken to a width of some\r\nseventy characters, as mail programs"
        " used to\r\ndo, so its lines are one text."
    )
    assert blocks(f"{wrapped}\r\n\r\nOrchard Ltd\r\n1 Apple  Road") == [
        ("paragraph", wrapped.replace("\r\n", " ")),
        ("paragraph", "Orchard Ltd\n1 Apple Road"),
    ]


def test_chinese_that_was_broken_to_a_width_gets_no_blanks() -> None:
    text = "本产品自购买之日起享有三十天无理由退款服务客户需要提供订单编号以及购买凭证"
    broken = f"{text[:25]}\n{text[25:]}"
    assert blocks(f"{broken}\n\n- {broken}\n\n上海市\n南京路一号") == [
        ("paragraph", text),
        ("list", f"- {text}"),
        ("paragraph", "上海市\n南京路一号"),
    ]
    assert blocks(f"{text} Word\n{text}") == [("paragraph", f"{text} Word {text}")]


def test_underlined_lines_are_headings_and_the_first_is_the_title() -> None:
    document = parse("Manual\n======\n\nPart one\n--------\nText.")
    assert document.title == "Manual"
    assert document.blocks == (
        Block("heading", "# Manual", 1),
        Block("heading", "## Part one", 2),
        Block("paragraph", "Text."),
    )


def test_lists_with_nesting_and_continuation() -> None:
    assert blocks("* one\n  goes on\n    - deeper\n* two\n\n1) first\n2) second") == [
        ("list", "- one goes on\n  - deeper\n- two"),
        ("list", "1) first\n2) second"),
    ]


def test_columns_and_indented_lines_are_kept_as_they_are() -> None:
    assert blocks("Name      Port\nhttp      80\nssh       22\n\n    if x:\n        y()") == [
        ("code", "```\nName      Port\nhttp      80\nssh       22\n```"),
        ("code", "```\n    if x:\n        y()\n```"),
    ]


def test_a_file_without_headings_is_called_by_its_name() -> None:
    document = parse("Hello.")
    assert (document.title, document.unit_count) == ("My notes", 1)


def test_headings_one_after_the_other() -> None:
    assert len(parse("a\n===\n" * 5000).blocks) == 5000


def test_rules_and_invisible_characters_go() -> None:
    assert blocks("****\n\nzero\u200bwidth\x00\n\n_____") == [("paragraph", "zerowidth")]


@pytest.mark.parametrize("text", ["", " \n ", "-----\n\n=====", "\ufeff"])
def test_nothing_to_read(text: str) -> None:
    with pytest.raises(Permanent) as caught:
        parse(text)
    assert caught.value.reason == "empty"

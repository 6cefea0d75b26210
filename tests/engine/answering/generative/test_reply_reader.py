"""A reply taken apart as it streams in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.engine.answering.generative.reply_reader import ReplyReader, Statement, without_marks

REPLY = """Here is how to do it:

1. Open **Settings**. [1] Choose `a. B` now.[2]
2. Click "Save" [1, 2].

## Limits
The API takes 100 requests [1][3-4]. It has e.g. 3.5 MB. これは。次。[2]

| A | B |
|---|---|
| x | y [1] |
```bash
pip install x

arr[1]
```
> quoted text [^4]
Last one"""


def read(reply: str, *, size: int = 5, whole: bool = True) -> list[Statement]:
    reader = ReplyReader()
    statements = [
        statement
        for start in range(0, len(reply), size)
        for statement in reader.read(reply[start : start + size])
    ]
    return [*statements, *reader.end(whole=whole)]


def test_a_reply_becomes_statements_without_their_marks() -> None:
    assert read(REPLY) == [
        Statement("sentence", "Here is how to do it:"),
        Statement("sentence", "Open **Settings**.", (1,), lead="1. ", gap="\n\n"),
        Statement("sentence", "Choose `a. B` now.", (2,), gap=" "),
        Statement("sentence", 'Click "Save".', (1, 2), lead="2. ", gap="\n"),
        Statement("heading", "Limits", gap="\n\n"),
        Statement("sentence", "The API takes 100 requests.", (1, 3, 4), gap="\n"),
        Statement("sentence", "It has e.g. 3.5 MB.", gap=" "),
        Statement("sentence", "これは。", gap=" "),
        Statement("sentence", "次。", (2,), gap=" "),
        Statement("header", "| A | B |", gap="\n\n"),
        Statement("row", "| x | y |", (1,), gap="\n"),
        Statement("code", "pip install x\n\narr[1]", gap="\n\n", language="bash"),
        Statement("sentence", "quoted text", (4,), gap="\n\n"),
        Statement("sentence", "Last one", gap="\n"),
    ]


@given(st.text(alphabet="ab .!?\n`|-#>1[]()*~。", max_size=60), st.integers(1, 7))
def test_statements_do_not_depend_on_the_pieces(reply: str, size: int) -> None:
    assert read(reply, size=size) == read(reply, size=max(1, len(reply)))


def test_a_sentence_comes_out_as_soon_as_the_next_begins() -> None:
    reader = ReplyReader()
    assert list(reader.read("Open Settings. [1")) == []
    assert list(reader.read("] ")) == []
    assert list(reader.read("T")) == [Statement("sentence", "Open Settings.", (1,))]


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        ("One is red. Two is bl", ["One is red."]),
        ("One is red.", []),  # perhaps "red.html"
        ("One is red.\nTwo", ["One is red."]),
        ("```\npip inst", []),
    ],
)
def test_the_unfinished_end_of_a_cut_reply_is_left_out(cut: str, said: list[str]) -> None:
    assert [statement.text for statement in read(cut, whole=False)] == said


@pytest.mark.parametrize(
    ("text", "bare", "numbers"),
    [
        ("Red [1].", "Red.", (1,)),
        ("Red [2, 1] and blue [2].", "Red and blue.", (2, 1)),
        ("Red 【3†source】", "Red", (3,)),
        ("Red [Source 2].", "Red.", (2,)),
        ("Use `a[1]` there [2].", "Use `a[1]` there.", (2,)),
        ("Red (1).", "Red (1).", ()),
        ("[1](https://example.com)", "[1](https://example.com)", ()),
        ("[one]", "[one]", ()),
    ],
)
def test_marks(text: str, bare: str, numbers: tuple[int, ...]) -> None:
    assert without_marks(text) == (bare, numbers)


def test_a_line_that_ends_no_sentence_is_cut() -> None:
    statements = read("Dr. " * 5000, size=900)
    assert len(statements) > 5
    assert max(len(statement.text) for statement in statements) <= 2001
    assert "".join(each.text for each in statements).replace(" ", "") == "Dr." * 5000


@pytest.mark.parametrize("size", [1, 2, 7, 200])
def test_a_quotation_belongs_to_the_sentence_before_it(size: int) -> None:
    text = (
        "Er dauert 14 Tage. [1] {{It lasts 14 days. Really.}} Dann endet er {{It ends}} [2].\n"
        "- Ein `{{x}}` bleibt. [3]"
    )
    reader = ReplyReader(quoted=True)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    found = [*(each for piece in pieces for each in reader.read(piece)), *reader.end(whole=True)]
    assert [(each.text, each.marks, each.quotes) for each in found[:2]] == [
        ("Er dauert 14 Tage.", (1,), ("It lasts 14 days. Really.",)),
        ("Dann endet er.", (2,), ("It ends",)),
    ]


def test_braces_are_words_where_no_quotation_is_asked_for() -> None:
    (statement,) = read("Write {{ name }} there. [1]")
    assert (statement.text, statement.quotes) == ("Write {{ name }} there.", ())

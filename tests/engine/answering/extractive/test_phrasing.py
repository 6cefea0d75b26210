"""What documents say is shown as it is and does nothing: no links, no HTML, no marks of its own."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.engine.answering.extractive.phrasing import literal

HARMLESS = [
    ("Open Settings > Security.", "Open Settings > Security."),
    ("Run `rm -rf [1] *` now", "Run `rm -rf [1] *` now"),
    ("3 * 4 = 12 and a_b_c", "3 * 4 = 12 and a_b_c"),
    ("Choose [Save] or [Cancel].", "Choose [Save] or [Cancel]."),
    ("R&D, AT&T, Q&A", "R&D, AT&T, Q&A"),
    ("C:\\Users\\me", "C:\\Users\\me"),
    ("a < b and b > c", "a < b and b > c"),
]
DEFUSED = [
    ("as shown in [1] and [2, 3]", r"as shown in \[1] and \[2, 3]"),
    ("[click](javascript:alert(1))", r"\[click\](javascript:alert(1))"),
    ("![x](http://evil.example/a.png)", r"\!\[x\](http://evil.example/a.png)"),
    ("[x][ref]", r"\[x\]\[ref]"),
    ("[ref]: http://evil.example", r"\[ref\]: http://evil.example"),
    ("<script>alert(1)</script>", r"\<script>alert(1)\</script>"),
    ("<javascript:alert(1)>", r"\<javascript:alert(1)>"),
    ("**bold** and __init__", r"\*\*bold\*\* and \_\_init\_\_"),
    ("*args", r"\*args"),
    ("an open ` tick", r"an open \` tick"),
    ("`code` and ` tick", r"`code` and \` tick"),
    ("&lt;b&gt; &#60;", r"\&lt;b\&gt; \&#60;"),
    (r"\[1]", r"\\\[1]"),
    ("# not a heading", r"\# not a heading"),
    ("> not a quote", r"\> not a quote"),
    ("- not a list", r"\- not a list"),
    ("1986. A great year", r"1986\. A great year"),
    ("---", r"\---"),
    ("~~gone~~", r"\~~gone\~~"),
    ("left\u202eright", "leftright"),
    ("nul\x00 bell\x07", "nul bell"),
]


@pytest.mark.parametrize(("text", "expected"), HARMLESS + DEFUSED)
def test_prose_reads_the_same_and_does_nothing(text: str, expected: str) -> None:
    assert literal(text) == expected


# From left to right, as Markdown is read: what a backslash stands before begins no code.
ESCAPED_OR_CODE = re.compile(r"\\[!-/:-@\[-`{-~]|(`+)(?!`).+?(?<!`)\1(?!`)|`+", re.DOTALL)


@given(st.text(alphabet="[]()!`<>*_#&;\\1a: \n~-", max_size=40))
def test_no_mark_or_link_or_tag_comes_out_of_prose(text: str) -> None:
    outside_code = ESCAPED_OR_CODE.sub("\0", literal(text))
    assert not re.search(r"\[\d+\]", outside_code)
    assert not re.search(r"\[[^\[\]]*\]\(", outside_code)
    assert not re.search(r"<[a-z/!]", outside_code)


@given(st.text(alphabet="[]()!<>*_#&;1ab: ~-.", max_size=40))
def test_what_is_shown_is_the_text(text: str) -> None:
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", literal(text)) == text

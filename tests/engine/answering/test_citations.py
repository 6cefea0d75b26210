"""Quotes are exactly what stands in the document, and links open the very place."""

from dataclasses import replace
from urllib.parse import unquote

import pytest

from cevvo.domain.documents import Passage, Span
from cevvo.engine.answering.citations import cite, is_verbatim, place_url, quoted_spans
from engine.answering.passages import passage

LONG = (
    "A session that has not been used for two weeks is closed by the server, and whoever comes "
    "back after that has to sign in once more with a second factor."
)


def whole(text: str, **more: object) -> tuple[Passage, Span]:
    made = passage(text, **more)  # type: ignore[arg-type]
    return made, made.span


def directive(text: str, **more: object) -> str:
    url = place_url(*whole(text, **more))
    assert url is not None
    return url.partition(":~:text=")[2]


def test_a_citation_is_the_text_at_its_span() -> None:
    made = passage("Keep this. Open Settings. Drop that.", offset=100)
    citation = cite(made, made.sentences[1], 3)
    assert (citation.quote, citation.span, citation.source) == ("Open Settings.", Span(111, 125), 3)
    assert is_verbatim(citation, [made])


@pytest.mark.parametrize(
    "forged",
    [
        {"quote": "Open settings."},
        {"quote": "Open Settings"},
        {"quote": ""},
        {"quote": " ", "span": Span(110, 111)},
        {"span": Span(0, 14)},
        {"span": Span(112, 126)},
        {"span": Span(1000, 1014)},
        {"document_id": "doc_other"},
    ],
)
def test_a_forged_citation_is_found_out(forged: dict[str, object]) -> None:
    made = passage("Keep this. Open Settings. Drop that.", offset=100)
    citation = replace(cite(made, made.sentences[1], 1), **forged)  # type: ignore[arg-type]
    assert not is_verbatim(citation, [made])


def test_no_passage_no_citation() -> None:
    made = passage("Open Settings.")
    assert not is_verbatim(cite(made, made.span, 1), [])


def test_spans_that_only_markers_separate_are_one_quote() -> None:
    text = "Do this. Then that.\n\n- one\n- two\n\nNot this. But this."
    made = passage(text, offset=7)
    first, second, one, two, _, last = made.sentences
    assert quoted_spans(made, [two, first, second, one, last]) == [
        Span(first.start, two.end),
        last,
    ]


def test_a_short_quote_is_named_whole() -> None:
    assert place_url(*whole("Open Settings.")) == (
        "https://docs.example.com/manual#:~:text=Open%20Settings."
    )


def test_the_anchor_of_the_place_is_kept() -> None:
    assert place_url(*whole("Open Settings.", anchor="change-password")) == (
        "https://docs.example.com/manual#change-password:~:text=Open%20Settings."
    )


def test_the_fragment_of_the_page_is_kept_without_an_anchor() -> None:
    assert place_url(*whole("Open it.", url="https://a.example/#/app:~:text=old")) == (
        "https://a.example/#/app:~:text=Open%20it."
    )


def test_a_long_quote_is_named_by_its_ends() -> None:
    assert unquote(directive(LONG)) == "A session that has not,more with a second factor."


def test_signs_with_a_meaning_in_the_directive_are_encoded() -> None:
    text = "Use --no-input, then R&D; 100%."
    assert directive(text) == "Use%20%2D%2Dno%2Dinput%2C%20then%20R%26D%3B%20100%25."


def test_what_the_browser_does_not_show_is_left_out() -> None:
    assert unquote(directive("Run `git push` with ``a ` b``.")) == "Run git push with a ` b."
    assert unquote(directive("- Open Settings.")) == "Open Settings."
    assert unquote(directive("```sh\ngit push\n```")) == "git push"


def test_a_row_is_named_by_its_first_and_last_cell() -> None:
    assert unquote(directive("| `ctrl` | | a \\| b | Quit the program |")) == (
        "ctrl,Quit the program"
    )


def test_code_is_named_by_its_first_and_last_line() -> None:
    assert unquote(directive("```\ncd site\nmake run\nmake stop\n```")) == "cd site,make stop"


def test_a_quote_over_several_blocks_is_named_by_its_ends() -> None:
    assert unquote(directive("Run:\n\n```\nmake run\n```")) == "Run:,make run"


def test_text_in_other_scripts_is_encoded() -> None:
    assert unquote(directive("افتح الإعدادات.")) == "افتح الإعدادات."


def test_a_pdf_opens_at_its_page() -> None:
    made = {"url": "https://a.example/m.pdf", "media_type": "application/pdf"}
    assert place_url(*whole("Open it.", page=7, **made)) == "https://a.example/m.pdf#page=7"
    assert place_url(*whole("Open it.", page=None, **made)) == "https://a.example/m.pdf"


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "data:text/html,x", "file:///a"])
def test_no_link_but_to_the_web(url: str | None) -> None:
    assert place_url(*whole("Open it.", url=url)) is None


def test_an_anchor_cannot_end_the_fragment() -> None:
    url = place_url(*whole("Open it.", anchor='a"><b>:~:text=x y#z'))
    assert url is not None
    assert url.count("#") == 1
    assert not set(' "<>') & set(url)

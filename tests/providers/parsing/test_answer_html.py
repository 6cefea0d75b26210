"""S25, S28, S29: an answer as HTML loads nothing, runs nothing, and leads only where it may."""

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from cevvo.providers.parsing.commonmark import answer_html
from faults.xss_payloads import PAYLOADS

PLAIN = {
    "p", "a", "h3", "ul", "ol", "li", "em", "strong", "code", "pre", "blockquote", "table",
    "thead", "tbody", "tr", "th", "td", "hr", "br", "s", "html", "head", "body",
}  # fmt: skip
HARMLESS = {"href", "rel", "class", "start", "style", "title"}
LINKS = (
    "javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
    "smb://evil.test/x", "//evil.test", "/relative", "ftp://x.test", "&#106;avascript:x",
)  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_s25_html_stays_text(payload: str) -> None:
    for text in (payload, f"- {payload}", f"**{payload}**", f"| a |\n|---|\n| {payload} |"):
        tree = HTMLParser(answer_html(text, 3, "s-"))
        for node in tree.css("*"):
            assert node.tag in PLAIN, (text, node.html)
            assert set(node.attributes) <= HARMLESS, (text, node.html)


@pytest.mark.parametrize("link", LINKS)
def test_s29_other_links_are_none(link: str) -> None:
    for text in (f"[x]({link})", f"[x][y]\n\n[y]: {link}", f"<{link}>"):
        assert HTMLParser(answer_html(text, 0, "s-")).css_first("a") is None, text


def test_s28_a_picture_is_its_description() -> None:
    text = "![a secret](https://evil.test/?q=1) ![b][c]\n\n[c]: https://evil.test/x.png"
    html = answer_html(text, 0, "s-")
    assert "evil.test" not in html
    assert "a secret" in html


def test_marks_lead_to_the_sources_that_there_are() -> None:
    html = answer_html("One [1]. Both [1, 2]. None [3]. `[1]` [0] [1](https://a.test/)", 2, "s-")
    tree = HTMLParser(html)
    assert [a.attributes["href"] for a in tree.css("a.mark")] == ["#s-1", "#s-1", "#s-2"]
    assert tree.text().count("[3]") == tree.text().count("[0]") == 1
    assert [each.text() for each in tree.css("code, a[rel]")] == ["[1]", "1"]

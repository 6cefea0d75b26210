"""Include and exclude rules: what they match, and which are none."""

import time

import pytest

from cevvo.engine.crawling.selection import Selection
from cevvo.errors import InvalidRequest

PAGE = "https://h.example/guide/setup?lang=en"


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ("/guide", True),
        ("/guide/", True),
        ("/guide/setup", True),
        ("/guide/setup/", False),
        ("/gui", False),
        ("/", True),
        ("*", True),
        ("/guide/*", True),
        ("*/setup", False),  # the query belongs to it
        ("*/setup*", True),
        ("*lang=en", True),
        ("*.html", False),
        ("/g*/s*?lang=*", True),
        ("/guide/setup?lang=*", True),
        ("https://h.example/guide", True),
        ("https://h.example/g*", True),
        ("https://other.example/guide", False),
        ("/GUIDE", False),
        ("/guide.setup", False),  # a dot is a dot
    ],
)
def test_what_a_rule_matches(rule: str, matches: bool) -> None:
    reason = Selection(exclude=(rule,)).reason(PAGE)
    assert reason == (f"excluded by {rule}" if matches else None)
    reason = Selection(include=(rule,)).reason(PAGE)
    assert reason == (None if matches else "no include rule matches")


@pytest.mark.parametrize(
    ("rule", "url"),
    [
        ("/über", "https://h/%C3%BCber"),
        ("/über", "https://h/%C3%BCber/uns"),
        ("/%c3%bcber", "https://h/%C3%BCber"),
        ("/%7Eann", "https://h/~ann"),
        ("/a b*", "https://h/a%20b/c"),
        ("*?tag=größe", "https://h/x?tag=gr%C3%B6%C3%9Fe"),
        ("https://H:443/über", "https://h/%C3%BCber"),
        ("https://bücher.example", "https://xn--bcher-kva.example/a"),
        ("https://bücher.example/*", "https://xn--bcher-kva.example/a"),
        ("https://h", "https://h/?a"),
        ("https://h*/ü", "https://h.example/%C3%BC"),
        ("http*", "https://h/a"),
    ],
)
def test_a_rule_is_spelt_as_addresses_are(rule: str, url: str) -> None:
    assert Selection(exclude=(rule,)).reason(url) == f"excluded by {rule}"


def test_a_rule_of_an_impossible_host_matches_nothing() -> None:
    assert Selection(exclude=("https://[/a",)).reason("https://h/a") is None


def test_exclude_wins_over_include() -> None:
    rules = Selection(include=("/guide",), exclude=("/guide/archive",))
    assert rules.reason("https://h.example/guide/a") is None
    assert rules.reason("https://h.example/guide/archive/a") == "excluded by /guide/archive"
    assert Selection().reason(PAGE) is None


@pytest.mark.parametrize("rule", ["", "guide", "ftp://h/", "/" + "x" * 500])
def test_what_is_no_rule_is_refused_with_an_example(rule: str) -> None:
    with pytest.raises(InvalidRequest, match="write a path such as /guide") as caught:
        Selection.checked([], ["/ok", rule])
    assert caught.value.param == "crawl.exclude"


def test_too_many_rules_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="more than 100 rules"):
        Selection.checked([f"/{n}" for n in range(101)], [])


def test_r27_a_rule_takes_linear_time() -> None:
    rules = Selection(exclude=("*a" * 200 + "c",))
    started = time.process_time()
    assert rules.reason("https://h.example/" + "a" * 4000) is None
    assert time.process_time() - started < 1

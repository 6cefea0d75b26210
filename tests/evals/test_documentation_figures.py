"""The documentation question set bears its pages out, and its benchmark runs on a small site."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from cevvo.engine.evaluation.cases import Case
from cevvo.engine.evaluation.verdicts import Reply, judge
from cevvo_evals import documentation
from cevvo_evals.documentation import Measured, measure, report, table
from cevvo_evals.documentation_questions import SITES, SPLITS, Site, page_text, problems

KINDS = {"command", "comparison", "error", "fact", "follow-up", "how-to", "value", "why"}
UNANSWERABLE = {"price", "support", "newer-version", "other-product", "near-miss", "off-topic"}


@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
def test_every_gold_phrase_stands_on_a_gold_page(site: Site) -> None:
    if not site.folder.exists():
        pytest.skip(f"{site.package} is not installed")
    assert problems(site, site.cases()) == []


def test_a_gold_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<style>p{}</style><h1>A</h1><p>It is <b>dark</b> bl&uuml;e.<p>x<script>red</script>"
    )
    (tmp_path / "b.html").write_text("<p>Nothing.")
    site = Site("small", "small-doc", tmp_path)
    assert page_text(tmp_path / "a.html").split() == ["A", "It", "is", "dark", "blüe.", "x"]
    assert problems(site, [Case("?", ("dark blüe",), ("a.html",))]) == []
    wrong = Case("?", ("dark blüe", "red"), ("a.html", "b.html", "c.html"), more={"id": "x-1"})
    assert problems(site, [wrong]) == [
        "x-1: there is no c.html",
        "x-1: 'red' is on none of its pages",
        "x-1: b.html has no phrase that is expected",
    ]


def test_the_set_is_as_large_and_as_evenly_split_as_it_says() -> None:
    cases = [case for site in SITES.values() for case in site.cases()]
    ids = [case.more["id"] for case in cases]
    assert len(set(ids)) == len(ids) == len({case.question for case in cases})
    assert sum(case.answerable is True for case in cases) >= 240
    assert sum(case.answerable is False for case in cases) >= 50
    for case in cases:
        assert case.more["kind"] in (KINDS if case.answerable else UNANSWERABLE)
        assert bool(case.expected) == bool(case.pages) == (case.answerable is True)
    for site in SITES.values():
        split = Counter((case.answerable, case.more["split"]) for case in site.cases())
        for answerable in (True, False):
            assert abs(split[answerable, "tune"] - split[answerable, "unseen"]) <= 2
    assert {case.more["split"] for case in cases} == set(SPLITS)


def test_a_follow_up_comes_after_the_question_of_its_thread_in_the_same_split() -> None:
    for site in SITES.values():
        threads: dict[str | None, list[Case]] = {}
        for case in site.cases():
            threads.setdefault(case.thread, []).append(case)
        threads.pop(None)
        assert len(threads) >= 6
        for first, second in threads.values():
            assert (first.more["kind"] != "follow-up") == (second.more["kind"] == "follow-up")
            assert first.more["split"] == second.more["split"]
            assert second.line == first.line + 1


PAGES = {
    "index.html": "<title>Start</title><main><h1>Start</h1><p>Parcels travel by balloon.</p>"
    "<a href=rates.html>Rates</a> <a href=knots.html>Knots</a></main>",
    "rates.html": "<title>Rates</title><main><h1>Rates</h1>"
    "<p>One kilogram costs nine euros.</p></main>",
    "knots.html": "<title>Knots</title><main><h1>Knots</h1>"
    "<p>Each parcel is tied with a bowline.</p></main>",
}
QUESTIONS = (
    '{"id": 1, "split": "tune", "kind": "value", "question": "What does one kilogram cost?",'
    ' "expected": "nine euros", "page": "rates.html", "thread": "t"}',
    '{"id": 2, "split": "tune", "kind": "follow-up", "question": "How is each parcel tied?",'
    ' "expected": "granny knot", "page": "knots.html", "thread": "t"}',
    '{"id": 3, "split": "tune", "kind": "price", "question": "Which rings does Saturn have?",'
    ' "answerable": false}',
)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site of three pages with three questions."""
    folder = tmp_path / "site"
    folder.mkdir()
    for name, page in PAGES.items():
        (folder / name).write_text(page)
    (tmp_path / "small.jsonl").write_text("\n".join(QUESTIONS))
    monkeypatch.setattr("cevvo_evals.documentation_questions._QUESTIONS", tmp_path)
    return Site("small", "small-doc", folder)


def test_a_site_is_crawled_and_asked(small: Site, tmp_path: Path) -> None:
    measured = measure(small, tmp_path / "data", threads=1)
    figures = report([measured], "tune")
    assert measured.pages == 3
    assert figures["hit1"] == {"share": 1.0, "count": 2, "of": 2, "interval": [0.342, 1.0]}
    assert [figures[name]["count"] for name in ("right", "answered_right", "incomplete")] == [
        2,
        1,
        1,
    ]
    assert (figures["wrong"]["count"], figures["invented"]["count"], figures["auroc"]) == (0, 0, 1)
    assert figures["follow_ups_right"]["share"] == 0
    for name in ("lexical", "dense"):
        alone = figures["alone"][name]
        assert (alone["hit1"]["share"], alone["says"]["count"], alone["mrr"]) == (1.0, 1, 1.0)


def test_single_results_are_shown_of_tune_only(
    small: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    outcomes = [
        judge(case, Reply("", (), (), (), True, 0.5, 1.0))
        for split in SPLITS
        for case in (replace(case, more={**case.more, "split": split}) for case in small.cases())
    ]
    best = {name: [documentation.Best(o.case, None, False) for o in outcomes[:2] + outcomes[3:5]]
            for name in documentation.SEARCHES}  # fmt: skip
    made = Measured(3, outcomes, best)
    monkeypatch.setattr(documentation, "measure", lambda *_: made)
    result = documentation.run([small], tmp_path, 1)
    assert [each["id"] for each in result["tune"]] == [1, 2, 3]
    assert {each["split"] for each in result["tune"]} == {"tune"}
    assert result["splits"]["unseen"]["total"]["wrong"]["count"] == 2
    assert "0.0 (0.0–0.658)" in table(result["splits"])

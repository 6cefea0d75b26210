"""What counts as right, and the figures of what was judged."""

import pytest

from cevvo.engine.evaluation.cases import Case
from cevvo.engine.evaluation.figures import Share, figures
from cevvo.engine.evaluation.verdicts import Outcome, Reply, Verdict, is_at, judge, says

RATES = "https://example.com/rates"
KNOTS = "https://example.com/knots"


def reply(
    text: str = "It costs nine euros [1].",
    *quotes: str,
    cited: tuple[str, ...] = (RATES,),
    retrieved: tuple[str, ...] = (RATES, KNOTS),
    answered: bool = True,
    ms: float = 10,
) -> Reply:
    return Reply(text, quotes, cited, retrieved, answered, 0.9, ms)


@pytest.mark.parametrize(
    ("case", "given", "verdict"),
    [
        (Case("?", ("nine euros",), ("rates",), True), reply(), Verdict.RIGHT),
        (Case("?", ("nine euros",), (), True), reply("See [1].", "nine\n euros"), Verdict.RIGHT),
        (Case("?", ("ten euros", "nine"), (), True), reply(), Verdict.RIGHT),
        (Case("?", ("ten euros",), ("rates",), True), reply(), Verdict.INCOMPLETE),
        (Case("?", ("ten euros",), ("knots",), True), reply(), Verdict.WRONG),
        (Case("?", ("ten euros",), (), True), reply(), Verdict.WRONG),
        (Case("?", (), ("rates",), True), reply(), Verdict.RIGHT),
        (Case("?", (), ("knots",), True), reply(), Verdict.WRONG),
        (Case("?", ("nine euros",), (), True), reply(answered=False), Verdict.NOT_ANSWERED),
        (Case("?", answerable=True), reply(answered=False), Verdict.NOT_ANSWERED),
        (Case("?", answerable=True), reply(), Verdict.NOT_JUDGED),
        (Case("?", answerable=False), reply(), Verdict.INVENTED),
        (Case("?", answerable=False), reply(answered=False), Verdict.RIGHT),
        (Case("?"), reply(), Verdict.NOT_JUDGED),
        (Case("?"), reply(answered=False), Verdict.NOT_JUDGED),
    ],
)
def test_a_verdict(case: Case, given: Reply, verdict: Verdict) -> None:
    assert judge(case, given).verdict is verdict


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("run `apt  purge`\nfoo", "apt purge foo"),
        ("the **`SSLEngine`** directive", "sslengine directive"),
        ("use [the guide](https://x.org/a_b) now", "the guide now"),
        ("set firewall [1] rules", "set firewall rules"),
        ("It’s “done”", 'it\'s "done"'),
        (r"a snake\_case name", "snake_case"),
        (r"type \timing on", r"\timing"),
        ("pass -j 4 to it", "-j"),
        ("install firmware-\\* packages", "firmware-*"),
        ("unaccent('Hôtel')", "unaccent("),
        ("支持银行转账", "银行"),
        ("`*` stands for all", "*"),
    ],
)
def test_a_phrase_is_found_whatever_its_dress(text: str, phrase: str) -> None:
    assert says(text, [phrase])


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("19 euros", "9 euros"),
        ("nine eurosceptics", "nine euros"),
        ("the pre-join", "-j"),
        ("port 22", "port 2"),
        ("", "x"),
        ("any text", "*"),
        ("any text", "[1]"),
    ],
)
def test_a_part_of_a_word_is_not_the_word(text: str, phrase: str) -> None:
    assert not says(text, [phrase])


@pytest.mark.parametrize(
    ("place", "page", "same"),
    [
        (f"{RATES}?lang=en#now", "rates", True),
        (f"{RATES}/", "/rates", True),
        ("http://example.com/rates", RATES, True),
        ("https://example.com/our-rates", "rates", False),
        ("https://example.com/rates/old", "rates", False),
        ("https://example.com/a%20b.html", "a b.html", True),
        ("https://example.com/", "https://example.com", True),
        ("https://example.com/", "/", False),
        ("C# for [all]?", "C# for [all]?", True),
        ("handbook.md", "book.md", False),
    ],
)
def test_a_page_is_known_by_the_end_of_its_address(place: str, page: str, same: bool) -> None:
    assert is_at(place, page) is same


def test_the_rank_counts_pages_not_passages() -> None:
    case = Case("?", (), ("rates",), True)
    outcome = judge(case, reply(retrieved=(f"{KNOTS}#a", f"{KNOTS}#b", RATES), cited=(KNOTS,)))
    assert outcome.rank == 2
    assert not outcome.page_cited_first
    assert judge(case, reply(retrieved=(KNOTS,))).rank is None
    assert judge(case, reply()).page_cited_first


def outcomes() -> list[Outcome]:
    """One of every verdict; times of 10 to 60 ms."""
    says_nine = Case("?", ("nine euros",), ("rates",), True)
    given = [
        (says_nine, reply(ms=10)),
        (says_nine, reply("ten", retrieved=(KNOTS, RATES), ms=20)),
        (says_nine, reply("ten", cited=(KNOTS,), retrieved=(KNOTS,), ms=30)),
        (says_nine, reply("", cited=(), answered=False, ms=40)),
        (Case("?", answerable=False), reply(ms=50)),
        (Case("?"), reply(ms=60)),
    ]
    return [judge(case, each) for case, each in given]


def test_figures_count_what_they_can_be_said_of() -> None:
    result = figures(outcomes())
    assert (result.questions, result.answered) == (6, 5)
    assert result.right == Share(1, 5)
    assert result.answered_right == result.incomplete == result.wrong == Share(1, 4)
    assert result.not_answered == Share(1, 4)
    assert result.invented == Share(1, 1)
    assert (result.hit1, result.hit5, result.cited_first) == (Share(2, 4), Share(3, 4), Share(2, 4))
    assert result.mrr == (1 + 0.5 + 0 + 1) / 4
    assert (result.p50, result.p95) == (40, 60)
    assert result.to_json()["wrong"] == {
        "share": 0.25, "count": 1, "of": 4, "interval": [0.046, 0.699],
    }  # fmt: skip


def test_nothing_is_said_of_no_questions() -> None:
    result = figures([judge(Case("?"), reply())])
    assert result.right == Share(0, 0)
    assert result.mrr is None
    assert result.to_json()["hit1"] == {"share": None, "count": 0, "of": 0, "interval": None}


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [(Share(0, 10), 0.0, 0.278), (Share(10, 10), 0.722, 1.0), (Share(81, 263), 0.255, 0.366)],
)
def test_intervals_are_those_of_the_literature(share: Share, low: float, high: float) -> None:
    """81 of 263: Newcombe 1998 (https://pubmed.ncbi.nlm.nih.gov/9595616/), table I."""
    assert share.interval() == pytest.approx((low, high), abs=5e-4)

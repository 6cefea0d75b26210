"""Why a question went unanswered, what came nearest, and the outline of what is missing."""

import pytest

from cevvo.engine.answering.calibration import SHIPPED, Calibration, Signals
from cevvo.engine.insight.gaps import Reason, nearest_of, shortened, why_unanswered
from cevvo.engine.insight.outline import outline_of
from engine.answering.passages import embedder, passage

PAGES = (
    passage("You sign in with your mail address. A session lasts a week.\n", title="Signing in"),
    passage("Invoices are sent on the first day of each month.\n", title="Billing"),
)
GOOGLE = "Can I sign in with a Google account?"


def signals(**given: float) -> Signals:
    plain = {"cosine": 0.5, "coverage": 0.5, "subject": 0.0, "unknown_names": 0.0}
    return Signals(**plain | {"contradiction": 0.0} | given)


@pytest.mark.parametrize(
    ("found", "calibration", "reason"),
    [
        (None, SHIPPED, "nothing_near"),
        (signals(cosine=0.2, coverage=0.1), SHIPPED, "nothing_near"),
        (signals(cosine=0.42, coverage=0.1), SHIPPED, "too_weak"),
        (signals(cosine=0.45, coverage=0.6, unknown_names=0.3), SHIPPED, "name_unknown"),
        (signals(cosine=0.45, coverage=0.4, contradiction=1.0), SHIPPED, "says_opposite"),
        (signals(cosine=0.42, coverage=0.35), SHIPPED, "near_miss"),
        (signals(cosine=0.8, coverage=1.0), SHIPPED, "not_said"),
        (signals(cosine=0.8, coverage=1.0), Calibration(least_confidence=0.99), "too_unsure"),
    ],
)
def test_the_reason_is_what_the_decision_says(
    found: Signals | None, calibration: Calibration, reason: Reason
) -> None:
    assert why_unanswered(found, calibration) == reason


def test_what_came_nearest_is_a_sentence_of_each_document() -> None:
    first, *others = nearest_of(embedder().embed_query(GOOGLE), PAGES)
    assert (first.title, first.quote) == ("Signing in", "You sign in with your mail address.")
    assert 0.3 < first.score < 1
    assert others == []  # invoices have nothing to do with it


def test_an_outline_has_nothing_that_no_document_says() -> None:
    vector = embedder().embed_query(GOOGLE)
    outline = outline_of(GOOGLE, [GOOGLE, "Google login?"], vector, PAGES)
    texts = " ".join(page.text for page in PAGES)
    points = [point for section in outline.sections for point in section.points]
    assert points
    assert all(point.text in texts for point in points)
    lines = outline.markdown().splitlines()
    assert lines[0] == f"# {GOOGLE}"
    assert f"- {points[0].text} ([Signing in](<https://docs.example.com/manual>))" in lines
    assert "- Google login?" in lines


def test_a_text_is_cut_between_words() -> None:
    assert shortened("  one two three ", 40) == "one two three"
    assert shortened("one two three", 9) == "one two…"
    assert shortened("x" * 50, 10) == "x" * 9 + "…"

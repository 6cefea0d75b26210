"""What a reader says, in the score of a sentence and among the signals."""

from dataclasses import replace

import numpy as np
import pytest

from cevvo.domain.documents import Passage, Reading, Span
from cevvo.engine.answering.calibration import Calibration, Estimate, Logistic, Signals
from cevvo.engine.answering.confidence import may_answer
from cevvo.engine.answering.evidence import weights
from cevvo.engine.answering.evidence.scoring import read_evidence
from cevvo.engine.answering.extractive.answerer import compose
from cevvo.engine.answering.extractive.selection import select
from engine.answering.passages import ask, passage

QUESTION = "How long is the link valid?"
TEXT = "The link is sent at once. It can be used for one hour. A new link can be had."


def read(answers: float, shares: list[float]) -> Passage:
    found = passage(TEXT)
    reading = Reading(answers, answers, answers, Span(0, 3), np.array(shares, np.float32))
    return replace(found, reading=reading)


def test_a_sentence_that_is_pointed_at_scores_higher() -> None:
    plain = read_evidence(ask(QUESTION), [passage(TEXT)])
    pointed = read_evidence(ask(QUESTION), [read(5.0, [0.0, 1.0, 0.0])])
    scores = [{unit.unit.text: unit.score for unit in each.units} for each in (plain, pointed)]
    gains = {text: scores[1][text] - score for text, score in scores[0].items()}
    assert gains == pytest.approx(
        {text: weights.WEIGHTS.pointed if "one hour" in text else 0.0 for text in gains}, abs=1e-5
    )
    unread = {unit.unit.text: unit.unread_score for unit in pointed.units}
    assert unread == pytest.approx(scores[0], abs=1e-5)


def test_what_is_pointed_at_leads_and_the_others_stay() -> None:
    """The lead without a reader is still quoted: it is as near as before."""
    plain = select(QUESTION, read_evidence(ask(QUESTION), [passage(TEXT)]))
    pointed = select(QUESTION, read_evidence(ask(QUESTION), [read(5.0, [0.0, 0.0, 1.0])]))
    assert [each.chosen.unit.text for each in plain] == ["It can be used for one hour."]
    assert pointed[0].chosen.unit.text == "A new link can be had."
    assert plain[0].texts <= {text for each in pointed for text in each.texts}


def test_without_a_reading_the_signals_have_none_of_it() -> None:
    signals = may_answer(ask(QUESTION), [passage(TEXT)]).signals
    assert signals is not None
    assert (signals.answers, signals.margin) == (None, None)
    assert signals.to_dict().keys().isdisjoint({"answers", "margin"})


def test_signals_with_a_reading_are_stored_and_read_again() -> None:
    decision = may_answer(ask(QUESTION), [read(5.0, [0.0, 1.0, 0.0])])
    assert decision.stored is not None
    assert Signals.from_dict(decision.stored) == decision.signals
    assert decision.signals is not None
    assert (decision.signals.answers, decision.signals.margin) == (5.0, 5.0)


def test_a_near_miss_that_the_reader_sees_is_not_answered() -> None:
    zero = Signals(0.0, 0.0, 0.0, 0.0, 0.0)
    estimate = Estimate(
        plain=Logistic(3.0, zero), read=Logistic(0.0, replace(zero, answers=1.0, margin=0.5))
    )
    question = replace(ask(QUESTION), calibration=Calibration(answerable=estimate, right=estimate))
    answered = [
        compose(question, [each])[0].answered
        for each in (passage(TEXT), read(5.0, [0.0, 1.0, 0.0]), read(-5.0, [0.0, 1.0, 0.0]))
    ]
    assert answered == [True, True, False]


def test_both_models_of_an_estimate_are_rescaled() -> None:
    zero = Signals(1.0, 0.0, 0.0, 0.0, 0.0)
    estimate = Estimate(Logistic(1.0, zero), Logistic(2.0, replace(zero, answers=1.0, margin=0.0)))
    moved = estimate.rescaled(0.5, 2.0)
    for signals in (zero, replace(zero, answers=3.0, margin=1.0)):
        assert moved.logit(signals) == pytest.approx(0.5 + 2 * estimate.logit(signals))

"""Names in questions, and evidence that does not have them."""

import pytest

from cevvo.engine.answering.confidence import may_answer
from cevvo.engine.answering.evidence.contradictions import contradicts
from cevvo.engine.answering.evidence.names import names_in
from engine.answering.passages import ask, passage


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("How do I raise memory_limit in php.ini?", ["memory_limit", "php.ini"]),
        ("What does --force do?", ["--force"]),
        ("Why do I get a 413 from Nginx?", ["413", "Nginx"]),
        ("What is new in 2.6?", ["2.6"]),
        ("Where does GeoIP look?", ["GeoIP"]),
        ("How long is a long-term archive kept?", []),
        ("How Do I Reset My Password?", []),
        ("Wie setze ich das Passwort zurück?", []),
        ("how do i reset my password", []),
    ],
)
def test_names_in_a_question(question: str, names: list[str]) -> None:
    assert [name for name in names_in(question) if name != "I"] == names


def test_a_name_that_the_evidence_lacks_counts_against_it() -> None:
    page = passage("The read replica is added in the settings of the database.", title="Replicas")
    known = may_answer(ask("How do I add a read replica in the settings?"), [page])
    unknown = may_answer(ask("How do I add a read replica in MongoDB Atlas?"), [page])
    assert known.signals is not None
    assert unknown.signals is not None
    assert known.signals.unknown_names == 0
    assert unknown.signals.unknown_names > 0.3
    assert known.may_answer
    assert not unknown.may_answer


def test_a_question_that_says_the_opposite() -> None:
    assert contradicts("How do I disable logging?", "To enable logging, set `log`.")
    assert not contradicts("How do I disable logging?", "To enable or disable logging, set `log`.")
    assert not contradicts("How do I disable logging?", "To switch logging off, unset `log`.")


def test_the_decision_is_that_of_the_answer() -> None:
    page = passage("Invoices are sent on the first day of each month.", title="Billing")
    assert may_answer(ask("When are invoices sent?"), [page]).may_answer
    assert not may_answer(ask("Which train goes to Prague in the evening?"), [page]).may_answer
    nothing = may_answer(ask("When are invoices sent?"), [])
    assert (nothing.may_answer, nothing.confidence, nothing.stored) == (False, 0.0, None)

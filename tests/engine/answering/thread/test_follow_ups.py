"""Which questions lean on their thread, and what they take from it."""

import pytest

from cevvo.domain.answers import CitedSource
from cevvo.engine.answering.base import PastTurn
from cevvo.engine.answering.thread.follow_ups import (
    acceptable_rewrite,
    context_of,
    standalone_question,
)


def turn(question: str, *titles: str, answer: str = "") -> PastTurn:
    sources = tuple(CitedSource(title, None, 0.9) for title in titles)
    return PastTurn(question, question, answer, sources)


PASSWORD = "How do I reset a user's password from the command line on Linux?"

SESSION = "What is the session timeout?"
KEYS = "Can I create API keys?"
AGENT = "How do I install the agent with apt?"

FOLLOW_UPS = [
    (PASSWORD, "And on Windows?", "reset user's password command line"),
    (PASSWORD, "What about groups?", "reset user's password command line Linux"),
    (SESSION, "How do I change it?", "session timeout"),
    (SESSION, "Why?", "session timeout"),
    (SESSION, "tell me more", "session timeout"),
    (SESSION, "Any examples?", "session timeout"),
    (SESSION, "What is the default?", "session timeout"),
    (SESSION, "is that safe?", "session timeout"),
    (SESSION, "Can I disable that", "session timeout"),
    (SESSION, "and the maximum?", "session timeout"),
    (SESSION, "How do I do this?", "session timeout"),
    (KEYS, "How do I do this?", "create API keys"),
    (KEYS, "How do I revoke one?", "API keys"),
    (KEYS, "Are they encrypted?", "API keys"),
    (KEYS, "Which scopes do they have?", "API keys"),
    (KEYS, "What are the limits?", "create API keys"),
    (KEYS, "For example?", "create API keys"),
    (AGENT, "with dnf?", "install agent"),
    (AGENT, "Docker?", "install agent apt"),
    (AGENT, "can you explain it", "agent apt"),
    ("What does the premium plan cost?", "what about the free one?", "premium plan cost"),
    ("What does select_related do?", "When should I use it?", "select_related"),
    ("How do I export invoices?", "Is it possible to do that automatically?", "export invoices"),
]

SELF_CONTAINED = [
    "How do I install the agent on macOS?",
    "Is it possible to use PostGIS?",
    "Is it safe to delete the cache directory?",
    "SESSION_COOKIE_AGE",
    "What does --force-with-lease do?",
    "django admin login",
    "How do I write a model that has two managers?",
    "Make sure that users can log in with email",
    "Where are sessions stored and how do I clear them?",
    "If I delete a user, are their files removed?",
    "And how do I deploy Django behind nginx with TLS?",
    "How do I fix this error: ModuleNotFoundError",
    "How long does it take to migrate a large table?",
    "Which browsers does this site support?",
    "What are the system requirements of the server?",
    "But the invoice shows a wrong billing address",
    "There are duplicate rows in my export",
]


@pytest.mark.parametrize(("before", "question", "topic"), FOLLOW_UPS)
def test_a_follow_up_takes_the_topic_of_its_thread(before: str, question: str, topic: str) -> None:
    standalone = standalone_question(question, [turn("What is Cevvo?"), turn(before)])
    assert standalone == f"{question} ({topic})"


@pytest.mark.parametrize("question", SELF_CONTAINED)
def test_a_question_of_its_own_stays_as_it_is(question: str) -> None:
    assert standalone_question(question, [turn(PASSWORD)]) == question


@pytest.mark.parametrize("question", ["How do I change it?", "Why?", "And on Windows?"])
def test_without_a_thread_nothing_is_added(question: str) -> None:
    assert standalone_question(question, []) == question


def test_the_topic_carries_over_several_turns() -> None:
    first = turn("How do I rotate API keys?")
    second = PastTurn("Why?", standalone_question("Why?", [first]))
    assert "rotate API keys" in standalone_question("How often should I do that?", [first, second])


def test_a_turn_without_a_topic_lends_the_title_of_its_answer() -> None:
    history = [turn("what is this", "Password policy")]
    assert standalone_question("Can I change it?", history) == "Can I change it? (Password policy)"


def test_a_topic_stays_short_however_long_the_thread_is() -> None:
    history = [turn(" ".join(f"topic{n}" for n in range(500)))]
    assert len(standalone_question("Why?", history).split()) <= 12


def test_a_search_leans_on_the_last_answer_the_more_the_less_is_asked() -> None:
    history = [turn("Billing?", "Bills"), turn(SESSION, "Login", answer="It ends at noon. [1] [2]")]
    short, long = context_of("Why?", history), context_of("Can sessions outlive a day?", history)
    assert short is not None
    assert long is not None
    assert (short.text, long.text) == ("It ends at noon.", "It ends at noon.")
    assert short.weight == 0.5
    assert 0 < long.weight < 0.5


def test_an_answer_that_found_nothing_is_about_nothing() -> None:
    context = context_of("Why?", [turn(SESSION, answer="I could not find this.")])
    assert context is not None
    assert context.text == SESSION


def test_a_first_question_leans_on_nothing() -> None:
    assert context_of("Why?", []) is None


THREAD = [
    turn("How do I set SESSION_COOKIE_AGE to 3600?", "Sessions", answer="In settings.py. [1]"),
]

ACCEPTED = [
    ("What is the default?", "What is the default of SESSION_COOKIE_AGE?"),
    ("And 7200?", "Can SESSION_COOKIE_AGE be 7200 instead of 3600?"),
    ("Where?", "Where in settings.py is the age of session cookies set?"),
]
REFUSED = [
    ("And 7200?", "Can SESSION_COOKIE_AGE be longer?"),
    ("And --force?", "Can the cookie age be forced?"),
    ("What is the default?", "Is the default of SESSION_COOKIE_AGE 1209600?"),
    ("What is the default?", "What is the default of CSRF_COOKIE_AGE?"),
    ("What is the default?", ""),
    ("What is the default?", " \n"),
    ("What is the default?", "What is the default of the cookie age? " * 20),
]


@pytest.mark.parametrize(("question", "rewrite"), ACCEPTED)
def test_a_faithful_rewrite_is_searched_for(question: str, rewrite: str) -> None:
    assert acceptable_rewrite(question, rewrite, THREAD)


@pytest.mark.parametrize(("question", "rewrite"), REFUSED)
def test_a_rewrite_that_drops_or_invents_something_is_not(question: str, rewrite: str) -> None:
    assert not acceptable_rewrite(question, rewrite, THREAD)

"""Questions about the conversation are answered from it, all others are left alone."""

import pytest

from cevvo.domain.answers import Citation, CitedSource
from cevvo.domain.documents import Span
from cevvo.engine.answering.base import PastTurn
from cevvo.engine.answering.phrasebook import Language
from cevvo.engine.answering.thread.phrase_tables import spelled_out
from cevvo.engine.answering.thread.thread_phrases import (
    BEGINNING,
    FIRST,
    LAST,
    NO_SOURCES,
    SOURCES,
    SUMMARY,
    THREAD_PHRASES,
)
from cevvo.engine.answering.thread.thread_questions import recollection

LEAD = "Sessions end after 30 minutes. [1]"
ANSWER = f"{LEAD} The file `app.conf` says so. [2]\n\nMore follows. [2]"
LOGIN = CitedSource("Log in", "https://docs.example.com/log(in)", 0.9)
CONF = CitedSource("Files", None, 0.5)
CITED = (
    Citation(1, "doc_1", "Sessions end after 30 minutes.", Span(0, 30), LOGIN.url),
    Citation(2, "doc_2", "The file app.conf says so.", Span(5, 31), None),
)
TIMEOUT = PastTurn("What is the *session* timeout?", "?", ANSWER, (LOGIN, CONF), CITED)
PLANETS = PastTurn("Which planets have rings?", "?", "I could not find this.")

ASKED: list[tuple[str, Language, dict[Language, str]]] = [
    ("what did I just ask?", "en", LAST),
    ("What was my last question again?", "en", LAST),
    ("remind me what I asked", "en", LAST),
    ("What was my first question?", "en", FIRST),
    ("what did I ask you first", "en", FIRST),
    ("Can you summarise our conversation?", "en", SUMMARY),
    ("what have I asked you so far", "en", SUMMARY),
    ("Where did you get that from?", "en", SOURCES),
    ("what's the source?", "en", SOURCES),
    ("Source?", "en", SOURCES),
    ("how do you know that", "en", SOURCES),
    ("which page is that from?", "en", SOURCES),
    ("Thanks! And what is the source for that?", "en", SOURCES),
    ("Was habe ich gerade gefragt?", "de", LAST),
    ("Was war meine erste Frage?", "de", FIRST),
    ("Fassen Sie bitte unser Gespräch zusammen", "de", SUMMARY),
    ("Woher wissen Sie das?", "de", SOURCES),
    ("Quelle?", "de", SOURCES),
    ("Quelle était ma première question ?", "fr", FIRST),
    ("Pouvez-vous résumer notre conversation ?", "fr", SUMMARY),
    ("Quelle est la source ?", "fr", SOURCES),
    ("¿Cuál fue mi última pregunta?", "es", LAST),
    ("¿De dónde sacaste eso?", "es", SOURCES),
    ("¿Cuáles fueron mis preguntas?", "es", SUMMARY),
]
AGAIN = [
    "repeat that",
    "Can you say that again, please?",
    "repeat your last answer",
    "What did you say?",
    "one more time please",
    "What did you say about the session timeout?",
    "was hast du zum Timeout der Session gesagt?",
    "Können Sie das wiederholen?",
    "répétez s'il vous plaît",
    "¿Puedes repetirlo?",
]
SHORTER = ["shorten it", "Can you make it shorter?", "too long", "tl;dr", "in one sentence please"]
SHORTER += ["Fass das kurz zusammen", "plus court svp", "en pocas palabras"]

QUESTIONS = [
    "how do I shorten a URL?",
    "Where is the source code?",
    "what is the source of the error?",
    "How do I repeat a task?",
    "summarize a dataset in Python",
    "How do I make the timeout shorter?",
    "What did you say about billing?",
    "where did the log file come from?",
    "What did the release notes say about sessions?",
    "How can I list my questions in the forum?",
    "Which page lists the limits?",
    "first question on the form",
    "How do you know that the job has ended?",
    "source of income",
    "and on Windows?",
    "Hello!",
]


@pytest.mark.parametrize(("message", "language", "opening"), ASKED)
def test_the_reply_comes_from_the_thread(
    message: str, language: Language, opening: dict[Language, str]
) -> None:
    found = recollection(message, [PLANETS, TIMEOUT])
    assert found is not None
    assert found.text.startswith(opening[language])


@pytest.mark.parametrize("message", AGAIN)
def test_an_answer_is_said_again_with_what_it_rests_on(message: str) -> None:
    found = recollection(message, [PLANETS, TIMEOUT])
    assert found is not None
    assert (found.text, found.sources, found.citations) == (ANSWER, (LOGIN, CONF), CITED)


@pytest.mark.parametrize("message", SHORTER)
def test_a_shorter_answer_is_its_lead_with_its_own_citations(message: str) -> None:
    found = recollection(message, [TIMEOUT])
    assert found is not None
    assert (found.text, found.sources, found.citations) == (LEAD, (LOGIN,), CITED[:1])


def test_an_answer_that_begins_with_a_block_is_not_cut() -> None:
    steps = PastTurn("How?", "How?", "1. Open it. [1]\n2. Close it. [1]", (LOGIN,), CITED[:1])
    found = recollection("shorter", [steps])
    assert found is not None
    assert found.text == steps.answer


@pytest.mark.parametrize("message", QUESTIONS)
def test_any_other_question_is_left_alone(message: str) -> None:
    assert recollection(message, [PLANETS, TIMEOUT]) is None
    assert recollection(message, []) is None


def test_what_was_said_about_something_is_looked_for_in_the_whole_thread() -> None:
    found = recollection("what did you say about planets?", [PLANETS, TIMEOUT])
    assert found is not None
    assert found.text == PLANETS.answer


def test_without_a_thread_there_is_nothing_to_tell() -> None:
    found = recollection("what did I just ask?", [])
    assert found is not None
    assert found.text == BEGINNING["en"]
    for message in ("source", "repeat", "summarize that", "Quelle?"):
        assert recollection(message, []) is None, message


def test_an_answer_that_found_nothing_has_no_source() -> None:
    found = recollection("what is your source?", [TIMEOUT, PLANETS])
    assert found is not None
    assert found.text == NO_SOURCES["en"]


def test_what_a_reply_quotes_does_nothing() -> None:
    trap = CitedSource("A](https://evil.example) <b>", "https://docs.example.com/a b)(", 0.5)
    bad = PastTurn("![x](https://evil.example/x.png) <img src=x>\n# head", "?", "x [1]", (trap,))
    listed = recollection("what's the source?", [bad])
    asked = recollection("what did I just ask?", [bad])
    script = PastTurn("?", "?", "x [1]", (CitedSource("A", "javascript:alert(1)", 0.5),))
    unlinked = recollection("what's the source?", [script])
    assert listed is not None
    assert asked is not None
    assert unlinked is not None
    assert listed.text.endswith(
        "1. [A\\](https://evil.example) \\<b>](https://docs.example.com/a%20b%29%28)"
    )
    assert asked.text.endswith("> \\!\\[x\\](https://evil.example/x.png) \\<img src=x> # head")
    assert unlinked.text.endswith("\n\n1. A")


def test_a_summary_names_each_question_and_its_pages() -> None:
    found = recollection("summarise our conversation", [PLANETS, TIMEOUT])
    assert found is not None
    assert found.text.splitlines()[2:] == [
        "1. Which planets have rings? – not found",
        "2. What is the \\*session\\* timeout? – "
        "[Log in](https://docs.example.com/log%28in%29), Files",
    ]


def test_a_long_question_is_quoted_in_part() -> None:
    found = recollection("what did I just ask?", [PastTurn("word " * 500, "?", "x")])
    assert found is not None
    assert len(found.text) < 400


def test_every_phrase_is_recognised_by_itself() -> None:
    for language, intents in THREAD_PHRASES.items():
        for phrases in intents.values():
            for phrase in spelled_out(phrases):
                if phrase:
                    assert recollection(phrase, [TIMEOUT]) is not None, (language, phrase)

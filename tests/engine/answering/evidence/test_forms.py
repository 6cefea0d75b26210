"""What is read from how a question or a sentence is put, not from what it is about."""

import pytest

from cevvo.engine.answering.evidence.asking import Wants
from cevvo.engine.answering.evidence.forms import (
    is_field,
    is_question,
    leans_back,
    opens,
    points_back,
    points_elsewhere,
)
from cevvo.engine.answering.evidence.sections import Section, Unit, section_of
from engine.answering.passages import passage

ASKING = [
    ("How do I reset my password?", {"steps"}),
    ("Which command creates a user?", {"code", "items"}),
    ("What arguments does render take?", {"items", "signature"}),
    ("Which cache backends are available?", {"items"}),
    ("What are the supported formats?", {"items", "definition"}),
    ("When was it founded?", {"time"}),
    ("How many projects can I have?", {"number"}),
    ("What is the default of TIMEOUT?", {"value"}),
    ("What is a context processor?", {"definition"}),
    ("What is new in 2.1?", {"definition", "news"}),
    ("Why is the page empty?", set()),
    ("Wie setze ich mein Passwort zurück?", set()),
]


@pytest.mark.parametrize(("question", "wanted"), ASKING)
def test_what_a_question_asks_for(question: str, wanted: set[str]) -> None:
    wants = Wants.of(question)
    assert {name for name in Wants.__dataclass_fields__ if getattr(wants, name)} == wanted


def only(text: str) -> Unit:
    (unit,) = section_of(passage(text)).units
    return unit


@pytest.mark.parametrize(
    "text",
    [
        "It is closed after two weeks.",
        "However, they expire.",
        "This is a security measure.",
        "In this case it fails.",
        "Note that this is slow.",
        "If it is unset, the default applies.",
        "Its value is a number.",
    ],
)
def test_sentences_that_lean_back(text: str) -> None:
    assert leans_back(only(text))


@pytest.mark.parametrize(
    "text", ["Items are sorted.", "The session expires.", "Italian is supported.", "Thesis work."]
)
def test_sentences_that_stand_alone(text: str) -> None:
    assert not leans_back(only(text))
    assert not points_back(only(text))


def test_a_demonstrative_points_back_and_a_pronoun_does_not() -> None:
    assert points_back(only("These methods are safe."))
    assert points_back(only("To do so, open Settings."))
    assert not points_back(only("It is safe."))


@pytest.mark.parametrize(
    "text",
    [
        "See the installation guide.",
        "See also: the installation guide",
        "Please refer to the manual.",
        "For more information, see the manual.",
        "New in version 3.2.",
        "Note: See the manual.",
    ],
)
def test_pointers_elsewhere(text: str) -> None:
    assert points_elsewhere(only(text))


@pytest.mark.parametrize("text", ["Seeds are planted in May.", "Foreign keys point to rows."])
def test_what_only_looks_like_a_pointer(text: str) -> None:
    assert not points_elsewhere(only(text))


@pytest.mark.parametrize(
    "text",
    [
        "select_related(*fields)",
        "class ForeignKey(to, on_delete, **options)",
        "Field.blank",
        "--fake",
        "--database DATABASE",
        "django-admin makemigrations [app_label [app_label ...]]",
        "django-admin collectstatic",
        "git push <remote>",
    ],
)
def test_signatures(text: str) -> None:
    assert only(text).is_signature


@pytest.mark.parametrize(
    "text", ["Returns a list.", "Default: `[]`", "The password", "Use f(x) to call it."]
)
def test_what_is_no_signature(text: str) -> None:
    assert not only(text).is_signature


def test_questions_and_fields() -> None:
    assert is_question(only("How do I log in?"))
    assert is_field(only("Default: 30"))
    assert not is_question(only("```\nwhat?\n```"))


def opening_texts(section: Section) -> list[str]:
    return [unit.text for unit in section.units if opens(section, unit)]


def test_the_first_sentence_under_a_heading_opens_its_section() -> None:
    section = section_of(
        passage(
            "## TIMEOUT\n\nDefault: 30\n\nHow long to wait. In seconds.\n\n"
            "## save()\n\nsave(force=False)\n\nWrites the row. At once."
        )
    )
    assert opening_texts(section) == ["Default: 30", "How long to wait.", "Writes the row."]


def test_a_passage_that_goes_on_has_no_opening() -> None:
    assert opening_texts(section_of(passage("It goes on. And on."))) == []


def test_what_follows_a_signature_opens() -> None:
    section = section_of(passage("--fake\n\nMarks migrations. Runs nothing.\n\n--plan\n\nShows."))
    assert opening_texts(section) == ["Marks migrations.", "Shows."]

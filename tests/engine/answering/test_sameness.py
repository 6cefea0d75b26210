"""Whether two questions ask the same: by their words, the vectors taken for near enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.engine.answering.sameness import NEAR, ask_the_same, asked

SYNONYMS = (("sign in", "log in", "login"), ("VPN", "tunnel"), ("licence", "license key"))
RESET = "How do I reset my password?"


def same(one: str, other: str, cosine: float = 0.97) -> bool:
    first, second = asked(one, SYNONYMS), asked(other, SYNONYMS)
    assert ask_the_same(first, second, cosine) == ask_the_same(second, first, cosine)
    return ask_the_same(first, second, cosine)


@pytest.mark.parametrize(
    "other",
    [
        "how do i reset my password",
        "Hi, how can I reset my password please?",
        "Is it possible to reset my password?",
        "What is the best way to reset the password?",
        "I want to reset my password.",
        "How do I reset my pasword?",
        "HOW DO I RESET MY PASSWORD??",
    ],
)
def test_the_same_in_other_wrapping(other: str) -> None:
    assert same(RESET, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I fix the error in the app?", "How can I solve the problem in the application?"),
        ("How do I sign in?", "How do I log in?"),
        ("How do I set up the VPN?", "How do I set up the tunnel?"),
        ("How do I renew a licence?", "How do I renew a license key?"),
        ("How do I forward several emails in Gmail?", "Can I forward multiple mails in gmail?"),
        ("Wie ändere ich mein Passwort?", "wie kann ich mein passwort ändern"),
    ],
)
def test_the_same_in_other_words(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("When did the Jin dynasty begin?", "When did the Jin dynasty end?"),
        ("When did it fail to start?", "Why did it fail to start?"),
        ("How do I enable the cache?", "How do I disable the cache?"),
        ("How do I convert PNG to JPG?", "How do I convert JPG to PNG?"),
        ("Can I pay by card?", "Can I not pay by card?"),
        ("Почему письма приходят?", "Почему письма не приходят?"),
        ("Perché le email arrivano?", "Perché le email non arrivano?"),
        ("Por que o pagamento foi aceito?", "Por que o pagamento não foi aceito?"),
        ("Waarom komt de factuur aan?", "Waarom komt de factuur niet aan?"),
        ("Varför fungerar inloggningen?", "Varför fungerar inte inloggningen?"),
        ("لماذا تصل الفاتورة", "لماذا لا تصل الفاتورة"),
        ("支持退款的商品", "不支持退款的商品"),
        ("How do I work with a licence?", "How do I work without a licence?"),
        ("What does plan 2 cost?", "What does plan 3 cost?"),
        ("How do I use --force?", "How do I use --force-with-lease?"),
        ("What is new in Python 3.11?", "What is new in Python 3.12?"),
        ("How do I edit config.yaml?", "How do I edit config.json?"),
        ("How many users may I have?", "How long may I have users?"),
        ("Who may invite users?", "How do I invite users?"),
        ("What is Docker?", "What does Docker cost?"),
        ("Do I need a card?", "How do I order a card?"),
        ("What must I do before I upgrade?", "What must I do after I upgrade?"),
        ("What year was the fort built?", "Where was the fort built?"),
        ("Wann kommt die Rechnung?", "Warum kommt die Rechnung?"),
        ("Quand arrive la facture ?", "Pourquoi arrive la facture ?"),
        ("Kann ich mit Karte bezahlen?", "Kann ich nicht mit Karte bezahlen?"),
        ("What is one way to pay invoices?", "What is another way to pay invoices?"),
        ("Who is the chair of the board?", "Who was the first chair of the board?"),
        ("What do webhooks do?", "What are webhooks?"),
        ("How?", "How?!"),
    ],
)
def test_near_and_yet_another_question(one: str, other: str) -> None:
    assert not same(one, other)


def test_one_word_more_needs_to_be_nearer() -> None:
    one, other = "How do I export a report as CSV?", "How do I export a monthly report as CSV?"
    assert same(one, other, 0.85)
    assert not same(one, other, 0.79)
    assert not same(one, "How do I export a monthly report as CSV by mail?")


def test_the_same_words_need_to_be_near() -> None:
    assert same(RESET, RESET, NEAR)
    assert not same(RESET, RESET, NEAR - 0.01)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_can_be_compared(one: str, other: str) -> None:
    assert same(one, other) in (True, False)
    assert same(one, one) == bool(asked(one, SYNONYMS).terms)

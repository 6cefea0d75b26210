"""Which words may be misspelt, and what they are near to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.engine.retrieval.spelling import distance, one_away, plain_words

words = st.text("abcd", max_size=7)


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("How do I confgure it?", ["confgure"]),
        ("(Kuberntes) «Kuberntes»", ["kuberntes"]),
        ("HOW DO I CONFGURE IT", ["confgure"]),
        ("Où est le réglage naïf", ["reglage"]),
        ("мой пользоватль", ["пользоватль"]),
        ("my cat", []),
        ("E0308 ORA-00942 0x80070005 2024", []),
        ("--force-with-leese SSL_CERT_FLIE config.yamll", []),
        ("NoneTyp OAuthh README", []),
        ("日本語の検索です", []),
        ("", []),
    ],
)
def test_plain_words_and_no_identifiers(question: str, plain: list[str]) -> None:
    assert [word.text for word in plain_words(question)] == plain


def test_a_long_text_is_not_looked_up_whole() -> None:
    assert (
        len(plain_words(" ".join(f"strange{'abcdefghij'[n % 10] * (n // 10)}" for n in range(99))))
        == 50
    )


def test_a_word_is_as_it_was_written() -> None:
    assert [word.written for word in plain_words('Please "Confgure" it')] == ["Please", "Confgure"]


@pytest.mark.parametrize("right", ["configure", "confgre", "confgures", "cofngure", "sonfgure"])
def test_one_mistake_away(right: str) -> None:
    assert right in one_away("confgure")


def test_a_word_is_not_away_from_itself() -> None:
    assert "letter" not in one_away("letter")
    assert len(one_away("confgure")) < 60 * len("confgure")


@given(words.filter(bool))
def test_one_away_is_at_distance_one(word: str) -> None:
    assert all(distance(word, other, 2) == 1 for other in one_away(word))


@given(words, words)
def test_distance_is_symmetric_and_bounded(first: str, second: str) -> None:
    exact = distance(first, second, 7)
    assert exact == distance(second, first, 7)
    assert (exact == 0) == (first == second)
    assert abs(len(first) - len(second)) <= exact <= max(len(first), len(second))
    assert distance(first, second, 1) == min(exact, 2)


def test_letters_in_each_others_place_are_one_mistake() -> None:
    assert distance("kuberentes", "kubernetes", 2) == 1
    assert distance("authetnicaton", "authentication", 2) == 2

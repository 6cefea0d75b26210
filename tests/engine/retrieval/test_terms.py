"""Index terms: what must be found by what."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.engine.retrieval.terms import identifiers, index_terms


@pytest.mark.parametrize(
    ("question", "text", "language"),
    [
        ("resetting passwords", "How to reset your password", None),
        ("Éléphant", "elephant", None),
        ("STRASSE", "straße", None),
        ("ＡＰＩ", "api", None),
        ("authenticate", "authentication", "en"),
        ("Rechnungen", "die Rechnung", "de"),
        ("configurations", "configuration", "fr"),
        ("東京", "東京タワー", "ja"),
        ("한국", "한국어로", "ko"),
        ("हिन्दी", "यह हिन्दी है", "hi"),
        ("config.yaml", "edit `config.yaml`.", None),
        ("yaml", "edit config.yaml", None),
        ("ssl_cert_file", "Set SSL_CERT_FILE first", None),
        ("certificate file", "Set SSL_CERTIFICATE_FILE first", None),
        ("nonetype", "NoneType has no attribute", None),
        ("type", "NoneType has no attribute", None),
        ("http", "XMLHttpRequest", None),
        ("3.11.2", "since v3.11.2", None),
        ("E1234", "error E1234:", None),
        ("user", "the user's name", None),
    ],
)
def test_found_by(question: str, text: str, language: str | None) -> None:
    assert set(index_terms(question, language)) & set(index_terms(text, language))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("git push --force-with-lease", "force-with-lease"),
        ("the -v flag", "-v"),
        ("SSL_CERT_FILE", "ssl_cert_file"),
        ("config.yaml", "config.yaml"),
        ("foo::bar", "foo::bar"),
        ("version 3.11.2.", "3.11.2"),
        ("NoneType", "nonetyp"),
        ("C++ or C#", "c++"),
        ("C++ or C#", "c#"),
        ("a .env file", ".env"),
        ("__init__", "init"),
        ("POST /api/v1/chat", "api/v1/chat"),
    ],
)
def test_identifier_stays_whole(text: str, whole: str) -> None:
    assert whole in index_terms(text)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("git push --force-with-lease", {"force-with-lease"}),
        ("SSL_CERT_FILE or config.yaml?", {"ssl_cert_file"}),
        ("error E0308, ORA-00942, 0x80070005", {"e0308", "ora-00942", "0x80070005"}),
        ("NoneType in C++", {"nonetyp", "c++"}),
        ("two-factor and/or e.g. HTTP 404 is a word", set()),
        ("the -v flag", {"-v"}),
    ],
)
def test_identifiers_are_told_from_words(text: str, whole: set[str]) -> None:
    assert identifiers(text) == whole


def test_terms_are_as_frequent_as_the_words() -> None:
    assert sorted(index_terms("a dog, two dogs")) == ["a", "dog", "dog", "two"]


def test_unspaced_script_becomes_pairs() -> None:
    assert index_terms("東京都tower") == ["東京", "京都", "tower"]
    assert index_terms("水") == ["水"]


def test_unknown_language_is_taken_for_english() -> None:
    assert index_terms("running", "xx") == index_terms("running", None) == ["run"]


def test_nothing_to_index() -> None:
    assert index_terms("") == index_terms(" \n\t—…!?") == []


@given(st.text(max_size=200))
def test_terms_survive_the_index_tokenizer(text: str) -> None:
    for term in index_terms(text):
        assert 0 < len(term) <= 200
        assert not any(c.isspace() or c in "\"'" or c < " " or "A" <= c <= "Z" for c in term)


@given(st.text(max_size=100), st.text(max_size=100))
def test_terms_of_two_texts_are_those_of_each(first: str, second: str) -> None:
    joined = sorted(index_terms(f"{first} \n {second}"))
    assert joined == sorted(index_terms(first) + index_terms(second))


@pytest.mark.parametrize(
    "piece", ["a.", "-", "é", "aB", "a\u0301", "क्", "東", "._", "x__", "A", "://a", "1.", "#"]
)
def test_time_is_linear(piece: str) -> None:
    """Four times the text in far less than the sixteen times of a quadratic pattern."""
    short, long = piece * 20_000, piece * 80_000

    def seconds(text: str) -> float:
        started = time.process_time()
        index_terms(text)
        return time.process_time() - started

    assert min(seconds(long) for _ in range(2)) < 0.02 + 9 * max(seconds(short) for _ in range(2))

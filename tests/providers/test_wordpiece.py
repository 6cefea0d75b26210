"""Tokens of text, held against the library that the models' authors use."""

import unicodedata
from importlib import resources
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from cevvo.providers.wordpiece import word_pieces

DOCS = sorted((Path(__file__).parents[2] / "docs").glob("*.md"))


@pytest.fixture(scope="module")
def reference() -> Tokenizer:
    words = (resources.files("cevvo.providers") / "vocab.txt").read_text("utf-8").splitlines()
    tokenizer = Tokenizer(WordPiece({word: index for index, word in enumerate(words)}))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer


def assert_alike(reference: Tokenizer, text: str) -> None:
    expected = reference.encode(text, add_special_tokens=False)
    found = word_pieces().encode(text)
    assert found.ids == expected.ids
    assert found.offsets == expected.offsets


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.stem)
def test_pages_of_text(reference: Tokenizer, page: Path) -> None:
    assert_alike(reference, page.read_text("utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\r\n",
        "Unaffable --force-with-lease SSL_CERT_FILE don't (e.g.) 3.11.2",
        "naïve café ÀÉÎÕÜ Straße ẞ İstanbul ﬁx Ǆ ² ½ №",
        "cafe\u0301 re\u0301sume\u0301 n\u0303",
        "Σίσυφος ΌΧΙ Привет Ёлка",
        "中文字和English混排，标点。豈",
        "한국어 문장입니다. 조선",
        "ภาษาไทย हिन्दी العربيّة עִבְרִית",
        "zero\u200bwidth soft\u00adhyphen \ufeffmark \ufffd",
        "x\x00y\x1fz\x7fw\x85v\u2028u\u00a0t",
        "“quoted” – dash — … ¿qué? ‘ok’ €5 ©®™ ✓ 😀👍🏽",
        "a" * 100 + " " + "a" * 101 + " " + "é" * 101,
    ],
)
def test_odd_text(reference: Tokenizer, text: str) -> None:
    assert_alike(reference, text)


def test_every_letter_of_the_scripts_that_are_most_written(reference: Tokenizer) -> None:
    # Characters that came to Unicode after the library's tables were made are not compared.
    ranges = [(0x20, 0x530), (0x1E00, 0x2000), (0x2010, 0x2070), (0x3041, 0x3100)]
    for first, last in ranges:
        for code in range(first, last):
            if unicodedata.category(chr(code)) != "Cn":
                assert_alike(reference, f"a{chr(code)}b {chr(code)}")


def test_what_a_word_costs_does_not_grow_with_the_square_of_a_text() -> None:
    long = word_pieces().encode("ä" * 200_000)
    assert long.ids == [100]

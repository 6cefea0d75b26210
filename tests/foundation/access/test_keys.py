"""The form of API keys."""

import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.domain.access import KeyKind
from cevvo.errors import InvalidApiKey
from cevvo.foundation.access.keys import (
    checksum,
    display_prefix,
    generate,
    key_hash,
    last_four,
    verify,
)

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("kind", "prefix"), [("secret", "cevvo_sk_"), ("publishable", "cevvo_pk_")]
)
def test_a_key_has_its_prefix_256_random_bits_and_a_checksum(kind: KeyKind, prefix: str) -> None:
    key = generate(kind)
    assert re.fullmatch(prefix + "[0-9A-Za-z]{49}", key)
    assert verify(key) == kind
    assert generate(kind) != key
    assert display_prefix(key) == key[:12]
    assert last_four(key) == key[-4:]
    assert re.fullmatch("[0-9a-f]{64}", key_hash(key))


@given(st.text(DIGITS + "_"))
def test_the_checksum_is_the_crc_32_in_base_62(text: str) -> None:
    value = 0
    for digit in checksum(text):
        value = value * 62 + DIGITS.index(digit)
    assert value == zlib.crc32(text.encode())


def test_checksums_stay_what_they_were() -> None:
    assert checksum("") == "000000"
    assert checksum("cevvo_sk_" + "0" * 43) == "1zyvZg"


@given(st.integers(9, 57), st.sampled_from(DIGITS))
def test_any_one_wrong_character_is_noticed(place: int, character: str) -> None:
    key = generate("secret")
    if key[place] == character:
        return
    with pytest.raises(InvalidApiKey, match="mistyped"):
        verify(key[:place] + character + key[place + 1 :])


@pytest.mark.parametrize(
    "key",
    [
        "",
        "cevvo_sk_",
        "sk-" + "a" * 49,
        generate("secret")[:-1],
        generate("secret") + "0",
        generate("secret") + "\n",
        generate("secret").replace("_sk_", "_xk_"),
        generate("secret").upper(),
        "cevvo_sk_" + "é" * 49,
        "cevvo_sk_" + "' OR 1=1 --".ljust(49, "x"),
    ],
    ids=range(10),  # the keys are others in each process that collects this
)
def test_another_form_is_refused_with_the_right_one(key: str) -> None:
    with pytest.raises(InvalidApiKey, match="starts with `cevvo_sk_`"):
        verify(key)


def test_a_secret_key_cannot_be_made_publishable_by_its_prefix() -> None:
    with pytest.raises(InvalidApiKey, match="mistyped"):
        verify(generate("secret").replace("_sk_", "_pk_"))

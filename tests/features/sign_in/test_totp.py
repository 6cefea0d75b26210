"""Codes of authenticator apps, held against the RFCs' own vectors."""

import base64

import pytest

from cevvo.domain.time import Millis
from cevvo.foundation.access.totp import STEP, code_at, enrolment_uri, new_secret, step_of

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_at(SECRET, seconds // 30, digits=8) == code


def test_the_vectors_of_rfc_4226() -> None:
    codes = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"
    assert [code_at(SECRET, counter) for counter in range(10)] == codes.split()


def test_a_clock_may_be_half_a_minute_off_and_no_code_is_taken_twice() -> None:
    now = Millis(1_770_000_000_000)
    present = now // STEP
    for drift, expected in (
        (-2, None),
        (-1, present - 1),
        (0, present),
        (1, present + 1),
        (2, None),
    ):
        code = code_at(SECRET, present + drift)
        assert step_of(SECRET, code, now=now, after=None) == expected
    assert step_of(SECRET, code_at(SECRET, present), now=now, after=present) is None
    assert step_of(SECRET, code_at(SECRET, present), now=now, after=present - 1) == present


@pytest.mark.parametrize("code", ["", "0", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_is_of_no_step(code: str) -> None:
    assert step_of(SECRET, code, now=Millis(0), after=None) is None


def test_a_secret_has_160_random_bits() -> None:
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(base64.b32decode(secret)) == 20 for secret in secrets)


def test_the_uri_names_account_and_issuer() -> None:
    uri = enrolment_uri("ABC", account="ada+x@example.com", issuer="Cevvo")
    assert uri == "otpauth://totp/Cevvo:ada%2Bx@example.com?secret=ABC&issuer=Cevvo"

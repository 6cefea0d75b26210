"""What others than its writer see of a question."""

import time

import pytest

from cevvo.engine.insight.privacy import mask


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Mail jo.doe+x@example.co.uk please", "Mail [email] please"),
        ("Call +49 30 1234567 now", "Call [phone] now"),
        ("0049 30/1234567", "[phone]"),
        ("030 1234567, (555) 123-4567 or 555.123.4567", "[phone], [phone] or [phone]"),
        ("Appelez le 01.23.45.67.89.", "Appelez le [phone]."),
        ("+33.1.23.45.67.89, +49.30.1234567", "[phone], [phone]"),
        ("My card 4111 1111 1111 1111 was charged", "My card [card] was charged"),
        ("order 123456789", "order [number]"),
        ("from 192.168.1.10 and 2001:db8::1", "from [ip] and [ip]"),
        ("my IBAN DE89 3704 0044 0532 0130 00", "my IBAN [account]"),
        ("key sk-abcDEF1234567890abcd fails", "key [secret] fails"),
        ("cevvo_sk_7Hq1234567890abcdef", "[secret]"),
        ("ghp_0123456789abcdefABCDEF", "[secret]"),
        ("AKIAIOSFODNN7EXAMPLE", "[secret]"),
        ("token=abc123!", "token=[secret]"),
        ("password: hunter2 does not work", "password: [secret] does not work"),
        ("Kennwort: geheim1 geht nicht", "Kennwort: [secret] geht nicht"),
        ("mon mot de passe\u00a0: secret12", "mon mot de passe\u00a0: [secret]"),
        ("la contraseña: abcdefg no va", "la contraseña: [secret] no va"),
        ("Authorization: Bearer abcdefgh", "Authorization: Bearer [secret]"),
        ("postgres://user:pw@host/db", "postgres://[secret]@host/db"),
        ("550e8400-e29b-41d4-a716-446655440000", "[id]"),
        ("d41d8cd98f00b204e9800998ecf8427e", "[secret]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "[secret]"),
    ],
)
def test_personal_data_is_masked(written: str, shown: str) -> None:
    assert mask(written) == shown


@pytest.mark.parametrize(
    "question",
    [
        "How do I reset my password?",
        "My password is wrong, what now?",
        "Is port 8080 free on 2026-03-10 at 12:30:45?",
        "What happened on 10-03-2026, 01/02/2026 and 10.03.2026?",
        "Does Python 3.11.2 run on Windows 10.0.19041.1?",
        "Error 404 or 0x80070005 in std::vector",
        "Pages 12-15, 100-200 of 10 000 000",
        "How do I set max_connections_per_user_2 for internationalization?",
        "Is 3.14159265 close enough?",
        "Upgrade from 2026.10.11549",
        "Is +1.2.3 newer than 0.12.34 and 01.02.2026?",
    ],
)
def test_what_is_not_personal_stays(question: str) -> None:
    assert mask(question) == question


@pytest.mark.parametrize(
    "piece", ["a", "1", "1 ", "01-", "(01) ", "::", "a@a.", "A1", "DE12", "1.", "+1.", "01."]
)
def test_time_grows_with_the_length_only(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.process_time()
        mask(text)
        return time.process_time() - started

    short = min(seconds(20_000) for _ in range(3))
    assert seconds(160_000) < 8 * 4 * max(short, 0.005)

"""Guessing passwords and codes: throttled, and without a word about which accounts there are."""

import statistics
import time
from typing import Any

import pytest

from accounts import PASSWORD, Accounts, Browser
from accounts import accounts as accounts
from accounts import running as running
from cevvo.errors import RateLimited
from cevvo.features.sign_in import attempts
from cevvo.features.sign_in.attempts import Attempt
from cevvo.foundation.access.totp import STEP, code_at

WRONG = "not the password at all"


def said(response: Any) -> tuple[Any, ...]:
    """What a response tells, but for its own id."""
    error = response.json()["error"]
    headers = {name for name in response.headers if name != "x-request-id"}
    return response.status_code, error["code"], error["message"], error["param"], frozenset(headers)


def test_s18_an_account_that_there_is_and_one_that_there_is_not_get_the_same(
    accounts: Accounts,
) -> None:
    accounts.owner()
    answers = {
        said(accounts.browser().sign_in(email, password))
        for email in ("ada@example.com", "nobody@example.com")
        for password in (WRONG, "")
    }
    assert len(answers) == 1
    assert answers.pop()[:2] == (401, "sign_in_failed")


def test_s18_an_unknown_account_takes_as_long_to_refuse(accounts: Accounts) -> None:
    """The same hash is computed; without it an unknown account would take some 2 %."""
    accounts.owner()
    seconds: dict[str, list[float]] = {"ada@example.com": [], "nobody@example.com": []}
    for turn in range(8):
        for email, taken in seconds.items():
            browser = accounts.browser(f"198.51.100.{turn}")
            started = time.perf_counter()
            assert browser.sign_in(email, WRONG).status_code == 401
            taken.append(time.perf_counter() - started)
    known, unknown = (min(taken) for taken in seconds.values())
    assert 0.4 < unknown / known < 2.5
    assert statistics.median(seconds["nobody@example.com"]) > 0.01


def test_s18_a_hundred_guesses_from_one_address_get_ten_tries(accounts: Accounts) -> None:
    accounts.owner()
    browser = accounts.browser()
    answers = [browser.sign_in("ada@example.com", f"{WRONG} {n}").status_code for n in range(100)]
    assert answers == [401] * attempts.TOGETHER + [429] * (100 - attempts.TOGETHER)
    right = browser.sign_in("ada@example.com")
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) <= 900
    assert "set-cookie" not in right.headers


def tried(accounts: Accounts, email: str, network: str, times: int) -> int:
    """How many of so many attempts are let through to the password."""
    let_through = 0
    attempt = Attempt.on(email, network)
    for _ in range(times):
        try:
            accounts.db.write_now(lambda c: attempts.note(c, attempt, now=accounts.clock()))
        except RateLimited:
            continue
        let_through += 1
    return let_through


def test_s18_throttling_tells_nothing_of_accounts(accounts: Accounts) -> None:
    accounts.owner()
    told = set()
    for email in ("ada@example.com", "nobody@example.com"):
        assert tried(accounts, email, "203.0.113.1", 12) == attempts.TOGETHER
        told.add(said(accounts.browser().sign_in(email, WRONG)))
    assert len(told) == 1
    assert told.pop()[:2] == (429, "rate_limit_exceeded")


def test_s18_a_stranger_locks_nobody_out(accounts: Accounts) -> None:
    accounts.owner()
    assert tried(accounts, "ada@example.com", "198.51.100.7", 30) == attempts.TOGETHER
    assert accounts.browser("198.51.100.7").sign_in("ada@example.com").status_code == 429
    assert accounts.browser("203.0.113.99").sign_in("ada@example.com").status_code == 200


def test_s18_one_address_tries_few_accounts(accounts: Accounts) -> None:
    let_through = [tried(accounts, f"n{n}@example.com", "203.0.113.1", 1) for n in range(60)]
    assert sum(let_through) == attempts.FROM_ADDRESS
    assert accounts.browser("203.0.113.1").sign_in("n99@example.com").status_code == 429


def test_s18_many_addresses_share_the_tries_on_an_account(accounts: Accounts) -> None:
    networks = [f"2001:db8:{n:x}::/64" for n in range(30)]
    let_through = [tried(accounts, "ada@example.com", each, 4) for each in networks]
    assert sum(let_through) == attempts.ON_ACCOUNT
    assert accounts.browser("203.0.113.1").sign_in("ada@example.com").status_code == 429


def test_s18_the_neighbours_of_an_ipv6_address_are_the_same(accounts: Accounts) -> None:
    assert tried(accounts, "ada@example.com", "2001:db8::/64", 10) == attempts.TOGETHER
    for address in ("2001:db8::1", "2001:db8::ffff:1"):
        assert accounts.browser(address).sign_in("ada@example.com").status_code == 429


def test_s18_time_and_success_clear_the_count(accounts: Accounts) -> None:
    accounts.owner()
    browser, most = accounts.browser(), attempts.TOGETHER
    assert tried(accounts, "ada@example.com", "203.0.113.1", most - 1) == most - 1
    assert browser.sign_in("ada@example.com").status_code == 200
    assert tried(accounts, "ada@example.com", "203.0.113.1", most) == most
    assert browser.sign_in("ada@example.com").status_code == 429
    accounts.clock.advance(minutes=15)
    assert browser.sign_in("ada@example.com").status_code == 200


def with_second_factor(accounts: Accounts) -> tuple[Browser, str, list[str]]:
    """An owner with one: the browser, the secret, the recovery codes."""
    browser = accounts.owner()
    begun = browser.post("/account/second-factor", {"current_password": PASSWORD})
    secret = begun.json()["secret"]
    code = code_at(secret, accounts.clock.at // STEP)
    done = browser.put("/account/second-factor", {"code": code})
    assert done.status_code == 200, done.text
    return browser, secret, done.json()["recovery_codes"]


def test_s18_codes_are_guessed_ten_times_from_wherever(accounts: Accounts) -> None:
    _, secret, _ = with_second_factor(accounts)
    answers = []
    for n in range(12):
        browser = accounts.browser(f"198.51.100.{n}")
        answers.append(browser.sign_in("ada@example.com", code=f"{n:06d}").status_code)
    assert answers == [401] * attempts.WITH_PASSWORD + [429] * 2
    accounts.clock.advance(minutes=15)
    code = code_at(secret, accounts.clock.at // STEP)
    assert accounts.browser().sign_in("ada@example.com", code=code).status_code == 200


def test_s18_a_code_works_once(accounts: Accounts) -> None:
    _, secret, recovery = with_second_factor(accounts)
    used = code_at(secret, accounts.clock.at // STEP)
    assert accounts.browser().sign_in("ada@example.com", code=used).status_code == 401
    accounts.clock.advance(seconds=30)
    code = code_at(secret, accounts.clock.at // STEP)
    assert accounts.browser().sign_in("ada@example.com", code=code).status_code == 200
    assert accounts.browser().sign_in("ada@example.com", code=code).status_code == 401
    for expected in (200, 401):
        response = accounts.browser().sign_in("ada@example.com", code=recovery[0].upper())
        assert response.status_code == expected


def test_s18_a_code_is_asked_for_only_with_the_right_password(accounts: Accounts) -> None:
    with_second_factor(accounts)
    right = accounts.browser().sign_in("ada@example.com")
    assert (right.status_code, right.json()["error"]["code"]) == (401, "second_factor_needed")
    assert "set-cookie" not in right.headers
    wrong = accounts.browser().sign_in("ada@example.com", WRONG)
    assert wrong.json()["error"]["code"] == "sign_in_failed"


def test_s18_the_secret_and_the_codes_are_not_in_the_database(accounts: Accounts) -> None:
    _, secret, recovery = with_second_factor(accounts)
    whole = b"".join(path.read_bytes() for path in accounts.data_dir.glob("cevvo.db*"))
    for text in (secret, *recovery, *(code.replace("-", "") for code in recovery)):
        assert text.encode() not in whole


@pytest.mark.parametrize("path", ["/account/password", "/account/second-factor"])
def test_s18_whoever_finds_an_open_session_cannot_guess_the_password(
    accounts: Accounts, path: str
) -> None:
    browser = accounts.owner()
    method = "PUT" if path.endswith("password") else "POST"
    answers = [
        browser.call(
            method, path, {"current_password": f"{WRONG} {n}", "password": "another one of mine"}
        ).status_code
        for n in range(12)
    ]
    assert answers == [400] * attempts.TOGETHER + [429] * 2

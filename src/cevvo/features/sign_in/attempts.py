"""How often somebody may try to sign in: counted exactly, by account and by address.

An attempt is written down before the password is looked at and taken back when it was right, so
that many at once get no more tries than one after the other. Wrong addresses of people count like
right ones: who is refused learns nothing about which accounts there are.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from cevvo.domain.time import Millis
from cevvo.errors import RateLimited
from cevvo.foundation.db.tables import sign_in_attempts

WINDOW = 15 * 60_000
"""Milliseconds that an attempt counts."""
TOGETHER = 10
"""Attempts on one account from one address, within the window."""
FROM_ADDRESS = 50
"""Attempts from one address, on whatever accounts: an office may share one."""
ON_ACCOUNT = 100
"""Attempts on one account from wherever: high, so that a stranger cannot lock anybody out …"""
WITH_PASSWORD = 10
"""… but for codes, which only who has the password can try: they are short."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Whose account is tried, as a hash of what was given, and from which network."""

    account: str
    network: str

    @classmethod
    def on(cls, name: str, network: str) -> "Attempt":
        """One on the account of that name."""
        return cls(hashlib.sha256(name.encode()).hexdigest(), network)


def note(
    connection: Connection, attempt: Attempt, *, now: Millis, on_account: int = ON_ACCOUNT
) -> None:
    """Count an attempt. Raises RateLimited, and counts nothing, when there were too many."""
    a = sign_in_attempts.c
    connection.execute(delete(sign_in_attempts).where(a.at <= now - WINDOW))
    by_account, by_network = a.account == attempt.account, a.address == attempt.network
    _hold(connection, by_account & by_network, TOGETHER, now)
    _hold(connection, by_network, FROM_ADDRESS, now)
    _hold(connection, by_account, on_account, now)
    connection.execute(
        insert(sign_in_attempts).values(account=attempt.account, address=attempt.network, at=now)
    )


def take_back(connection: Connection, attempt: Attempt) -> None:
    """Forget the attempts on this account from this address: the last one was right."""
    a = sign_in_attempts.c
    connection.execute(
        delete(sign_in_attempts).where(a.account == attempt.account, a.address == attempt.network)
    )


def _hold(connection: Connection, those: ColumnElement[bool], limit: int, now: Millis) -> None:
    a = sign_in_attempts.c
    count, oldest = connection.execute(select(func.count(), func.min(a.at)).where(those)).one()
    if count >= limit:
        wait = max(1, -(-(oldest + WINDOW - now) // 1000))
        raise RateLimited(
            f"Too many attempts to sign in. Try again in {-(-wait // 60)} min.", retry_after=wait
        )


def forget(connection: Connection, name: str) -> None:
    """Forget all attempts on the account of that name: its password is another one now."""
    account = Attempt.on(name, "").account
    connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.account == account))

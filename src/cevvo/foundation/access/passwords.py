"""Passwords: what is asked of them, and argon2id over what is kept.

The parameters are the first that OWASP recommends (Password Storage Cheat Sheet, 2025: 46 MiB, one
pass, one lane). At most two are hashed at a time, so that a flood of attempts takes 92 MiB.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cevvo.errors import InvalidRequest

T = TypeVar("T")
SHORTEST, LONGEST = 12, 200
"""Characters. Length alone is asked for, no mixture of kinds (NIST SP 800-63B-4, 3.1.1)."""
_FEWEST_DIFFERENT = 5
# Of a random password that nobody knows, hashed as all are: what an unknown account is held to.
_NOBODYS = (
    "$argon2id$v=19$m=47104,t=1,p=1$o5SHZiL7FCs/wravpgy"
    "Z1g$l4XZ/RAhNI/1zUjVvorE+F00Qg9CsbRiLQjQtI8w4ZU"
)


def check_password(password: str, *, email: str) -> None:
    """Raises InvalidRequest for one that is too short, too long or all too easily guessed."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidRequest(
            f"A password has {SHORTEST} to {LONGEST} characters: a few words will do.",
            param="password",
        )
    name = email.partition("@")[0].lower()
    if len(set(password)) < _FEWEST_DIFFERENT or password.lower() in (email, name * 2, name * 3):
        raise InvalidRequest("This password is too easily guessed.", param="password")


class Passwords:
    """Hashes and verifies off the event loop."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="passwords")

    async def hashed(self, password: str) -> str:
        """What is stored of a password."""
        return await self._run(lambda: self._hasher.hash(_normal(password)))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether it is that password. None, for an account that there is not, takes as long."""
        if stored is not None:
            return await self._run(lambda: self._verify(stored, password))
        await self._run(lambda: self._verify(_NOBODYS, password))
        return False

    def close(self) -> None:
        """End its threads."""
        self._threads.shutdown()

    async def _run(self, f: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, f)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _normal(password))
        except (VerificationError, InvalidHashError):
            return False


def _normal(password: str) -> str:
    """The same characters however a keyboard composes them (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)

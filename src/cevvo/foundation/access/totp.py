"""Codes of authenticator apps: RFC 6238 with SHA-1, 6 digits and 30 seconds, as every app does."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote, urlencode

from cevvo.domain.time import Millis

STEP = 30_000
"""Milliseconds that a code is shown."""
_DIGITS = 6
_SECRET_BYTES = 20  # as long as the hash (RFC 4226, section 4)
_DRIFT = 1  # steps that a phone's clock may be off


def new_secret() -> str:
    """A fresh secret in base32, 160 random bits."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code_at(secret: str, step: int, digits: int = _DIGITS) -> str:
    """The code of a step, counted in units of 30 s since 1970 (RFC 4226, section 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def step_of(secret: str, code: str, *, now: Millis, after: int | None) -> int | None:
    """The step whose code it is, now or one before or after; None if of none.

    Steps up to ``after`` are not looked at: no code is taken twice (RFC 6238, section 5.2).
    """
    present, found = now // STEP, None
    for step in range(max(present - _DRIFT, 0), present + _DRIFT + 1):
        right = hmac.compare_digest(code_at(secret, step).encode(), code.encode())
        if right and (after is None or step > after):
            found = step
    return found


def enrolment_uri(secret: str, *, account: str, issuer: str) -> str:
    """What an authenticator app reads off a QR code (Google's "Key Uri Format")."""
    label = quote(f"{issuer}:{account}", safe=":@")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"

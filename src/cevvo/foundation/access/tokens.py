"""Random tokens that people carry: in session cookies and in links that can be used once.

256 random bits each, of which only the SHA-256 is stored: who reads the database can use none.
"""

import hashlib
import re

from cevvo.domain.ids import base62

_LENGTH = 43  # 62**43 > 2**256
_FORM = re.compile(rf"[0-9A-Za-z]{{{_LENGTH}}}")


def new_token() -> str:
    """A fresh token. It is handed over once and never stored."""
    return base62(_LENGTH)


def is_token(text: str) -> bool:
    """Whether it has the form of one: what has not need not be looked up."""
    return _FORM.fullmatch(text) is not None


def token_hash(token: str) -> str:
    """What is stored of a token and looked up: its SHA-256, hex."""
    return hashlib.sha256(token.encode()).hexdigest()

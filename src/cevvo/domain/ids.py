"""Identifiers: opaque, prefixed, 128 random bits, no time in them."""

import secrets
from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
"""Every row belongs to one workspace; every repository function asks for one."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 22  # 62**22 > 2**128


def base62(length: int) -> str:
    """``length`` characters drawn uniformly from 0-9A-Za-z by the system's CSPRNG."""
    number, characters = secrets.randbelow(len(_ALPHABET) ** length), []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return "".join(characters)


def new_id(prefix: str) -> str:
    """A fresh identifier such as ``src_4fJ…`` (prefix, underscore, 22 base62 characters)."""
    return f"{prefix}_{base62(_LENGTH)}"

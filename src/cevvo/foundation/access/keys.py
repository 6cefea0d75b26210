"""API keys: what they look like, and what of them is kept.

``cevvo_sk_`` (secret, for servers) or ``cevvo_pk_`` (publishable, for web pages), then 43 base62
characters (256 random bits), then 6 base62 digits of the CRC-32 of all that precedes. The checksum
refuses a mistyped key without a database, and lets a secret scanner tell a real key from noise.
Only the SHA-256 is stored: a slow hash would add nothing to 256 random bits but a way to exhaust
the server.
"""

import hashlib
import re
import string
import zlib

from cevvo.domain.access import KeyKind
from cevvo.domain.ids import base62
from cevvo.errors import InvalidApiKey

_PREFIXES: dict[str, KeyKind] = {"cevvo_sk_": "secret", "cevvo_pk_": "publishable"}
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_LENGTH = 43  # 62**43 > 2**256
_CHECKSUM_LENGTH = 6  # 62**6 > 2**32
_FORM = re.compile(rf"cevvo_[sp]k_[0-9A-Za-z]{{{_RANDOM_LENGTH + _CHECKSUM_LENGTH}}}")
_DISPLAYED = 12  # leading characters that are stored for display: prefix and three more


def generate(kind: KeyKind) -> str:
    """A fresh key. It is shown once and never stored."""
    prefix = next(prefix for prefix, its_kind in _PREFIXES.items() if its_kind == kind)
    body = prefix + base62(_RANDOM_LENGTH)
    return body + checksum(body)


def checksum(text: str) -> str:
    """CRC-32 (zlib's) of ``text`` as 6 base62 digits (0-9A-Za-z), most significant first."""
    crc = zlib.crc32(text.encode())
    digits = ""
    for _ in range(_CHECKSUM_LENGTH):
        crc, digit = divmod(crc, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def verify(key: str) -> KeyKind:
    """The kind of a well-formed key. Raises InvalidApiKey with what is wrong with its form."""
    if key.startswith("cevvo_vt_"):
        raise InvalidApiKey(
            "That is a visitor token, which goes into X-Visitor-Token beside a publishable key."
        )
    if not _FORM.fullmatch(key):
        raise InvalidApiKey(
            "That is not an API key of this server: one starts with `cevvo_sk_` or `cevvo_pk_` "
            f"and has {_RANDOM_LENGTH + _CHECKSUM_LENGTH} letters and digits after that."
        )
    if checksum(key[:-_CHECKSUM_LENGTH]) != key[-_CHECKSUM_LENGTH:]:
        raise InvalidApiKey("This API key is mistyped or cut: its checksum does not match.")
    return _PREFIXES[key[:9]]


def key_hash(key: str) -> str:
    """What is stored of a key and looked up: its SHA-256, hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def display_prefix(key: str) -> str:
    """The first characters, for people to tell keys apart."""
    return key[:_DISPLAYED]


def last_four(key: str) -> str:
    """The last four characters, for people to tell keys apart."""
    return key[-4:]

"""Secrets that have to be read again, encrypted in the database with a key that is not in it.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce and, as associated data, what the secret
belongs to: one that is copied to another row does not open there. The key is the operator's
(``CEVVO_SECRET_KEY``) or else the file ``secret.key`` in the data directory, made at the first
start, mode 0600: who gets hold of the database alone has nothing.
"""

import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cevvo.errors import StartError

_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "1:"


class Secrets:
    """Seals texts and opens them again."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def of(cls, data_dir: Path, given: str | None = None) -> "Secrets":
        """With the key of a data directory, made when there is none yet, or with the one that is
        ``given`` in base64.

        Raises StartError when there is a key file that cannot be one.
        """
        if given is not None:
            return cls(base64.b64decode(given))
        path = data_dir / "secret.key"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes()
        else:
            key = os.urandom(_KEY_BYTES)
            with os.fdopen(handle, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
        if len(key) != _KEY_BYTES:
            raise StartError(
                f"{path} is damaged: it has {len(key)} bytes instead of {_KEY_BYTES}. "
                "Restore it from a backup of the data directory."
            )
        return cls(key)

    def seal(self, text: str, *, belongs_to: str) -> str:
        """``text`` encrypted, for the database."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), belongs_to.encode())
        return _VERSION + base64.b64encode(sealed).decode()

    def open(self, sealed: str, *, belongs_to: str) -> str:
        """The text again. Raises StartError when it was sealed with another key, or changed."""
        content = base64.b64decode(sealed.removeprefix(_VERSION))
        nonce, rest = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, belongs_to.encode()).decode()
        except InvalidTag:
            raise StartError(
                "A stored secret does not open with this data directory's secret.key. "
                "Restore the key that belongs to this database."
            ) from None

"""What a client is set to, from its arguments and the environment."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from cevvo_sdk.errors import CevvoError

DEFAULT_BASE_URL = "https://api.cevvo.com/api/v1"
CONNECT_TIMEOUT = 5.0
log = logging.getLogger("cevvo_sdk")


@dataclass(frozen=True)
class Config:
    """``timeout``: the longest silence, in seconds. ``max_retries``: after the first attempt."""

    api_key: str
    base_url: str
    timeout: float
    max_retries: int
    headers: Mapping[str, str]
    idempotency_key: str | None = None


def make_config(
    api_key: str | None,
    base_url: str | None,
    timeout: float,
    max_retries: int,
    headers: Mapping[str, str] | None,
) -> Config:
    """Checked settings. Raises CevvoError with what would be right."""
    key = (api_key if api_key is not None else os.environ.get("CEVVO_API_KEY", "")).strip()
    if not key:
        raise CevvoError(
            "No API key: pass api_key or set the environment variable CEVVO_API_KEY. "
            "The dashboard makes one under API Keys, the command line with: cevvo keys create"
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise CevvoError("The API key has characters in it that no key has: copy it again.")
    url = (base_url or os.environ.get("CEVVO_BASE_URL") or DEFAULT_BASE_URL).strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CevvoError(
            f"The base URL {url!r} is none: give one such as http://127.0.0.1:8420/api/v1."
        )
    _start_log(os.environ.get("CEVVO_LOG", ""))
    return Config(key, url, timeout, max_retries, headers or {})


def _start_log(level: str) -> None:
    """CEVVO_LOG=info or debug shows requests on standard error; never keys or contents."""
    if not level:
        return
    if level.lower() not in ("debug", "info"):
        raise CevvoError(f"CEVVO_LOG is {level!r}: set it to info or debug, or leave it out.")
    log.setLevel(level.upper())
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        log.addHandler(handler)

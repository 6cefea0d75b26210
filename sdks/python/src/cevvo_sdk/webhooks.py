"""Checking that a webhook is from your server: Standard Webhooks 1.0, symmetric signatures."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from cevvo_sdk.errors import WebhookVerificationError
from cevvo_sdk.types.model import Model

TOLERANCE = 300.0  # seconds, as the standard recommends
_PREFIX = "whsec_"


class WebhookEvent(Model):
    """What happened. ``data`` depends on ``type``; ``timestamp`` is RFC 3339."""

    type: str
    timestamp: str
    data: dict[str, Any]


def verify(
    payload: bytes | str,
    headers: Mapping[str, str],
    secret: str,
    *,
    now: float | None = None,
) -> WebhookEvent:
    """The event of a webhook, once its signature has proved right.

    Args:
        payload: the body as it came, before anything parsed it.
        headers: of the request; names in any case.
        secret: of the endpoint, ``whsec_…``.
        now: seconds since 1970; the clock's unless given.

    Raises:
        WebhookVerificationError: a header is missing, no signature is right, or the message is
            more than five minutes old or early. Answer with status 400.
    """
    body = payload.encode() if isinstance(payload, str) else payload
    found = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, sent = found["webhook-id"], found["webhook-timestamp"]
        signatures = found["webhook-signature"].split()
    except KeyError as missing:
        raise WebhookVerificationError(f"The header {missing.args[0]} is missing.") from None
    signed = f"{message_id}.{sent}.".encode() + body
    right = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    if not any(hmac.compare_digest(right, each) for each in map(_signature, signatures)):
        raise WebhookVerificationError(
            "No signature of the webhook is right: check the secret, and pass the body as it came."
        )
    _check_time(sent, time.time() if now is None else now)
    return WebhookEvent(json.loads(body))


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise WebhookVerificationError("The secret is none: it looks like whsec_…")
    return key


def _signature(text: str) -> bytes:
    """Empty for one of another version than v1."""
    version, _, value = text.partition(",")
    try:
        return base64.b64decode(value, validate=True) if version == "v1" else b""
    except binascii.Error:
        return b""


def _check_time(sent: str, now: float) -> None:
    if not sent.isdecimal():
        raise WebhookVerificationError("The header webhook-timestamp is no time.")
    if abs(now - int(sent)) > TOLERANCE:
        raise WebhookVerificationError(
            "The webhook is more than five minutes old or early: it may be a repetition. "
            "Check that both clocks are right."
        )

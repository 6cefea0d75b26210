"""What generated requests need that a schema cannot say."""

import re
from secrets import token_hex
from typing import Any

import schemathesis

_VALID = re.compile(r"[\x21-\x7e]{1,255}")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """From somewhere else each time, as many wrong keys from one address are answered with 429. In
    a sequence, no idempotency key twice: the kept answer tells of what was deleted since."""
    case.headers["X-Forwarded-For"] = f"2001:db8:{token_hex(2)}:{token_hex(2)}::1"
    if case.meta is None or case.meta.phase.name.value != "stateful":
        return
    key = (case.headers or {}).get("Idempotency-Key")
    if key is not None and _VALID.fullmatch(str(key)):
        case.headers["Idempotency-Key"] = f"{key[:200]}-{token_hex(8)}"


@schemathesis.hook
def filter_body(context: Any, body: Any) -> bool:
    """No file that is meant to be none: in a form everything is text, which a file may well be."""
    return not (isinstance(body, dict) and "file" in body) or isinstance(body["file"], str | bytes)

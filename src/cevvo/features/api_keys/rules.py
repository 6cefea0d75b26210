"""What a key may be like. Each rule raises InvalidRequest that names the field at fault."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cevvo.domain.access import ALL_SCOPES, KeyKind, Scope
from cevvo.domain.time import Millis
from cevvo.errors import InvalidRequest

MESSAGES_PER_DAY = 2000
"""What a publishable key may ask in a day, unless its maker says otherwise."""
MOST = 2**31 - 1
"""As much as a column for a limit holds."""
LONGEST_NAME = 100
MOST_ORIGINS = 50
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*)"
_ORIGIN = re.compile(rf"(https?)://({_HOST}|\[[0-9a-f:.]+\])(?::([1-9][0-9]{{0,4}}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What somebody wants of a new key. What is None is left to the server."""

    name: str
    kind: KeyKind = "secret"
    scopes: Sequence[Scope] | None = None
    expires_at: Millis | None = None
    rate_limit: int | None = None
    tokens_per_day: int | None = None
    messages_per_day: int | None = None
    allowed_origins: Sequence[str] | None = None


def scopes_of(terms: KeyTerms) -> tuple[Scope, ...]:
    """The key's scopes: all of them for a secret key and ``chat`` for a publishable one, unless
    ``terms`` say otherwise."""
    publishable = terms.kind == "publishable"
    if terms.scopes is None:
        return ("chat",) if publishable else ALL_SCOPES
    unknown = [scope for scope in terms.scopes if scope not in ALL_SCOPES]
    if unknown or not terms.scopes:
        raise InvalidRequest(
            f"A key needs one or more of the scopes {', '.join(ALL_SCOPES)}"
            + (f"; {unknown[0]!r} is none." if unknown else "."),
            param="scopes",
        )
    if publishable and set(terms.scopes) != {"chat"}:
        raise InvalidRequest(
            "A publishable key is there for all to see: it may have only the scope chat.",
            param="scopes",
        )
    return tuple(dict.fromkeys(terms.scopes))


def origins_of(terms: KeyTerms) -> tuple[str, ...] | None:
    """The websites that may use a publishable key, as browsers write them; None for a secret one.

    Browsers leave a scheme's own port out (RFC 6454, section 6.2).
    """
    if terms.kind == "secret":
        if terms.allowed_origins is not None:
            raise InvalidRequest(
                "A secret key stays on servers, which have no origin: `allowed_origins` is for "
                "publishable keys.",
                param="allowed_origins",
            )
        return None
    if not terms.allowed_origins or len(terms.allowed_origins) > MOST_ORIGINS:
        raise InvalidRequest(
            f"A publishable key needs 1 to {MOST_ORIGINS} `allowed_origins`: the websites that may "
            "use it, such as https://www.example.com.",
            param="allowed_origins",
        )
    return tuple(dict.fromkeys(_origin(given) for given in terms.allowed_origins))


def _origin(given: str) -> str:
    match = _ORIGIN.fullmatch(given.strip().rstrip("/").lower())
    if match is None or (match[3] and int(match[3]) > 65535):
        raise InvalidRequest(
            f"{given[:100]!r} is no origin: write scheme and host, and a port if it has one, such "
            "as https://www.example.com, and no path or wildcard.",
            param="allowed_origins",
        )
    scheme, host, port = match.groups()
    return f"{scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS[scheme] else "")


def check(terms: KeyTerms, now: Millis) -> None:
    """Raises InvalidRequest for a name, an expiry or a limit that no key can have."""
    if not 1 <= len(terms.name.strip()) <= LONGEST_NAME:
        raise InvalidRequest(f"A key needs a name of 1 to {LONGEST_NAME} characters.", param="name")
    if terms.expires_at is not None and terms.expires_at <= now:
        raise InvalidRequest("A key must expire in the future.", param="expires_at")
    _check_limit("rate_limit", terms.rate_limit, "requests a minute")
    _check_limit("tokens_per_day", terms.tokens_per_day, "tokens a day")
    _check_limit("messages_per_day", terms.messages_per_day, "messages a day")
    if terms.kind == "secret" and terms.messages_per_day is not None:
        raise InvalidRequest(
            "`messages_per_day` is for publishable keys; bound a secret one by `tokens_per_day`.",
            param="messages_per_day",
        )


def _check_limit(name: str, value: int | None, unit: str) -> None:
    if value is not None and not 1 <= value <= MOST:
        raise InvalidRequest(f"`{name}` is 1 to {MOST} {unit}.", param=name)

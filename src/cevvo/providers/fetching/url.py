"""Web addresses, read once by one strict parser into the form that is checked and fetched.

What two parsers read differently is how a forbidden host gets past a check, so whatever is not
plainly an address is refused: user names, backslashes, control characters, odd ports, and hosts
that look like an IPv4 address but are not written as four decimal numbers.
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

import idna

from cevvo.errors import UrlNotAllowed

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_LENGTH = 8192
DEFAULT_PORTS = {"http": 80, "https": 443}

_URL = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?")
_REFUSED = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
    r"(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
# The "ends in a number" test of the WHATWG URL standard, section 3.5: such a host is an IPv4
# address to a browser or resolver, however it is written.
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

_ESCAPE_OR_UNSAFE = re.compile(r'%[0-9A-Fa-f]{2}|%|[^!-~]+|["<>`{}^|]')
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True)
class WebUrl:
    """An http or https address in normal form (RFC 3986, section 6.2), without fragment.

    ``host`` is an ASCII name in lower case, four decimal numbers, or an IPv6 address without
    brackets; ``path`` starts with a slash and holds no dot segments; ``query`` is empty when
    there is none. Percent escapes are upper case, and unreserved characters are not escaped.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, the port left out where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def __str__(self) -> str:
        return self.origin + self.path + (f"?{self.query}" if self.query else "")


def parse_url(text: str) -> WebUrl:
    """The address that ``text`` names. Raises UrlNotAllowed and says what is wrong with it."""
    if len(text) > MAX_LENGTH:
        raise UrlNotAllowed(f"The URL is longer than {MAX_LENGTH} characters.")
    if _REFUSED.search(text):
        raise UrlNotAllowed("The URL contains a backslash or a control character.")
    parts = _URL.fullmatch(text)
    if parts is None:
        raise UrlNotAllowed(
            "Only http and https URLs can be fetched, such as https://docs.example.com/."
        )
    scheme = parts[1].lower()
    if "@" in parts[2]:
        raise UrlNotAllowed("A URL with a user name or password cannot be fetched.")
    authority = _AUTHORITY.fullmatch(parts[2])
    if authority is None:
        raise UrlNotAllowed("The URL's host or port is not valid.")
    port = int(authority[2]) if authority[2] else DEFAULT_PORTS[scheme]
    if not 0 < port < 65536:
        raise UrlNotAllowed("The URL's port is not valid.")
    path = _without_dot_segments(normal_escapes(parts[3]))
    return WebUrl(scheme, parse_host(authority[1]), port, path, normal_escapes(parts[4] or ""))


@lru_cache(maxsize=1024)
def parse_host(text: str) -> str:
    """A host as in ``WebUrl.host``. Raises UrlNotAllowed for anything that is not plainly one.

    International names become ASCII by IDNA 2008 after the mapping of UTS 46, as in browsers, so
    that full-width digits and dots are read as what they stand for.
    """
    try:
        if text.startswith("["):
            if "%" in text or not text.endswith("]"):
                raise UrlNotAllowed("The URL's host is not valid.")
            return str(ipaddress.IPv6Address(text[1:-1]))
        host = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
        host = host.removesuffix(".")
        if not _NAME.fullmatch(host):
            raise UrlNotAllowed("The URL's host is not valid.")
        if _NUMERIC.fullmatch(host):
            return str(ipaddress.IPv4Address(host))
        return host
    except ValueError as error:  # also idna.IDNAError
        raise UrlNotAllowed("The URL's host is not valid.") from error


def literal_address(host: str) -> IpAddress | None:
    """The IP address that a host of normal form is, or None where it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def normal_escapes(text: str) -> str:
    """A path or query with just those characters escaped that must be, in upper case."""
    return _ESCAPE_OR_UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    piece = match[0]
    if len(piece) == 3 and piece[0] == "%":
        character = chr(int(piece[1:], 16))
        return character if character in _UNRESERVED else piece.upper()
    return "".join(f"%{byte:02X}" for byte in piece.encode())


def _without_dot_segments(path: str) -> str:
    """RFC 3986, section 5.2.4, for an absolute path."""
    output: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del output[-1:]
        elif segment != ".":
            output.append(segment)
    if segments and segments[-1] in (".", ".."):
        output.append("")
    return "/" + "/".join(output)

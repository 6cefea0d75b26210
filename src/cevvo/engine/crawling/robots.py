"""robots.txt (RFC 9309): what a site allows, how fast, and where its sitemaps are.

It is read in one pass and matched without regular expressions: a hostile file costs no more than
its length.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite

from cevvo.engine.crawling.politeness import PoliteFetcher
from cevvo.errors import Permanent, Transient, UrlNotAllowed
from cevvo.providers.fetching.retry_after import retry_after
from cevvo.providers.fetching.url import normal_escapes, parse_url

AGENT = "cevvo"
MAX_DELAY = 10.0
MAX_BYTES = 512_000  # the least that RFC 9309, 2.5 asks to read; what is beyond is not

_LINE = re.compile(r"([A-Za-z]+(?:[ -][A-Za-z]+)?)\s*[:\s]\s*(.*)")
_PRODUCT = re.compile(r"[A-Za-z_-]+|\*(?=\s|$)")
_RATE = re.compile(r"(\d{1,6})\s*/\s*(\d{1,6})\s*([smhd]?)", re.ASCII | re.IGNORECASE)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DISALLOW = {"disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"}
_USER_AGENT = {"user-agent", "useragent", "user agent"}
_SITEMAP = {"sitemap", "sitemaps", "site-map"}
_NAMED = re.compile(r"(\*|[a-z][\w.-]*)(?:/\S+)?\s*:(.*)")
_WITH_VALUE = {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}


@dataclass(frozen=True, slots=True)
class Rule:
    """An allow or disallow line. ``parts`` is its path, split at the wildcards."""

    allow: bool
    parts: tuple[str, ...]
    to_the_end: bool
    length: int

    def matches(self, target: str) -> bool:
        """Whether a path with query is covered; wildcards take as little as they can."""
        first, *middle = self.parts
        if not target.startswith(first):
            return False
        at = len(first)
        if not middle:
            return at == len(target) or not self.to_the_end
        last = middle.pop()
        for part in middle:
            found = target.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        if self.to_the_end:
            return target.endswith(last) and len(target) - len(last) >= at
        return target.find(last, at) >= 0


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one origin, the most specific first, allowing before forbidding.

    ``delay`` is in seconds between requests, at most 10.
    """

    rules: tuple[Rule, ...]
    delay: float
    sitemaps: tuple[str, ...]
    _beginnings: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_beginnings", tuple({rule.parts[0] for rule in self.rules}))

    def allows(self, url: str) -> bool:
        """Whether this address may be fetched."""
        page = parse_url(url)
        target = _comparable(page.path + (f"?{page.query}" if page.query else ""))
        if not target.startswith(self._beginnings) or target == "/robots.txt":
            return True
        return next((rule.allow for rule in self.rules if rule.matches(target)), True)


async def load_robots(fetcher: PoliteFetcher, origin: str) -> Robots:
    """Read an origin's robots.txt. No such file (4xx) allows everything.

    Raises Transient (``unreachable``) when the server fails: the site's will is not known then,
    so nothing may be fetched (RFC 9309, 2.3.1.4). Raises UrlNotAllowed for a forbidden address.
    """
    try:
        answer = await fetcher.get(f"{origin}/robots.txt", max_bytes=MAX_BYTES, truncate=True)
    except UrlNotAllowed:
        raise
    except Permanent:  # endless redirects: as if there were none
        return parse_robots("")
    if answer.status == 429 or answer.status >= 500:
        raise Transient(
            f"{origin}/robots.txt answers HTTP {answer.status}, so it is not known what may be "
            "crawled.",
            reason="unreachable",
            retry_after=retry_after(answer.headers),
        )
    if answer.status != 200:
        return parse_robots("")
    content = answer.body
    if len(content) >= MAX_BYTES:
        content = content.rpartition(b"\n")[0]  # half a line could forbid everything
    return parse_robots(content.decode("utf-8-sig", "replace"))


def parse_robots(text: str) -> Robots:
    """The rules in a robots.txt's text; what is not understood has no effect."""
    groups: dict[str, _Group] = {}
    sitemaps: list[str] = []
    current: set[str] = set()
    naming = False
    for name, value in _lines(text):
        if name in _USER_AGENT:
            if not naming:
                current = set()
            naming = True
            product = _PRODUCT.match(value)
            if product and product[0].lower() in (AGENT, "*"):
                current.add(product[0].lower())
                groups.setdefault(product[0].lower(), _Group())
        elif name in _SITEMAP:
            sitemaps.append(value)
        else:
            taken = [groups[agent].take(name, value) for agent in current]
            naming = naming and not any(taken)
    group = groups.get(AGENT) or groups.get("*") or _Group()
    rules = sorted(group.rules, key=lambda rule: (-rule.length, not rule.allow))
    return Robots(tuple(rules), min(group.delay, MAX_DELAY), tuple(sitemaps))


def robots_header(value: str) -> frozenset[str]:
    """The directives of ``X-Robots-Tag`` that hold for us, in lower case.

    ``value`` may have several lines, one for each time that the header was sent. A product's name
    (``otherbot: noindex, nofollow``) holds to the end of its line or to the next name. ``none`` is
    given as ``noindex`` and ``nofollow``; directives with a value are left out.
    """
    ours: set[str] = set()
    for line in value.lower().splitlines():
        holds = True
        for part in line.split(","):
            directive = part.strip()
            named = _NAMED.fullmatch(directive)
            if named and named[1] not in _WITH_VALUE:
                holds = named[1] in (AGENT, "*")
                directive = named[2].strip()
            if holds and ":" not in directive:
                ours.add(directive)
    if "none" in ours:
        ours |= {"noindex", "nofollow"}
    return frozenset(ours - {"", "none"})


class _Group:
    """What holds for one product. ``delay`` is in seconds."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.delay = 0.0

    def take(self, name: str, value: str) -> bool:
        """Take a line in; whether it is one that belongs to a group."""
        if name == "allow" or name in _DISALLOW:
            if value:
                self.rules.append(_rule(name == "allow", value))
        elif name in ("crawl-delay", "crawl delay"):
            self.delay = max(self.delay, _seconds(value))
        elif name in ("request-rate", "request rate"):
            rate = _RATE.match(value)
            if rate and int(rate[1]):
                seconds = int(rate[2]) * _UNITS[rate[3].lower()]
                self.delay = max(self.delay, seconds / int(rate[1]))
        else:
            return False
        return True


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.replace("\r", "\n").split("\n"):
        parts = _LINE.match(line.partition("#")[0].strip())
        if parts:
            yield parts[1].lower(), parts[2]


def _rule(allow: bool, value: str) -> Rule:
    path = normal_escapes(value if value[0] in "/*" else f"/{value}")
    parts = tuple(_comparable(part) for part in path.removesuffix("$").split("*"))
    return Rule(allow, parts, path.endswith("$"), len(path))


def _comparable(path: str) -> str:
    """The wildcards' own characters, which a rule can only mean by escaping them, as they are."""
    return path.replace("%2A", "*").replace("%24", "$")


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        return 0.0
    return seconds if isfinite(seconds) and seconds > 0 else 0.0

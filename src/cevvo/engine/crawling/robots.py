"""robots.txt (RFC 9309): what a site allows, how fast, and where its sitemaps are."""

from dataclasses import dataclass

from protego import Protego

from cevvo.engine.crawling.politeness import PoliteFetcher
from cevvo.errors import Permanent, Transient, UrlNotAllowed

AGENT = "cevvo"
MAX_DELAY = 10.0
_MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one origin. ``delay`` is in seconds between requests, at most 10."""

    rules: Protego
    delay: float
    sitemaps: tuple[str, ...]

    def allows(self, url: str) -> bool:
        """Whether this address may be fetched."""
        return bool(self.rules.can_fetch(url, AGENT))


async def load_robots(fetcher: PoliteFetcher, origin: str) -> Robots:
    """Read an origin's robots.txt. No such file (4xx) allows everything.

    Raises Transient (``unreachable``) when the server fails: the site's will is not known then,
    so nothing may be fetched (RFC 9309, 2.3.1.4). Raises UrlNotAllowed for a forbidden address.
    """
    try:
        answer = await fetcher.get(f"{origin}/robots.txt", max_bytes=_MAX_BYTES)
    except UrlNotAllowed:
        raise
    except Permanent:  # endless redirects, too large: as if there were none
        return parse_robots("")
    if answer.status == 429 or answer.status >= 500:
        raise Transient(
            f"{origin}/robots.txt answers HTTP {answer.status}, so it is not known what may be "
            "crawled.",
            reason="unreachable",
        )
    return parse_robots(answer.body.decode("utf-8-sig", "replace") if answer.status == 200 else "")


def parse_robots(text: str) -> Robots:
    """The rules in a robots.txt's text; what is not understood has no effect."""
    rules = Protego.parse(text)
    delay = min(rules.crawl_delay(AGENT) or 0.0, MAX_DELAY)
    return Robots(rules, delay, tuple(rules.sitemaps))

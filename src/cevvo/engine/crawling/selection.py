"""Which pages of a site its owner wants taken in: the include and exclude rules of a source."""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from cevvo.errors import InvalidRequest, UrlNotAllowed
from cevvo.providers.fetching.url import normal_escapes, parse_url

MAX_RULES = 100
MAX_RULE_LENGTH = 500

_ORIGIN = re.compile(r"https?://[^/?*]+(?=[/?]|$)")


@dataclass(frozen=True, slots=True)
class Selection:
    """Rules are matched against a page's path and query; one that begins with ``http`` against the
    whole address.

    ``*`` stands for any characters. A rule without it means that page and all below it:
    ``/guide`` matches ``/guide`` and ``/guide/setup``, not ``/guidelines``. An exclude rule wins
    over an include rule; without include rules everything is included. Letters may be written as
    they are or percent-encoded, as in addresses.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def checked(cls, include: Sequence[str], exclude: Sequence[str]) -> Self:
        """The rules, stripped. Raises InvalidRequest for one that can match nothing."""
        return cls(_checked("include", include), _checked("exclude", exclude))

    def reason(self, url: str) -> str | None:
        """Why the rules leave this page out; None when they do not."""
        for rule in self.exclude:
            if _matches(rule, url):
                return f"excluded by {rule}"
        if self.include and not any(_matches(rule, url) for rule in self.include):
            return "no include rule matches"
        return None


def _checked(name: str, rules: Sequence[str]) -> tuple[str, ...]:
    stripped = tuple(rule.strip() for rule in rules)
    if len(stripped) > MAX_RULES:
        raise InvalidRequest(
            f"`crawl.{name}` has more than {MAX_RULES} rules.", param=f"crawl.{name}"
        )
    for rule in stripped:
        if not rule.startswith(("/", "*", "http://", "https://")) or len(rule) > MAX_RULE_LENGTH:
            raise InvalidRequest(
                f"{rule[:80]!r} is no rule: write a path such as /guide, a pattern such as "
                "*/archive/* or a whole address, in at most "
                f"{MAX_RULE_LENGTH} characters.",
                param=f"crawl.{name}",
            )
    return stripped


def _matches(rule: str, url: str) -> bool:
    return _pattern(rule).fullmatch(_subject(rule, url)) is not None


def _subject(rule: str, url: str) -> str:
    if rule.startswith("http"):
        return url
    page = parse_url(url)
    return page.path + (f"?{page.query}" if page.query else "")


@lru_cache(maxsize=4 * MAX_RULES)
def _pattern(rule: str) -> re.Pattern[str]:
    """``*`` in a row count once, and each part between them is looked for once, so that no rule
    takes more than linear time for each ``*``."""
    rule = _normal(rule)
    parts = re.split(r"\*+", rule)
    if len(parts) == 1:
        below = "" if rule.endswith("/") else "(?:[/?].*)?"
        return re.compile(re.escape(rule) + (".*" if rule.endswith("/") else below), re.DOTALL)
    first, *middle, last = map(re.escape, parts)
    lazily = "".join(f"(?>.*?{part})" for part in middle)
    return re.compile(f"{first}{lazily}.*{last}", re.DOTALL)


def _normal(rule: str) -> str:
    """A rule in the spelling in which addresses are known."""
    origin = _ORIGIN.match(rule)
    if origin is None:
        return normal_escapes(rule)
    site = origin[0]
    with contextlib.suppress(UrlNotAllowed):  # matches nothing, then
        site = parse_url(site).origin
    return site + normal_escapes(rule[origin.end() :])

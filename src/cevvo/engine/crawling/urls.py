"""One address for one page, and which addresses belong to a crawl."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from cevvo.errors import UrlNotAllowed
from cevvo.providers.fetching.url import DEFAULT_PORTS, WebUrl, parse_url

# Parameters that say where a visitor came from or who it is, and never which page it is.
_NOISE = re.compile(
    r"utm_\w+|gclid|dclid|gbraid|wbraid|fbclid|msclkid|yclid|igshid|mc_[ce]id|_ga|_gl|_hsenc|_hsmi"
    r"|mkt_tok|jsessionid|phpsessid|aspsessionid\w*|oscsid|zenid|s?sid|sess(?:ion)?_?id|cfid|cftoken",
    re.IGNORECASE,
)
# ;jsessionid=… of Java servers, and the folder (S(…)) of ASP.NET.
_SESSION_IN_PATH = re.compile(
    r";(?:jsessionid|phpsessid|sid)=[^/;]*|/\([a-z]\([a-z0-9]+\)\)(?=/|$)", re.IGNORECASE
)
_FILE = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,5}$")


def normalize(url: str) -> str | None:
    """The one spelling under which a page is known, or None for what is no web address.

    On top of the normal form of RFC 3986 it drops the fragment, tracking parameters and session
    ids. Other parameters keep their order: some sites read it.
    """
    page = _page(url)
    return None if page is None else str(page)


@lru_cache(maxsize=4096)  # the pages of a site mostly link to the same ones
def _page(url: str) -> WebUrl | None:
    try:
        parsed = parse_url(url.strip())
    except UrlNotAllowed:
        return None
    path, query = parsed.path, parsed.query
    if ";" in path or "/(" in path:
        path = _SESSION_IN_PATH.sub("", path) or "/"
    if query:
        parts = query.split("&")
        query = "&".join(p for p in parts if p and not _NOISE.fullmatch(p.partition("=")[0]))
    return WebUrl(parsed.scheme, parsed.host, parsed.port, path, query)


@dataclass(frozen=True, slots=True)
class Scope:
    """The host and folder that a crawl stays within.

    ``https://h/docs/`` and ``https://h/docs`` cover ``/docs`` and all below; a start page that
    names a file (``/docs/index.html``) covers its folder. http and https of a host are the same
    site: its pages are known under the scheme that the start page was reached by.
    """

    scheme: str
    host: str
    port: int
    folder: str

    @classmethod
    def around(cls, start_url: str) -> Self:
        """The scope of a crawl that starts here. Raises UrlNotAllowed for what is no address."""
        url = parse_url(start_url)
        folder, _, last = url.path.rpartition("/")
        if last and not _FILE.search(last):
            folder = url.path
        return cls(url.scheme, url.host, url.port, f"{folder}/")

    @property
    def root(self) -> str:
        """The address of the scope's folder."""
        return str(WebUrl(self.scheme, self.host, self.port, self.folder, ""))

    def admit(self, url: str) -> str | None:
        """The normal form of an address within the scope, None for any other."""
        page = _page(url)
        if page is None or page.host != self.host or not f"{page.path}/".startswith(self.folder):
            return None
        standard = DEFAULT_PORTS.values()
        if page.port != self.port and not (page.port in standard and self.port in standard):
            return None
        return str(WebUrl(self.scheme, self.host, self.port, page.path, page.query))

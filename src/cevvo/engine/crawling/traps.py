"""Addresses that are not worth a request: crawler traps, and files that are no documents."""

import re
from collections import Counter

from cevvo.providers.fetching.url import WebUrl, parse_url

MAX_LINKS = 5000  # of one page; a judgement on each takes microseconds of the event loop
MAX_URL_LENGTH = 2000
MAX_PARAMETERS = 8
MAX_REPEATS = 3
MAX_SEGMENTS = 20
MAX_VARIANTS = 50

# /2024/05/, /2024-05-17, /20240517, /2024/may, /2024-W20: a calendar has one for every day.
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"/(?:(?:19|20|21)\d\d(?:[/-](?:w?\d{{1,2}}|{_MONTH})){{1,2}}"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?=/|$)",
    re.IGNORECASE,
)
# A folder named at random tells whose visit it is: hexadecimal digits as in /s/5f2b8c…/page, or
# letters mixed with digits. So may a parameter of a path, ;name=value.
_SESSION = re.compile(
    r"/(?:[0-9a-f-]{16,}|(?=[^/]*\d)(?=[^/]*[a-z])[a-z0-9]{20,})(?=/)|;[^/=]+=[^/]*",
    re.IGNORECASE,
)
# Values of a query that there is no end of: numbers and dates, numbers behind a letter or two
# (x17), session ids, and the address to return to. Any other text is taken for a page's name.
_ENDLESS = re.compile(
    r"(?:\d|[-+.,:;/_TWZ]|%2[0BCF]|%3A"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)*"
    r"|[a-z]{1,2}\d+|[0-9a-f-]{16,}|(?=.*\d)(?=.*[a-z])[a-z0-9]{20,}"
    r"|(?:/|%2F|https?(?::|%3A)).*",
    re.IGNORECASE,
)
# Only sure ones: Node.js, libc.so or package.json may as well be the title of a page.
_NO_DOCUMENT = re.compile(
    r"\.(?:png|jpe?g|gif|webp|avif|svgz?|ico|bmp|tiff?|psd|mp[34]|m4[av]|webm|ogg|ogv|wav|flac|avi"
    r"|mov|mkv|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|jar|war|whl|deb|rpm|dmg|pkg|iso|img|exe|msi|apk|bin"
    r"|dll|woff2?|ttf|otf|eot|css|mjs|wasm|rss|atom|csv|xlsx?|pptx?|od[tsp]|epub|sqlite|torrent|ics"
    r"|asc|sig|sha256|md5)$",
    re.IGNORECASE,
)


def no_document(url: str) -> str | None:
    """The ending, in lower case, by which an address (of normal form) is none of a document."""
    extension = _NO_DOCUMENT.search(url.partition("?")[0])
    return extension[0].lower() if extension else None


class Traps:
    """Tells the addresses of one crawl that are refused without a request."""

    def __init__(self) -> None:
        self._variants: Counter[str] = Counter()
        self._queries: set[tuple[str, str]] = set()
        self._names: set[tuple[str, str]] = set()

    def reason(self, url: str) -> str | None:
        """Why not to fetch this address, None if nothing speaks against it.

        Call it once for each address: it counts those that differ only in a date, a session id
        or a query. A query that names a page, as those of wikis do (``?title=Knots``), is no
        difference of that kind; further parameters to the same name (``&action=history``) are.
        """
        if len(url) > MAX_URL_LENGTH:
            return f"address longer than {MAX_URL_LENGTH} characters"
        page = parse_url(url)
        extension = no_document(url)
        if extension is not None:
            return f"not a document ({extension})"
        if page.query.count("&") >= MAX_PARAMETERS:
            return f"more than {MAX_PARAMETERS} query parameters"
        segments = [segment for segment in page.path.split("/") if segment]
        if len(segments) > MAX_SEGMENTS:
            return f"more than {MAX_SEGMENTS} path segments"
        names = Counter(segment for segment in segments if not segment.isdigit())
        if names and max(names.values()) >= MAX_REPEATS:
            return f"a path segment occurs {MAX_REPEATS} times"
        return self._variant(page)

    def _variant(self, page: WebUrl) -> str | None:
        """Why not to fetch one more address that is like others before."""
        if page.query:
            # By name only: the order of the values of one name is more likely to mean something.
            parameters = sorted(page.query.split("&"), key=lambda part: part.partition("=")[0])
            query = (page.path, "&".join(parameters))
            if query in self._queries:
                return "the same query parameters in another order"
            self._queries.add(query)
        dated = _DATE.sub("/{date}", page.path)
        path = _SESSION.sub("/{session}", dated)
        if path != page.path or (page.query and not self._names_a_page(path, page.query)):
            self._variants[path] += 1
            if self._variants[path] > MAX_VARIANTS:
                differing = "a date or query" if path == dated else "a session id"
                return f"more than {MAX_VARIANTS} addresses that differ only in {differing}"
        return None

    def _names_a_page(self, path: str, query: str) -> bool:
        """Whether a query holds a text that none before had at this path."""
        parameters = query.split("&")
        names = {p for p in parameters if not _ENDLESS.fullmatch(p.partition("=")[2] or p)}
        new = {(path, name) for name in names} - self._names
        self._names |= new
        return bool(new) or (len(parameters) == 1 and bool(names))

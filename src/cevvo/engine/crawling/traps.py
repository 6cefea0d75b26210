"""Addresses that are not worth a request: crawler traps, and files that are no documents."""

import re
from collections import Counter

from cevvo.providers.fetching.url import parse_url

MAX_URL_LENGTH = 2000
MAX_PARAMETERS = 8
MAX_REPEATS = 3
MAX_VARIANTS = 50

# /2024/05/ or /2024-05-17 and the like at the end of a path: a calendar has one for every day.
_DATE = re.compile(r"(?:/(?:19|20|21)\d\d(?:[/-]\d{1,2}){1,2})/?$")
_NO_DOCUMENT = re.compile(
    r"\.(?:png|jpe?g|gif|webp|avif|svgz?|ico|bmp|tiff?|psd|mp[34]|m4[av]|webm|ogg|ogv|wav|flac|avi"
    r"|mov|mkv|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|jar|war|whl|deb|rpm|dmg|pkg|iso|img|exe|msi|apk|bin"
    r"|so|dll|woff2?|ttf|otf|eot|css|js|mjs|map|wasm|json|xml|rss|atom|csv|xlsx?|pptx?|od[tsp]"
    r"|epub|sqlite|db|torrent|ics|asc|sig|sha256|md5)$",
    re.IGNORECASE,
)


class Traps:
    """Tells the addresses of one crawl that are refused without a request."""

    def __init__(self) -> None:
        self._variants: Counter[str] = Counter()

    def reason(self, url: str) -> str | None:
        """Why not to fetch this address, None if nothing speaks against it.

        Call it once for each address: it counts how many differ only in a date or a query.
        """
        if len(url) > MAX_URL_LENGTH:
            return f"address longer than {MAX_URL_LENGTH} characters"
        page = parse_url(url)
        extension = _NO_DOCUMENT.search(page.path)
        if extension:
            return f"not a document ({extension[0].lower()})"
        if page.query.count("&") >= MAX_PARAMETERS:
            return f"more than {MAX_PARAMETERS} query parameters"
        segments = Counter(s for s in page.path.split("/") if s and not s.isdigit())
        if segments and max(segments.values()) >= MAX_REPEATS:
            return f"a path segment occurs {MAX_REPEATS} times"
        path = _DATE.sub("/{date}", page.path)
        if page.query or path != page.path:
            self._variants[path] += 1
            if self._variants[path] > MAX_VARIANTS:
                return f"more than {MAX_VARIANTS} addresses that differ only in a date or query"
        return None

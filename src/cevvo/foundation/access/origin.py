"""Whether a browser's request comes from this server's own pages.

A cookie goes along with whatever any website has the browser send. ``SameSite=Lax`` keeps it from
most of that; this keeps the rest from changing anything. (OWASP, Cross-Site Request Forgery
Prevention, "Fetch Metadata headers" and "Verifying origin with standard headers", 2025.)
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from cevvo.errors import CrossOrigin

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def require_same_origin(scope: Scope, *, named: bool) -> None:
    """Raises CrossOrigin for a change that another site asks for.

    ``named``: the request has to say where it comes from, as every browser does. Without it only
    what does say so is held to it: no cookie speaks for the caller then.
    """
    if scope["method"] in _SAFE_METHODS:
        return
    headers = Headers(scope=scope)
    site, origins = headers.get("sec-fetch-site"), headers.getlist("origin")
    own = headers.get("host", "").lower()
    if site not in (None, "same-origin") or any(_host(origin) != own for origin in origins):
        raise CrossOrigin("Another website sent this: only the dashboard's own pages may.")
    if named and site is None and not origins:
        raise CrossOrigin(
            "A change in a session needs an `Origin` header, as browsers send it. "
            "Programs use an API key: `Authorization: Bearer <key>`."
        )


def _host(origin: str) -> str:
    """Host and port of an origin; empty, and so no host's, for ``null`` and what is none."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return parts.netloc.lower() if parts.scheme in ("http", "https") else ""

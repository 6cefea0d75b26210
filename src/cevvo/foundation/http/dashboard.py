"""Serves the built dashboard: one page, hashed assets, client-side routes.

Nothing in it comes from elsewhere and nothing is inline, so the policy can be strict.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from cevvo.foundation.http.response_headers import is_api

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_NOT_BUILT = (
    "<!doctype html><title>Cevvo</title><p>The API is running. This installation has no dashboard:"
    " from a source checkout, <code>make setup</code> builds it."
)
_WORDS = {"text/html", "text/css", "text/javascript", "image/svg+xml", "application/json"}


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    gzipped: bytes | None
    media_type: str

    def response(self, request: Request, cache: str) -> Response:
        headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
        content = self.content
        if self.gzipped and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"], content = "gzip", self.gzipped
        if self.media_type == "text/html":
            headers["Content-Security-Policy"] = POLICY
        return Response(content, headers=headers, media_type=self.media_type)


def _read(path: Path) -> _File:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    gzipped = gzip.compress(content, mtime=0) if media_type in _WORDS else None
    return _File(content, gzipped, media_type)


def install_dashboard(app: FastAPI, folder: Path) -> None:
    """Serve ``folder`` under every path that no other route has. Add it after all other routes."""
    files = {
        f"/{path.relative_to(folder).as_posix()}": _read(path)
        for path in folder.rglob("*")
        if path.is_file() and not path.parent.name.startswith(".")
    }
    page = files.pop("/index.html", None)

    async def dashboard(request: Request) -> Response:
        asked = request.url.path
        if asked in files:
            hashed = asked.startswith("/assets/")  # the name changes with the content
            cache = "public, max-age=31536000, immutable" if hashed else "no-cache"
            return files[asked].response(request, cache)
        if asked.startswith("/assets/"):
            raise HTTPException(404)
        if page is None:
            return HTMLResponse(_NOT_BUILT, headers={"Content-Security-Policy": POLICY})
        return page.response(request, "no-cache")

    app.router.routes.append(_Pages("/{path:path}", dashboard, include_in_schema=False))


class _Pages(Route):
    """Every path but the API's, which knows best what there is and which methods it takes."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the dashboard answers this request."""
        if scope["path"].startswith("/api/") or is_api(scope):
            return Match.NONE, {}
        return super().matches(scope)

"""Serves the built dashboard: one page, hashed assets, client-side routes."""

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from cevvo.foundation.http.response_headers import is_api
from cevvo.foundation.http.static_files import FOREVER, POLICY, REVALIDATED, read_folder

_NOT_BUILT = (
    "<!doctype html><title>Cevvo</title><p>The API is running. This installation has no dashboard:"
    " from a source checkout, <code>make setup</code> builds it."
)


def install_dashboard(app: FastAPI, folder: Path) -> None:
    """Serve ``folder`` under every path that no other route has. Add it after all other routes.

    A file that is not in it is 404: whoever looks for one would take the page for it.
    """
    files = read_folder(folder)
    page = files.pop("index.html", None)

    async def dashboard(request: Request) -> Response:
        asked = request.url.path.removeprefix("/")
        hashed = asked.startswith("assets/")
        if asked in files:
            return files[asked].response(request, FOREVER if hashed else REVALIDATED)
        if hashed or "." in asked:  # /robots.txt, /.well-known/…: no page of it has a dot
            raise HTTPException(404)
        if page is None:
            return HTMLResponse(_NOT_BUILT, headers={"Content-Security-Policy": POLICY})
        return page.response(request, REVALIDATED)

    app.router.routes.append(_Pages("/{path:path}", dashboard, include_in_schema=False))


class _Pages(Route):
    """Every path but the API's, which knows best what there is and which methods it takes."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the dashboard answers this request."""
        if scope["path"].startswith("/api/") or is_api(scope):
            return Match.NONE, {}
        return super().matches(scope)

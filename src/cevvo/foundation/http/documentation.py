"""Serves the built documentation under ``/docs``: plain pages, open to everyone."""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cevvo.foundation.http.static_files import FOREVER, POLICY, REVALIDATED, read_folder

_NOT_BUILT = (
    "<!doctype html><title>Cevvo documentation</title><p>This installation has no documentation: "
    'from a source checkout, <code>make docs</code> builds it. <a href="/openapi.json">The API\'s '
    "description</a> is there."
)


def install_documentation(app: FastAPI, folder: Path) -> None:
    """Serve ``folder``: ``index.html`` as ``/docs``, ``websites.html`` as ``/docs/websites``."""
    files = read_folder(folder)

    async def documentation(request: Request) -> Response:
        asked = request.url.path.removeprefix("/docs").removeprefix("/")
        if asked.endswith("/") or request.url.path == "/docs/":
            return RedirectResponse(f"/docs/{asked.rstrip('/')}".rstrip("/"), status_code=308)
        if asked.startswith("assets/") and asked in files:
            return files[asked].response(request, FOREVER)
        page = files.get(f"{asked or 'index'}.html") or files.get(asked)
        if page is not None:
            return page.response(request, REVALIDATED)
        if missing := files.get("404.html"):
            response = missing.response(request, REVALIDATED)
            response.status_code = 404
            return response
        return HTMLResponse(_NOT_BUILT, headers={"Content-Security-Policy": POLICY})

    for path in ("/docs", "/docs/{path:path}"):
        app.add_route(path, documentation, include_in_schema=False)

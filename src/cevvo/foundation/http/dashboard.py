"""Serves the built dashboard: one page, hashed assets, client-side routes.

Nothing in it comes from elsewhere and nothing is inline, so the policy can be strict.
"""

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_NOT_BUILT = (
    "<!doctype html><title>Cevvo</title><p>The API is running. This installation has no dashboard:"
    " from a source checkout, <code>make setup</code> builds it."
)


def install_dashboard(app: FastAPI, folder: Path) -> None:
    """Serve ``folder`` under every path that no other route has. Add it after all other routes."""
    page = folder / "index.html"
    assets = {
        f"/{path.relative_to(folder).as_posix()}": path
        for path in folder.rglob("*")
        if path.is_file() and path != page
    }

    @app.get("/{path:path}", include_in_schema=False)
    def dashboard(request: Request) -> Response:
        asked = request.url.path
        if asked in assets:
            forever = asked.startswith("/assets/")  # their names change with their content
            return FileResponse(
                assets[asked],
                headers={
                    "Cache-Control": "public, max-age=31536000, immutable"
                    if forever
                    else "no-cache"
                },
            )
        if asked.startswith(("/api/", "/assets/")):
            raise HTTPException(404)
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        if not page.exists():
            return HTMLResponse(_NOT_BUILT, headers=headers)
        return FileResponse(page, headers=headers)

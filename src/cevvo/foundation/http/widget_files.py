"""Serves the built widget to every website, and a page to try it on.

``/widget.js`` is the loader, whose address is in the websites' own pages; it names the rest, whose
names change with their content. Any website may load them: whether a key works there is told by
the key.
"""

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cevvo.foundation.http.static_files import FOREVER, REVALIDATED, StaticFile, read_folder

_LOADER = "public, max-age=300"  # so long a website may go on with an older widget
_ANYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def install_widget(app: FastAPI, folder: Path) -> None:
    """Serve ``folder`` at ``/widget.js`` and below ``/widget/``."""
    files = read_folder(folder)

    def file(name: str) -> StaticFile:
        if name not in files:
            raise HTTPException(404)
        return files[name]

    @app.get("/widget.js", include_in_schema=False)
    async def widget_loader(request: Request) -> Response:
        return _anywhere(file("loader.js").response(request, _LOADER))

    @app.get("/widget/assets/{name}", include_in_schema=False)
    async def widget_asset(request: Request, name: str) -> Response:
        return _anywhere(file(f"assets/{name}").response(request, FOREVER))

    @app.get("/widget/demo", include_in_schema=False)
    async def widget_demo(request: Request) -> Response:
        return file("demo.html").response(request, REVALIDATED)

    @app.get("/widget/demo.js", include_in_schema=False)
    @app.get("/widget/demo.css", include_in_schema=False)
    async def widget_demo_file(request: Request) -> Response:
        return file(request.url.path.removeprefix("/widget/")).response(request, REVALIDATED)


def _anywhere(response: Response) -> Response:
    response.headers.update(_ANYWHERE)
    return response

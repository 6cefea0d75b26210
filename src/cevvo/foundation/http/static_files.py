"""Files of a folder, read once when the server starts, and how they are sent.

Nothing in the built pages comes from elsewhere and nothing is inline, so the policy can be strict.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
REVALIDATED = "no-cache"
FOREVER = "public, max-age=31536000, immutable"
"""For files whose name changes with their content."""
_WORDS = {"text/html", "text/css", "text/javascript", "image/svg+xml", "application/json"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file, and the same compressed where that helps."""

    content: bytes
    gzipped: bytes | None
    media_type: str

    def response(self, request: Request, cache: str) -> Response:
        """It, in the encoding that the client takes, to be cached as ``cache`` says."""
        headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
        content = self.content
        if self.gzipped and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"], content = "gzip", self.gzipped
        if self.media_type == "text/html":
            headers["Content-Security-Policy"] = POLICY
        return Response(content, headers=headers, media_type=self.media_type)


def read_folder(folder: Path) -> dict[str, StaticFile]:
    """The files below a folder by their path in it, ``assets/app.js``; none if it is not there."""
    return {
        path.relative_to(folder).as_posix(): _read(path)
        for path in folder.rglob("*")
        if path.is_file() and not path.parent.name.startswith(".")
    }


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    gzipped = gzip.compress(content, mtime=0) if media_type in _WORDS else None
    return StaticFile(content, gzipped, media_type)

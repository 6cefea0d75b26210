"""Files of users handed back: to be saved, never to be opened in the place of this server."""

import re
from typing import Any
from urllib.parse import quote

from cevvo.domain.file_names import display_name

ATTACHMENT: dict[str, Any] = {
    "description": "The file, as an attachment.",
    "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
}
"""How the description shows such a response: of the file's own type, whatever that is."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def attachment_headers(name: str, media_type: str) -> dict[str, str]:
    """The headers of a download under ``name``, whatever characters that is made of.

    The name comes twice, as RFC 6266 advises: in ASCII, and percent-encoded as it is. The type is
    sent without a charset, which nobody knows. Were a browser to show the file all the same, the
    sandbox would keep its scripts from running and from acting for the user.
    """
    shown = display_name(name)
    plain = _UNSAFE.sub("_", shown)
    return {
        "Content-Type": media_type,
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''"
        + quote(shown, safe=""),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }

"""Headers that every response carries, whoever makes it.

Layers further in add theirs with ``add_response_header``, also before they refuse a request: an
error made further out then has them too.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

API_PREFIX = "/api/v1"
OPENAI_PREFIX = "/v1"
MCP_PATH = "/mcp"
_PREFIXES = (API_PREFIX, OPENAI_PREFIX, MCP_PATH)
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For whatever is no page: should a browser show it all the same, nothing in it runs."""
_NOTHING = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def is_api(scope: Scope) -> bool:
    """Whether the request is for the API, and so needs an API key."""
    path: str = scope["path"]
    return is_api_path(path)


def is_api_path(path: str) -> bool:
    """Whether a path is one of the API's, whether there is anything under it or not."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in _PREFIXES)


def add_response_header(scope: Scope, name: str, value: str) -> None:
    """Put a header on the response of this request, unless the response has one of that name."""
    scope["state"]["response_headers"][name.lower().encode("ascii")] = value.encode("latin-1")


class ResponseHeaders:
    """The outermost layer: opens ``scope["state"]`` and writes the headers gathered in it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        gathered: dict[bytes, bytes] = {}
        scope.setdefault("state", {})["response_headers"] = gathered
        add_response_header(scope, "X-Content-Type-Options", "nosniff")
        add_response_header(scope, "Referrer-Policy", "no-referrer")
        add_response_header(scope, "Content-Security-Policy", _POLICY)
        add_response_header(scope, "Cross-Origin-Opener-Policy", "same-origin")
        add_response_header(scope, "Cross-Origin-Resource-Policy", "same-origin")
        add_response_header(scope, "Permissions-Policy", _NOTHING)
        if scope["scheme"] == "https":
            add_response_header(scope, "Strict-Transport-Security", "max-age=31536000")
        if is_api(scope):
            add_response_header(scope, "Cache-Control", "no-store")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                names = {name.lower() for name, _ in own}
                more = [(name, value) for name, value in gathered.items() if name not in names]
                message = {**message, "headers": own + more}
            await send(message)

        await self.app(scope, receive, send_with_headers)

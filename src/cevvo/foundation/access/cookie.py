"""The session cookie of the dashboard.

``__Host-`` has browsers take it only with Secure, for this very host, and on the whole of it: no
neighbour under the same domain can set one. Browsers take and send it over https, and over plain
http to loopback alone (Chromium and Firefox do; Safari wants https there too).
"""

from starlette.responses import Response
from starlette.types import Scope

NAME = "__Host-cevvo_session"


def session_token(scope: Scope) -> str | None:
    """The token in the request's cookies, None if there is none.

    Of the others, which may be those of a whole domain, nothing is read: they are written as they
    like.
    """
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookies: str = value.decode("latin-1")
            for cookie in cookies.split(";"):
                its_name, _, token = cookie.strip().partition("=")
                if its_name == NAME:
                    return token
    return None


def set_session(response: Response, token: str, max_age: int) -> None:
    """Hand the browser a session's token, to be kept for ``max_age`` seconds at most."""
    response.set_cookie(
        NAME, token, max_age=max_age, path="/", secure=True, httponly=True, samesite="lax"
    )


def clear_session(response: Response) -> None:
    """Have the browser forget the token."""
    response.delete_cookie(NAME, path="/", secure=True, httponly=True, samesite="lax")

"""What of the API is open to everyone: the ways in. All else needs a key or a session."""

from starlette.types import Scope

from cevvo.foundation.http.response_headers import API_PREFIX

PUBLIC = frozenset(
    {
        ("GET", f"{API_PREFIX}/session/options"),
        ("POST", f"{API_PREFIX}/session"),
        ("POST", f"{API_PREFIX}/setup"),
        ("GET", f"{API_PREFIX}/session/oidc"),
        ("GET", f"{API_PREFIX}/session/oidc/callback"),
        ("POST", f"{API_PREFIX}/invitations/open"),
        ("POST", f"{API_PREFIX}/invitations/accept"),
        ("POST", f"{API_PREFIX}/password-resets"),
        ("POST", f"{API_PREFIX}/password-resets/complete"),
    }
)
"""Method and path of each. Their secrets come in the body: what is in a path may be logged."""


def is_public(scope: Scope) -> bool:
    """Whether the request needs neither key nor session."""
    return (scope["method"], scope["path"]) in PUBLIC

# Written by generate_sync.py from _async/visitor_tokens.py: change that.
"""Tokens of visitors."""

from cevvo_sdk._sync.transport import Transport
from cevvo_sdk._call import Call, given
from cevvo_sdk.types import VisitorToken


class VisitorTokens:
    """By which the visitors of a website keep their conversations to themselves."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, *, user_id: str | None = None) -> VisitorToken:
        """Get a token that holds for 24 hours.

        With a secret key, ``user_id`` is your own id of the person, and required: hand the token
        to their browser. With a publishable key it is for a visitor whom nobody knows.
        """
        body = given(user_id=user_id)
        return self._transport.fetch(Call("POST", "/visitor-tokens", json=body), VisitorToken)

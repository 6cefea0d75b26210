# Written by generate_sync.py from _async/client.py: change that.
"""The client."""

from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Literal, Self

from httpx2 import Client, Response

from cevvo_sdk._sync.analytics import Analytics
from cevvo_sdk._sync.api_keys import ApiKeys
from cevvo_sdk._sync.audit_log import AuditLog
from cevvo_sdk._sync.chat import Chat
from cevvo_sdk._sync.conversations import Conversations
from cevvo_sdk._sync.ingest import Ingest
from cevvo_sdk._sync.messages import Messages
from cevvo_sdk._sync.settings import Settings
from cevvo_sdk._sync.sources import Sources
from cevvo_sdk._sync.transport import Transport
from cevvo_sdk._sync.visitor_tokens import VisitorTokens
from cevvo_sdk._sync.webhooks import Webhooks
from cevvo_sdk._call import Call, given
from cevvo_sdk._config import make_config
from cevvo_sdk.types import Feedback, Period, Rating, UsageReport


class Cevvo:
    """The Cevvo API; each resource is an attribute. Close it, or use it in a ``with`` block.

    Args:
        api_key: the environment's CEVVO_API_KEY unless given.
        base_url: CEVVO_BASE_URL unless given, else https://api.cevvo.com/api/v1.
        timeout: the longest silence of the server, in seconds; connecting has 5.
        max_retries: after the first attempt; on 408, 409, 429, 5xx and connection errors.
        headers: sent with every request.
        http_client: sends the requests and is not closed; for a proxy or certificates.

    Raises:
        CevvoError: there is no key, or the base URL is none.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = 60.0,
        max_retries: int = 2,
        headers: Mapping[str, str] | None = None,
        http_client: Client | None = None,
    ) -> None:
        config = make_config(api_key, base_url, timeout, max_retries, headers)
        self._owned = Client() if http_client is None else None
        self._use(Transport(config, http_client or self._owned or Client()))

    def _use(self, transport: Transport) -> None:
        self._transport = transport
        self.chat = Chat(transport)
        self.conversations = Conversations(transport)
        self.messages = Messages(transport)
        self.sources = Sources(transport)
        self.ingest = Ingest(transport)
        self.analytics = Analytics(transport)
        self.settings = Settings(transport)
        self.api_keys = ApiKeys(transport)
        self.audit_log = AuditLog(transport)
        self.visitor_tokens = VisitorTokens(transport)
        self.webhooks = Webhooks(transport)

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Self:
        """The same client, over the same connections, with other options for some calls.

        ``idempotency_key`` takes the place of the random one that each POST has: for one call.
        """
        config = self._transport.config
        changes = given(timeout=timeout, max_retries=max_retries, idempotency_key=idempotency_key)
        changed = replace(config, headers={**config.headers, **(headers or {})}, **changes)
        other = type(self).__new__(type(self))
        other._owned = None
        other._use(Transport(changed, self._transport.http))
        return other

    def request(
        self,
        method: Literal["GET", "POST", "PUT", "DELETE"],
        path: str,
        *,
        query: Mapping[str, str | int | None] | None = None,
        json: Any = None,
    ) -> Response:
        """Any call to the API, such as one that is newer than this package, as its raw response.

        ``path`` is below the base URL: ``/sources``. Key, retries and errors are as everywhere.
        """
        return self._transport.send(Call(method, path, query=query or {}, json=json))

    def feedback(
        self, *, message_id: str, rating: Rating, comment: str | None = None
    ) -> Feedback:
        """Rate an answer; a second rating of the same one replaces the first."""
        body = given(message_id=message_id, rating=rating, comment=comment)
        return self._transport.fetch(Call("POST", "/feedback", json=body), Feedback)

    def usage(self, *, period: Period | None = None) -> UsageReport:
        """What language models took, by day, key and model; 7d unless told."""
        call = Call("GET", "/usage", query={"period": period})
        return self._transport.fetch(call, UsageReport)

    def close(self) -> None:
        """Close the connections."""
        if self._owned is not None:
            self._owned.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

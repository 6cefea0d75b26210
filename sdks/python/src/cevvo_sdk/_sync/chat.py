# Written by generate_sync.py from _async/chat.py: change that.
"""Asking."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from cevvo_sdk._sync.stream import ChatStream
from cevvo_sdk._sync.transport import Transport
from cevvo_sdk._call import Call, given
from cevvo_sdk.types import ChatResponse, SearchFilters


class Chat:
    """Answers from the workspace's sources."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        message: str,
        *,
        thread_id: str | None = None,
        model: str | None = None,
        source_ids: Sequence[str] | None = None,
        filters: SearchFilters | None = None,
        include: Sequence[Literal["retrieved"]] | None = None,
        user_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        test: bool | None = None,
    ) -> ChatResponse:
        """Ask, and wait for the whole answer.

        Args:
            message: 1..8000 characters.
            thread_id: continues this conversation; without it a new one begins.
            model: ``auto`` (default) or any model that the server lists.
            source_ids: search only these sources.
            filters: search only documents that are so.
            include: ``retrieved`` adds all passages that were found, cited or not.
            user_id: your own id of the person who asks.
            metadata: anything you want to keep with a new conversation.
            test: a test counts in no figure of the analytics.

        Raises:
            NotFoundError: there is no such thread.
            BadRequestError: something of this is not as it should be; ``param`` names it.
        """
        body = given(
            message=message,
            thread_id=thread_id,
            model=model,
            source_ids=source_ids,
            filters=filters,
            include=include,
            user_id=user_id,
            metadata=metadata,
            test=test,
        )
        return self._transport.fetch(Call("POST", "/chat", json=body), ChatResponse)

    def stream(
        self,
        message: str,
        *,
        thread_id: str | None = None,
        model: str | None = None,
        source_ids: Sequence[str] | None = None,
        filters: SearchFilters | None = None,
        include: Sequence[Literal["retrieved"]] | None = None,
        user_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        test: bool | None = None,
    ) -> ChatStream:
        """Ask as in ``create``, and read the answer as it is written.

        Nothing is sent before the ``with`` block is entered or the first event is read.
        """
        body = given(
            message=message,
            thread_id=thread_id,
            model=model,
            source_ids=source_ids,
            filters=filters,
            include=include,
            user_id=user_id,
            metadata=metadata,
            test=test,
        )
        call = Call("POST", "/chat/stream", json=body, accept="text/event-stream")
        return ChatStream(self._transport, call)

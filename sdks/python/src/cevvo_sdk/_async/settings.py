"""Settings of the workspace."""

from collections.abc import Mapping, Sequence

from cevvo_sdk._async.transport import AsyncTransport
from cevvo_sdk._call import UNSET, Call, Unset
from cevvo_sdk.types import (
    AnswerSettings,
    HandoverUpdate,
    RefusedTopicInput,
    Retention,
    ShownWidget,
    WidgetPosition,
    WidgetSettings,
    WidgetTheme,
)


class AsyncSettings:
    """How the workspace answers, and how long it keeps conversations."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def answers(self) -> AnswerSettings:
        """How answers are given."""
        return await self._transport.fetch(Call("GET", "/settings/answers"), AnswerSettings)

    async def update_answers(
        self,
        *,
        instructions: str | Unset | None = UNSET,
        assistant_name: str | Unset | None = UNSET,
        refuse: Sequence[RefusedTopicInput] | Unset | None = UNSET,
        handover: HandoverUpdate | Unset | None = UNSET,
        synonyms: Sequence[Sequence[str]] | Unset | None = UNSET,
        max_wrong_rate: float | Unset | None = UNSET,
        tokens_per_day: int | Unset | None = UNSET,
        cost_per_day: float | Unset | None = UNSET,
    ) -> AnswerSettings:
        """Change what is given and leave the rest; None puts the default back."""
        changes = {
            "instructions": instructions,
            "assistant_name": assistant_name,
            "refuse": refuse,
            "handover": handover,
            "synonyms": synonyms,
            "max_wrong_rate": max_wrong_rate,
            "tokens_per_day": tokens_per_day,
            "cost_per_day": cost_per_day,
        }
        body = {name: value for name, value in changes.items() if not isinstance(value, Unset)}
        call = Call("PUT", "/settings/answers", json=body)
        return await self._transport.fetch(call, AnswerSettings)

    async def retention(self) -> Retention:
        """How long conversations are kept."""
        return await self._transport.fetch(Call("GET", "/settings/retention"), Retention)

    async def update_retention(self, *, conversation_days: int | None) -> Retention:
        """Keep them so many days after their last message; None: until they are deleted."""
        body = {"conversation_days": conversation_days}
        return await self._transport.fetch(Call("PUT", "/settings/retention", json=body), Retention)

    async def widget(self) -> WidgetSettings:
        """How the workspace appears on websites."""
        return await self._transport.fetch(Call("GET", "/settings/widget"), WidgetSettings)

    async def update_widget(
        self,
        *,
        color: str | Unset | None = UNSET,
        theme: WidgetTheme | Unset | None = UNSET,
        position: WidgetPosition | Unset | None = UNSET,
        language: str | Unset | None = UNSET,
        texts: Mapping[str, Mapping[str, str]] | Unset | None = UNSET,
        suggestions: Sequence[str] | Unset | None = UNSET,
        contact_email: str | Unset | None = UNSET,
        contact_form: bool | Unset | None = UNSET,
        ask_page: str | Unset | None = UNSET,
        ask_page_indexed: bool | Unset | None = UNSET,
    ) -> WidgetSettings:
        """Change what is given and leave the rest; None puts the default back."""
        changes = {
            "color": color,
            "theme": theme,
            "position": position,
            "language": language,
            "texts": texts,
            "suggestions": suggestions,
            "contact_email": contact_email,
            "contact_form": contact_form,
            "ask_page": ask_page,
            "ask_page_indexed": ask_page_indexed,
        }
        body = {name: value for name, value in changes.items() if not isinstance(value, Unset)}
        call = Call("PUT", "/settings/widget", json=body)
        return await self._transport.fetch(call, WidgetSettings)

    async def shown_widget(self, *, language: str | None = None) -> ShownWidget:
        """What a widget shows. ``language``: those wished for, as browsers write them
        (``de-AT,en``)."""
        call = Call("GET", "/widget", query={"language": language})
        return await self._transport.fetch(call, ShownWidget)

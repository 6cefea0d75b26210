# Written by generate_sync.py from _async/settings.py: change that.
"""Settings of the workspace."""

from collections.abc import Sequence

from cevvo_sdk._sync.transport import Transport
from cevvo_sdk._call import UNSET, Call, Unset
from cevvo_sdk.types import AnswerSettings, HandoverUpdate, RefusedTopicInput, Retention


class Settings:
    """How the workspace answers, and how long it keeps conversations."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def answers(self) -> AnswerSettings:
        """How answers are given."""
        return self._transport.fetch(Call("GET", "/settings/answers"), AnswerSettings)

    def update_answers(
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
        return self._transport.fetch(call, AnswerSettings)

    def retention(self) -> Retention:
        """How long conversations are kept."""
        return self._transport.fetch(Call("GET", "/settings/retention"), Retention)

    def update_retention(self, *, conversation_days: int | None) -> Retention:
        """Keep them so many days after their last message; None: until they are deleted."""
        body = {"conversation_days": conversation_days}
        return self._transport.fetch(Call("PUT", "/settings/retention", json=body), Retention)

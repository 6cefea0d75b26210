"""What happens that a workspace's webhooks can be told of."""

from typing import Literal, get_args

EventType = Literal[
    "source.failed",
    "conversation.escalated",
    "feedback.negative",
    "answer.invalidated",
    "gap.opened",
    "gap.closed",
]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

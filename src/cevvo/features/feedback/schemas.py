"""Feedback on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cevvo.domain.time import rfc3339
from cevvo.features.conversations.schemas import EscalationObject
from cevvo.features.feedback.service import Escalation, Rating
from cevvo.foundation.http.ids import Id

_Words = StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)


class FeedbackRequest(BaseModel):
    """A rating of an answer."""

    model_config = ConfigDict(strict=True)

    message_id: Id = Field(description="The answer's `id`.", examples=["msg_abc123"])
    rating: Rating = Field(examples=["positive"])
    comment: Annotated[str, _Words] | None = Field(
        None, description="In the reader's words.", examples=["Just what I needed."]
    )


class FeedbackObject(BaseModel):
    """The rating that an answer has now."""

    message_id: str = Field(examples=["msg_abc123"])
    rating: Rating = Field(examples=["positive"])
    comment: str | None = Field(examples=["Just what I needed."])


class EscalationRequest(BaseModel):
    """Why a person is needed."""

    model_config = ConfigDict(strict=True)

    reason: Annotated[str, _Words] = Field(examples=["I would like to talk to sales."])


def escalated(escalation: Escalation) -> EscalationObject:
    """The wire form."""
    return EscalationObject(
        thread_id=escalation.thread_id,
        reason=escalation.reason,
        escalated_at=rfc3339(escalation.escalated_at),
    )

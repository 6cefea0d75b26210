"""Settings on the wire."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from cevvo.domain.answer_settings import HandoverRules, RefusedTopic
from cevvo.domain.time import rfc3339_or_none
from cevvo.features.settings.repository import StoredSettings

_Topic = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
_Reply = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
_Instructions = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)
]
_Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
_Group = Annotated[list[_Word], Field(min_length=2, max_length=20)]

_SHOWN = 40  # characters of what was sent that a message repeats
_TONE = "Friendly and brief. Address the reader as you."
_SORRY = "I may not advise on that. Please ask our lawyers."
_HANDOVER = "Write to support@example.com, and a person will answer within a day."


class RefusedTopicObject(BaseModel):
    """A topic that is not answered, whatever the sources say."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _object(cls, value: object) -> object:
        if isinstance(value, str):
            topic = json.dumps(value[:_SHOWN], ensure_ascii=False)
            raise ValueError(f'must be an object such as {{"topic": {topic}}}, not a string')
        return value

    topic: _Topic = Field(
        description="In a few words, as a user would name it.", examples=["legal advice"]
    )
    reply: _Reply | None = Field(
        None, description="What is said instead; null: a sentence that ships.", examples=[_SORRY]
    )

    @classmethod
    def of(cls, topic: RefusedTopic) -> "RefusedTopicObject":
        """From the domain."""
        return cls(topic=topic.topic, reply=topic.reply)


class HandoverObject(BaseModel):
    """When a person should take over. Answers then carry `handover` with the reason."""

    customer_request: bool = Field(description="When somebody asks for a person.", examples=[True])
    missing_knowledge: bool = Field(description="When the sources do not say.", examples=[False])
    policy: bool = Field(description="When a topic is refused.", examples=[False])
    message: str | None = Field(
        description="What is said then; null: a sentence that ships.", examples=[_HANDOVER]
    )

    @classmethod
    def of(cls, rules: HandoverRules) -> "HandoverObject":
        """From the domain."""
        return cls(
            customer_request=rules.customer_request,
            missing_knowledge=rules.missing_knowledge,
            policy=rules.policy,
            message=rules.message,
        )


class HandoverUpdate(BaseModel):
    """Changes to when a person takes over, merged."""

    model_config = ConfigDict(strict=True)

    customer_request: bool | None = Field(None, examples=[True])
    missing_knowledge: bool | None = Field(None, examples=[True])
    policy: bool | None = Field(None, examples=[False])
    message: _Reply | None = Field(None, examples=[_HANDOVER])


class AnswerSettingsUpdate(BaseModel):
    """Changes to the settings. What is left out stays; null puts the default back."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [{"instructions": _TONE, "handover": {"missing_knowledge": True}}]
        },
    )

    instructions: _Instructions | None = Field(
        None,
        description="For the language model: tone, form, what to stress. They cannot make it "
        "answer from anything but the sources.",
    )
    assistant_name: _Name | None = Field(
        None, description="What the assistant calls itself, with a language model."
    )
    refuse: Annotated[list[RefusedTopicObject], Field(max_length=50)] | None = Field(
        None, description="Topics that are not answered."
    )
    handover: HandoverUpdate | None = Field(None, description="When a person takes over, merged.")
    synonyms: Annotated[list[_Group], Field(max_length=200)] | None = Field(
        None, description="Groups of 2 to 20 words or phrases that mean the same."
    )
    max_wrong_rate: Annotated[float, Field(ge=0.01, le=0.5)] | None = Field(
        None,
        description="The highest share of wrong answers that is acceptable: the lower, the more "
        "questions are left unanswered.",
    )
    tokens_per_day: Annotated[int, Field(ge=1, le=10**12)] | None = Field(
        None, description="What language models may take a day (UTC) in all; null: no bound."
    )
    cost_per_day: Annotated[float, Field(gt=0, le=1e9)] | None = Field(
        None, description="The same in the currency of the operator's prices."
    )

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, those of ``handover`` too."""
        return self.model_dump(exclude_unset=True)


class AnswerSettingsObject(BaseModel):
    """How this workspace answers."""

    instructions: str | None = Field(examples=[_TONE])
    assistant_name: str | None = Field(examples=["Ada"])
    refuse: list[RefusedTopicObject]
    handover: HandoverObject
    synonyms: list[list[str]] = Field(examples=[[["sign in", "log in", "login"]]])
    max_wrong_rate: float | None = Field(description="Null: as the server ships.", examples=[0.1])
    tokens_per_day: int | None = Field(description="Null: no bound.", examples=[200_000])
    cost_per_day: float | None = Field(description="Null: no bound.", examples=[5.0])
    updated_at: str | None = Field(
        description="RFC 3339, UTC; null: never changed.", examples=["2026-03-14T11:00:00Z"]
    )

    @classmethod
    def of(cls, stored: StoredSettings) -> "AnswerSettingsObject":
        """The wire form."""
        answers = stored.answers
        return cls(
            instructions=answers.instructions,
            assistant_name=answers.assistant_name,
            refuse=[RefusedTopicObject.of(topic) for topic in answers.refuse],
            handover=HandoverObject.of(answers.handover),
            synonyms=[list(group) for group in answers.synonyms],
            max_wrong_rate=answers.max_wrong_rate,
            tokens_per_day=answers.tokens_per_day,
            cost_per_day=answers.cost_per_day,
            updated_at=rfc3339_or_none(stored.updated_at),
        )

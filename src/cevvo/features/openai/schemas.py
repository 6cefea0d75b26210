"""The wire of ``/v1``: as much of OpenAI's as has a meaning here.

Fields that only tune a language model (``temperature``, ``max_tokens`` …) are ignored: an answer is
as long as its evidence makes it. What would change the kind of reply is refused.
"""

import base64
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
)

from cevvo.domain.documents import Vector
from cevvo.engine.answering.base import PastTurn
from cevvo.engine.answering.thread.follow_ups import standalone_question
from cevvo.errors import InvalidRequest
from cevvo.features.chat.schemas import UsageObject, reply_fields
from cevvo.features.chat.turns import Ask, Reply
from cevvo.features.conversations.schemas import CitationObject, CitedSourceObject, HandoverOut

MAX_INPUTS = 256
_MAX_MESSAGES = 200
_MAX_QUESTION = 8000

Text = Annotated[str, StringConstraints(max_length=100_000)]


class TextPart(BaseModel):
    """A piece of a message. Only text can be read."""

    model_config = ConfigDict(strict=True)

    type: Literal["text"] = Field(examples=["text"])
    text: Text = Field(examples=["How do I get started?"])


def _as_parts(value: object) -> object:
    if isinstance(value, str):
        return [{"type": "text", "text": value}]
    if not isinstance(value, list):
        raise ValueError("send a string, or a list of text parts")
    return value


def _as_list(value: object) -> object:
    if not isinstance(value, str | list):
        raise ValueError("send a string, or a list of strings")
    return [value] if isinstance(value, str) else value


class ChatMessage(BaseModel):
    """A message of the conversation."""

    model_config = ConfigDict(strict=True)

    role: Literal["system", "developer", "user", "assistant"] = Field(
        description="What `system` and `developer` say is passed over: instructions are a setting "
        "of the workspace (`PUT /settings/answers`).",
        examples=["user"],
    )
    content: Annotated[
        list[TextPart],
        Field(max_length=100),
        BeforeValidator(_as_parts, json_schema_input_type=str | list[TextPart]),
    ] = Field(examples=["How do I get started?"])

    @property
    def text(self) -> str:
        """The content as one string."""
        return "".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """What a stream tells besides the answer."""

    model_config = ConfigDict(strict=True)

    include_usage: bool = Field(
        False, description="A last chunk without choices has the usage.", examples=[True]
    )


class CompletionRequest(BaseModel):
    """A conversation whose last message is to be answered."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "model": "auto",
                    "messages": [{"role": "user", "content": "How do I get started?"}],
                }
            ]
        },
    )

    model: str = Field(
        "auto", description="`auto`, or a model of `GET /v1/models`.", examples=["auto"]
    )
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=_MAX_MESSAGES)] = Field(
        description="Oldest first; the last one is the user's, 1 to 8000 characters."
    )
    stream: bool | None = Field(False, examples=[False])
    stream_options: StreamOptions | None = None
    n: int | None = Field(None, description="1: one reply is made.", examples=[1])
    tools: list[Any] | None = Field(
        None, description="None: this server calls no tools.", examples=[[]]
    )
    user: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="Your own id of the person who asks.", examples=["user_42"]
    )

    @field_validator("n")
    @classmethod
    def _one(cls, value: int | None) -> int | None:
        if value not in (None, 1):
            raise ValueError("one reply is made, so leave it out or send 1")
        return value

    @field_validator("tools")
    @classmethod
    def _no_tools(cls, value: list[Any] | None) -> list[Any] | None:
        if value:
            raise ValueError("this server calls no tools, so leave it out")
        return value

    def to_ask(self) -> Ask:
        """The last message as the service takes it, with the conversation before it.

        Raises InvalidRequest where the last message is not a question of the user's.
        """
        spoken = [m for m in self.messages if m.role in ("user", "assistant")]
        last = f"messages[{len(self.messages) - 1}]"
        if not spoken or spoken[-1].role != "user" or self.messages[-1] is not spoken[-1]:
            raise InvalidRequest("The last message must have the role `user`.", param="messages")
        question = spoken[-1].text.strip()
        if not 1 <= len(question) <= _MAX_QUESTION:
            raise InvalidRequest(
                f"`{last}.content` must be 1 to {_MAX_QUESTION} characters.", param="messages"
            )
        return Ask(
            message=question,
            model=self.model,
            user_id=self.user,
            history=_past(spoken[:-1]),
        )


def _past(spoken: list[ChatMessage]) -> tuple[PastTurn, ...]:
    """The turns before: each question with what was said until the next."""
    turns: list[PastTurn] = []
    for message in spoken:
        if message.role == "user":
            question = message.text.strip()
            turns.append(PastTurn(question, standalone_question(question, turns)))
        elif turns:
            last = turns[-1]
            turns[-1] = PastTurn(last.question, last.standalone, last.answer + message.text)
    return tuple(turns)


class UsageTotals(BaseModel):
    """Tokens over every model call that the answer took."""

    prompt_tokens: int = Field(examples=[512])
    completion_tokens: int = Field(examples=[128])
    total_tokens: int = Field(examples=[640])

    @classmethod
    def of(cls, usage: UsageObject) -> "UsageTotals":
        """With their sum."""
        read, written = usage.prompt_tokens, usage.completion_tokens
        return cls(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)


class Basis(BaseModel):
    """What the answer rests on: as in the response of ``POST /chat``."""

    message_id: str = Field(description="For `POST /feedback`.", examples=["msg_abc123"])
    thread_id: str = Field(examples=["thr_xyz789"])
    sources: list[CitedSourceObject] = Field(
        description="What the answer cites; `[1]` in it is the first."
    )
    citations: list[CitationObject] = Field(description="The quotations behind the `[n]` marks.")
    answered: bool = Field(
        description="False when the knowledge base does not say.", examples=[True]
    )
    confidence: float = Field(description="Probability that it is right.", examples=[0.87])
    degraded: bool = Field(
        description="Something lesser than the model asked for stood in.", examples=[False]
    )
    handover: HandoverOut | None = Field(description="Why a person should take over, if so.")
    saved: bool = Field(description="False when the server's disk is full.", examples=[True])

    @classmethod
    def of(cls, reply: Reply) -> "Basis":
        """From the service."""
        fields = reply_fields(reply, None)
        return cls(message_id=fields["id"], **{name: fields[name] for name in _SHARED})


_SHARED = (
    *("thread_id", "sources", "citations", "answered", "confidence", "degraded", "handover"),
    "saved",
)


class CompletionMessage(BaseModel):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str = Field(examples=["To get started, first create a source [1]."])
    refusal: None = Field(None, examples=[None])


class Choice(BaseModel):
    """The one reply."""

    index: Literal[0] = 0
    message: CompletionMessage
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = Field(None, examples=[None])


class Completion(BaseModel):
    """A reply as OpenAI's API gives it; ``cevvo`` is what it rests on."""

    id: str = Field(examples=["chatcmpl-msg_abc123"])
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="Seconds since 1970.", examples=[1_773_500_000])
    model: str = Field(description="What really answered.", examples=["extractive"])
    choices: list[Choice]
    usage: UsageTotals
    cevvo: Basis


class ModelObject(BaseModel):
    """A name that ``model`` can have."""

    id: str = Field(examples=["auto"])
    object: Literal["model"] = "model"
    created: int = Field(examples=[1_773_500_000])
    owned_by: str = Field(examples=["cevvo"])


class ModelList(BaseModel):
    """All models, in the order in which they are tried."""

    object: Literal["list"] = "list"
    data: list[ModelObject]


class EmbeddingsRequest(BaseModel):
    """Text to embed with the model that the search uses."""

    model_config = ConfigDict(strict=True)

    model: str = Field(description="See `GET /v1/models`.", examples=["auto"])
    input: Annotated[
        list[Text],
        Field(min_length=1, max_length=MAX_INPUTS),
        BeforeValidator(_as_list, json_schema_input_type=str | list[str]),
    ] = Field(
        description=f"A text, or up to {MAX_INPUTS} of them; none may be empty. What is longer "
        "than the model reads is cut off.",
        examples=["How do I get started?"],
    )
    encoding_format: Literal["float", "base64"] | None = Field(None, examples=["float"])
    dimensions: int | None = Field(
        None, description="The model's own, if anything.", examples=[None]
    )

    def texts(self) -> list[str]:
        """The inputs. Raises InvalidRequest for one without text."""
        if not all(text.strip() for text in self.input):
            raise InvalidRequest("`input` must not be empty.", param="input")
        return self.input


class EmbeddingObject(BaseModel):
    """The vector of one input: of length 1, so that the dot product is the cosine."""

    object: Literal["embedding"] = "embedding"
    index: int = Field(examples=[0])
    embedding: list[float] | str = Field(
        description="Numbers, or with `base64` the same as little-endian float32.",
        examples=[[0.013, -0.021]],
    )

    @classmethod
    def of(cls, index: int, vector: Vector, encoding: str | None) -> "EmbeddingObject":
        """From the model."""
        exact = np.asarray(vector, dtype="<f4")
        if encoding == "base64":
            return cls(index=index, embedding=base64.b64encode(exact.tobytes()).decode())
        return cls(index=index, embedding=exact.tolist())


class EmbeddingsUsage(BaseModel):
    """Tokens read."""

    prompt_tokens: int = Field(examples=[6])
    total_tokens: int = Field(examples=[6])


class EmbeddingList(BaseModel):
    """The vectors, in the order of the inputs."""

    object: Literal["list"] = "list"
    model: str = Field(examples=["all-MiniLM-L6-v2-int8"])
    data: list[EmbeddingObject]
    usage: EmbeddingsUsage

"""The wire of one coverage gap."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cevvo.domain.time import rfc3339, rfc3339_or_none
from cevvo.engine.insight.gaps import EXPLANATIONS, Nearest, Reason
from cevvo.engine.insight.outline import Outline
from cevvo.engine.insight.privacy import mask
from cevvo.features.conversations.gaps import GapStatus
from cevvo.features.conversations.repository import cited_title
from cevvo.features.gaps.repository import Asked, Found
from cevvo.features.gaps.service import GapView
from cevvo.features.ingestion.service import Accepted
from cevvo.foundation.http.ids import Id


class NearestPassageObject(BaseModel):
    """A passage that came near to answering a gap."""

    document_id: str = Field(examples=["doc_abc123"])
    source_id: str = Field(examples=["src_abc123"])
    title: str = Field(examples=["Account security"])
    url: str | None = Field(examples=["https://docs.example.com/security"])
    quote: str = Field(
        description="The part of it that came nearest.", examples=["Passwords are never stored."]
    )
    score: float = Field(description="How near, 0 to 1; not calibrated.", examples=[0.42])

    @classmethod
    def of(cls, nearest: Nearest) -> "NearestPassageObject":
        """The wire form."""
        return cls(**nearest.to_dict())


class OutlinePointObject(BaseModel):
    """A sentence of a document, as it stands there."""

    text: str = Field(examples=["Passwords are never stored."])
    document_id: str = Field(examples=["doc_abc123"])
    title: str = Field(examples=["Account security"])
    url: str | None = Field(examples=["https://docs.example.com/security"])


class OutlineSectionObject(BaseModel):
    """What one part of one document says about it."""

    heading: str = Field(examples=["Passwords"])
    points: list[OutlinePointObject]


class OutlineObject(BaseModel):
    """The outline of the missing article: nothing but sentences of the documents, and questions."""

    title: str = Field(examples=["Do you support SSO?"])
    questions: list[str] = Field(
        description="What it has to answer.", examples=[["Do you support SSO?"]]
    )
    sections: list[OutlineSectionObject] = Field(description="What is known.")
    markdown: str = Field(
        description="The same as a text to write on from.",
        examples=["# Do you support SSO?\n\nTo answer:\n\n- Do you support SSO?\n"],
    )

    @classmethod
    def of(cls, outline: Outline) -> "OutlineObject":
        """The wire form."""
        return cls(
            title=outline.title,
            questions=list(outline.questions),
            sections=[
                OutlineSectionObject(
                    heading=section.heading,
                    points=[
                        OutlinePointObject(
                            text=point.text,
                            document_id=point.document_id,
                            title=point.title,
                            url=point.url,
                        )
                        for point in section.points
                    ],
                )
                for section in outline.sections
            ],
            markdown=outline.markdown(),
        )


class GapCitationObject(BaseModel):
    """What an answer rests on."""

    document_id: str = Field(examples=["doc_abc123"])
    title: str = Field(examples=["Do you support SSO?"])
    url: str | None = Field(examples=[None])
    quote: str = Field(examples=["Single sign-on works with SAML."])


class GapAnswerObject(BaseModel):
    """What a question of the gap was answered."""

    answered: bool = Field(description="Grounded and cited, and of help.", examples=[False])
    answer: str = Field(examples=["I could not find this in the documents."])
    confidence: float | None = Field(examples=[0.12])
    model: str | None = Field(examples=["extractive"])
    citations: list[GapCitationObject]

    @classmethod
    def before(cls, asked: Asked) -> "GapAnswerObject":
        """What was said in the conversation."""
        return cls(
            answered=False,
            answer=asked.answer,
            confidence=asked.confidence,
            model=asked.model,
            citations=[
                GapCitationObject(
                    document_id=each.document_id,
                    title=cited_title(each, asked.sources),
                    url=each.url,
                    quote=each.quote,
                )
                for each in asked.citations
            ],
        )

    @classmethod
    def after(cls, found: Found) -> "GapAnswerObject":
        """What was said when it was asked again."""
        return cls(
            answered=found.answered,
            answer=found.answer,
            confidence=found.confidence,
            model=found.model,
            citations=[GapCitationObject(**each) for each in found.citations],
        )


class GapConversationObject(BaseModel):
    """A conversation in which it was asked in vain."""

    thread_id: str = Field(examples=["thr_xyz789"])
    message_id: str = Field(description="The reply.", examples=["msg_abc123"])
    question: str = Field(
        description="As it was searched for, personal data masked.",
        examples=["Do you support SSO?"],
    )
    asked_at: str = Field(examples=["2026-03-08T09:15:00Z"])
    before: GapAnswerObject = Field(description="What it was answered then.")
    after: GapAnswerObject | None = Field(
        description="What it was answered when it was asked again, after content had changed; null "
        "where it was not: of a gap, the most central question and up to four newer wordings are."
    )


class AnswerDocumentObject(BaseModel):
    """The text that was written for a gap."""

    source_id: str = Field(examples=["src_abc123"])
    title: str = Field(examples=["Single sign-on"])


class GapDetail(BaseModel):
    """A gap, with all that is known about it. ``count`` and the times are ever, not of a period."""

    id: str = Field(examples=["gap_abc123"])
    question: str = Field(examples=["Do you support SSO?"])
    status: GapStatus = Field(examples=["open"])
    count: int = Field(description="Conversations that asked it in vain.", examples=[23])
    first_asked: str = Field(examples=["2026-03-08T09:15:00Z"])
    last_asked: str = Field(examples=["2026-03-14T10:00:00Z"])
    opened_at: str = Field(description="The last time.", examples=["2026-03-08T09:15:00Z"])
    closed_at: str | None = Field(examples=[None])
    reopened: int = Field(description="How many times it was opened again.", examples=[0])
    reason: Reason = Field(examples=["name_unknown"])
    explanation: str = Field(
        description="Why the nearest passages did not suffice.",
        examples=["It names something that the nearest passages do not mention."],
    )
    nearest: list[NearestPassageObject] = Field(description="Best first.")
    outline: OutlineObject | None = Field(description="Of an open gap.")
    checked_at: str | None = Field(
        description="When its questions were asked again.", examples=[None]
    )
    answer_document: AnswerDocumentObject | None = Field(
        description="What was written for it last."
    )
    conversations: list[GapConversationObject] = Field(description="The newest 50.")

    @classmethod
    def of(cls, view: GapView) -> "GapDetail":
        """The wire form."""
        gap = view.gap
        after = {each.turn_id: each for each in gap.outcomes}
        return cls(
            id=gap.id,
            question=view.question,
            status=gap.status,
            count=view.count,
            first_asked=rfc3339(view.first_asked),
            last_asked=rfc3339(view.last_asked),
            opened_at=rfc3339(gap.opened_at),
            closed_at=rfc3339_or_none(gap.closed_at),
            reopened=gap.reopened,
            reason=gap.reason,
            explanation=EXPLANATIONS[gap.reason],
            nearest=[NearestPassageObject.of(each) for each in gap.nearest],
            outline=None if view.outline is None else OutlineObject.of(view.outline),
            checked_at=rfc3339_or_none(gap.checked_at),
            answer_document=_document(gap.answer_document),
            conversations=[_conversation(each, after.get(each.turn_id)) for each in view.asked],
        )


def _document(stored: Mapping[str, Any] | None) -> AnswerDocumentObject | None:
    return None if stored is None else AnswerDocumentObject(**stored)


def _conversation(asked: Asked, found: Found | None) -> GapConversationObject:
    return GapConversationObject(
        thread_id=asked.thread_id,
        message_id=asked.message_id,
        question=mask(asked.question),
        asked_at=rfc3339(asked.asked_at),
        before=GapAnswerObject.before(asked),
        after=None if found is None else GapAnswerObject.after(found),
    )


class GapUpdate(BaseModel):
    """What may be changed about a gap."""

    model_config = ConfigDict(strict=True)

    status: Literal["open", "dismissed"] = Field(
        description="`dismissed`: nobody means to answer it. It closes by itself.",
        examples=["dismissed"],
    )


class GapAnswerRequest(BaseModel):
    """A text that answers a gap."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "title": "Single sign-on",
                    "content": "Single sign-on works with SAML on the Business plan.",
                }
            ]
        },
    )

    title: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
    ] = Field(description="The same title again in a source is a new version of the text.")
    content: str = Field(max_length=5_000_000, description="Markdown or plain text.")
    source_id: Id | None = Field(
        None,
        description='A text or file source; without it the source "Written answers", which is made '
        "when it is needed.",
    )


class GapAnswerAccepted(BaseModel):
    """The text is stored and will be indexed; after that the gap's questions are asked again."""

    job_id: str = Field(examples=["job_ing_003"])
    status: Literal["processing"] = "processing"
    title: str = Field(examples=["Single sign-on"])
    source_id: str = Field(examples=["src_abc123"])

    @classmethod
    def of(cls, accepted: Accepted) -> "GapAnswerAccepted":
        """The wire form."""
        return cls(job_id=accepted.job_id, title=accepted.name, source_id=accepted.source_id)

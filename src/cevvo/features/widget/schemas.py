"""The widget's settings on the wire, and what the widget itself gets of them."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from cevvo.domain.time import rfc3339_or_none
from cevvo.domain.widget_settings import Position, Theme, WidgetSettings
from cevvo.features.widget.repository import StoredWidget
from cevvo.features.widget.texts import NAMES, direction_of, language_for, texts_in

_CODE = re.compile(r"[a-z]{2}")


def _known(texts: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    for language, own in texts.items():
        if not _CODE.fullmatch(language):
            raise ValueError(f"{language[:40]!r} is no language code such as 'en'")
        unknown = sorted(set(own) - NAMES)
        if unknown:
            names = ", ".join(sorted(NAMES))
            raise ValueError(f"there is no text named {unknown[0][:40]!r}; there are: {names}")
    return texts


_Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]
_Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
_Texts = Annotated[dict[str, dict[str, _Text]], Field(max_length=50), AfterValidator(_known)]
_Suggestion = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
_Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,180}$"),
]
_Slug = Annotated[
    str, StringConstraints(max_length=60, min_length=2, pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
]

_TEXTS = {"en": {"title": "Ask Larkspur", "greeting": "Answers from our handbook."}}
_SUGGESTIONS = ["How do I reset my password?", "What does the pro plan cost?"]


class WidgetSettingsUpdate(BaseModel):
    """Changes to the widget. What is left out stays; null puts the default back."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={"examples": [{"color": "#7a1f5c", "suggestions": [*_SUGGESTIONS]}]},
    )

    color: _Color | None = Field(
        None, description="Of the button and of what can be pressed, `#rrggbb`."
    )
    theme: Theme | None = Field(None, description="`auto` follows the visitor's system.")
    position: Position | None = Field(None, description="Which lower corner the button is in.")
    language: _Language | None = Field(
        None,
        description="ISO 639-1 code, the same on every page; null: that of the page, else of the "
        "browser. Texts ship in `en`, `de`, `fr` and `es`.",
    )
    texts: _Texts | None = Field(
        None,
        description="Your own words by language and name; what they leave out is as it ships.",
    )
    suggestions: Annotated[list[_Suggestion], Field(max_length=6)] | None = Field(
        None, description="Questions to begin with, up to 6."
    )
    contact_email: _Email | None = Field(
        None, description="Where visitors can write when the sources do not say."
    )
    contact_form: bool | None = Field(
        None, description="Whether they can leave a message in the conversation then."
    )
    ask_page: _Slug | None = Field(
        None,
        description="The last part of the address of a public page to ask on, `/ask/…`; null: "
        "there is no such page.",
    )
    ask_page_indexed: bool | None = Field(
        None, description="Whether search engines may list that page."
    )

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(exclude_unset=True)


class WidgetSettingsObject(BaseModel):
    """How this workspace appears to people outside."""

    color: str = Field(examples=["#1d4fd7"])
    theme: Theme = Field(examples=["auto"])
    position: Position = Field(examples=["right"])
    language: str | None = Field(
        description="Null: that of the page, else of the browser.", examples=["en"]
    )
    texts: dict[str, dict[str, str]] = Field(examples=[_TEXTS])
    suggestions: list[str] = Field(examples=[_SUGGESTIONS])
    contact_email: str | None = Field(examples=["support@example.com"])
    contact_form: bool = Field(examples=[True])
    ask_page: str | None = Field(description="Null: there is none.", examples=["larkspur"])
    ask_page_indexed: bool = Field(examples=[False])
    updated_at: str | None = Field(
        description="RFC 3339, UTC; null: never changed.", examples=["2026-03-14T11:00:00Z"]
    )

    @classmethod
    def of(cls, stored: StoredWidget) -> "WidgetSettingsObject":
        """The wire form."""
        settings = stored.settings
        return cls(
            color=settings.color,
            theme=settings.theme,
            position=settings.position,
            language=settings.language,
            texts={name: dict(texts) for name, texts in settings.texts.items()},
            suggestions=list(settings.suggestions),
            contact_email=settings.contact_email,
            contact_form=settings.contact_form,
            ask_page=settings.ask_page,
            ask_page_indexed=settings.ask_page_indexed,
            updated_at=rfc3339_or_none(stored.updated_at),
        )


class WidgetObject(BaseModel):
    """What a widget shows, in one language."""

    color: str = Field(examples=["#1d4fd7"])
    theme: Theme = Field(examples=["auto"])
    position: Position = Field(examples=["right"])
    language: str = Field(examples=["en"])
    direction: Literal["ltr", "rtl"] = Field(examples=["ltr"])
    texts: dict[str, str] = Field(examples=[{"title": "Ask us anything"}])
    suggestions: list[str] = Field(examples=[_SUGGESTIONS])
    contact_email: str | None = Field(examples=["support@example.com"])
    contact_form: bool = Field(examples=[True])

    @classmethod
    def of(cls, settings: WidgetSettings, wishes: str) -> "WidgetObject":
        """In the language that fits the ``wishes`` best."""
        language = language_for(settings, wishes)
        return cls(
            color=settings.color,
            theme=settings.theme,
            position=settings.position,
            language=language,
            direction="rtl" if direction_of(language) == "rtl" else "ltr",
            texts=texts_in(settings, language),
            suggestions=list(settings.suggestions),
            contact_email=settings.contact_email,
            contact_form=settings.contact_form,
        )

"""How a workspace appears to people outside: the widget on its websites, and its ask page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Theme = Literal["auto", "light", "dark"]
Position = Literal["right", "left"]


@dataclass(frozen=True, slots=True)
class WidgetSettings:
    """The look, the words, and where a person can be reached.

    ``color`` is ``#rrggbb``. ``language`` is an ISO 639-1 code, None to follow the page that the
    widget is on. ``texts`` are the owner's own words by language and name; whatever they leave out
    is as it ships. ``contact_form``: a visitor can leave a message where the sources do not say.
    ``ask_page`` is the last part of the public page's address, None where there is no such page;
    search engines may list it where it is ``ask_page_indexed``.
    """

    color: str = "#1d4fd7"
    theme: Theme = "auto"
    position: Position = "right"
    language: str | None = None
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()
    contact_email: str | None = None
    contact_form: bool = True
    ask_page: str | None = None
    ask_page_indexed: bool = False

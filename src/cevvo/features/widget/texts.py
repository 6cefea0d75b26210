"""The words of the widget and the ask page: those that ship, and an owner's own in their place."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from cevvo.domain.widget_settings import WidgetSettings

SHIPPED: Mapping[str, Mapping[str, str]] = json.loads(
    (Path(__file__).parent / "texts.json").read_text(encoding="utf-8")
)
"""By language and name. Every language has every name."""
NAMES = frozenset(SHIPPED["en"])
_FALLBACK = "en"
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})
_MOST_WISHES = 20  # languages of a browser that are looked at
_TAG = re.compile(r"[a-z]{2}(?=$|[-_])")


def language_for(settings: WidgetSettings, wishes: str) -> str:
    """The language to speak: the owner's choice, else the first wish there are words in.

    ``wishes`` are language tags as browsers write them, with commas between: ``de-AT,en;q=0.5``.
    """
    wished = [_TAG.match(wish.strip()) for wish in wishes.lower().split(",")[:_MOST_WISHES]]
    for language in (settings.language, *(found[0] for found in wished if found)):
        if language and (language in SHIPPED or language in settings.texts):
            return language
    return _FALLBACK


def texts_in(settings: WidgetSettings, language: str) -> dict[str, str]:
    """All texts; English where there are none of that language."""
    shipped = SHIPPED.get(language, SHIPPED[_FALLBACK])
    return {**shipped, **settings.texts.get(language, {})}


def direction_of(language: str) -> str:
    """``rtl`` or ``ltr``."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"

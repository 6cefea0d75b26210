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
_WEIGHT = re.compile(r"q=([01](?:\.[0-9]{0,3})?)")


def language_for(settings: WidgetSettings, wishes: str) -> str:
    """The language to speak: the owner's choice, else the dearest wish there are words in.

    ``wishes`` are language tags as browsers write them, with commas between: ``de-AT,en;q=0.5``.
    The weight says how dear one is, 0 that it is none (RFC 9110, section 12.5.4).
    """
    for language in (settings.language, *_by_weight(wishes)):
        if language and (language in SHIPPED or language in settings.texts):
            return language
    return _FALLBACK


def _by_weight(wishes: str) -> list[str]:
    found = []
    for wish in wishes.lower().split(",")[:_MOST_WISHES]:
        tag, _, parameter = wish.partition(";")
        language, given = _TAG.match(tag.strip()), _WEIGHT.fullmatch(parameter.strip())
        weight = float(given[1]) if given else 1.0
        if language and weight:
            found.append((weight, language[0]))
    found.sort(key=lambda each: -each[0])
    return [language for _, language in found]


def texts_in(settings: WidgetSettings, language: str) -> dict[str, str]:
    """All texts; English where there are none of that language."""
    shipped = SHIPPED.get(language, SHIPPED[_FALLBACK])
    return {**shipped, **settings.texts.get(language, {})}


def direction_of(language: str) -> str:
    """``rtl`` or ``ltr``."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"

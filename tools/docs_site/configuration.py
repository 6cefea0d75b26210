"""The reference of settings, out of the class that reads them."""

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cevvo.settings import Settings, variable

MARK = "<!-- every setting -->"
"""Where ``docs/configuration.md`` wants it."""


def settings_reference() -> str:
    """Markdown: a section for each setting, in the order of the class."""
    return "\n\n".join(_section(name, field) for name, field in Settings.model_fields.items())


def _section(name: str, field: FieldInfo) -> str:
    default = "none" if field.default in ((), None) else f"`{field.default}`"
    facts = [f"Default: {default}", *_bounds(field)]
    if SecretStr in getattr(field.annotation, "__args__", ()):
        facts.append("a secret: never shown or logged")
    return f"### {variable(name)}\n\n{field.description}\n\n{'; '.join(facts)}."


def _bounds(field: FieldInfo) -> list[str]:
    said = {"ge": "at least", "le": "at most", "max_length": "at most"}
    return [
        f"{words} {getattr(each, bound)}" + (" characters" if bound == "max_length" else "")
        for each in field.metadata
        for bound, words in said.items()
        if hasattr(each, bound)
    ]

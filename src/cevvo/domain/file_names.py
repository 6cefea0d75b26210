"""File names as they may be shown."""

import re
import unicodedata

MAX_LENGTH = 255
_JOINERS = "\u200c\u200d"  # zero width, but letters of Persian and parts of emoji depend on them
_REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_LONGEST_SUFFIX = 20
_IN_FORMS = {"%22": '"', "%0D": "\r", "%0A": "\n"}


def name_in_form(sent: str | None) -> str:
    """A file's name out of what a form says, where browsers escape these three and nothing else."""
    return re.sub("%(?:22|0D|0A)", lambda found: _IN_FORMS[found[0]], sent or "")


def display_name(raw: str | None) -> str:
    """A file name for people to read: no folders, control or bidirectional characters.

    Never a path on this server: the content is stored under its hash. At most 255 characters, the
    ending kept; ``document`` when nothing readable is left.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", raw or ""))[-1]
    visible = "".join(c for c in last if c in _JOINERS or unicodedata.category(c) not in _REFUSED)
    name = " ".join(visible.split()).strip(_JOINERS + " ")
    if not name.strip("."):
        return "document"
    if len(name) <= MAX_LENGTH:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _LONGEST_SUFFIX:
        return name[:MAX_LENGTH]
    return stem[: MAX_LENGTH - len(suffix) - 1] + dot + suffix

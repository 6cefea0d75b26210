"""A model's Markdown made inert: what it says stays, what it could do goes.

No link, image, HTML or reference survives, in whatever disguise; links and images leave their
text. What comes out is safe for every client, also for one that renders it with care for nothing.
"""

import html
import re
import unicodedata
from collections.abc import Callable

from cevvo.engine.answering.extractive.phrasing import INLINE_CODE, literal
from cevvo.engine.answering.phrasebook import word_set
from cevvo.providers.parsing.characters import visible

_STRONG = re.compile(r"\*\*(?=[^\s*])((?:[^*]|\*(?!\*))*?[^\s*])\*\*(?!\*)")
_EMPHASIS = re.compile(r"(?<![\w*\\])([*_])(?=[^\s*_])([^*_\n]*[^\s*_])\1(?![\w*])")
_JOINER = re.compile("(?<=[\x00-\x7f])[\u200b-\u200d\u2060]+(?=[\x00-\x7f])")

_COMMENT = re.compile(r"<!--.*?(?:-->|$)|<!.*?(?:>|$)|<\?.*?(?:>|$)", re.DOTALL)
_ELEMENT = re.compile(  # whose content is no text, either
    r"<(script|style|svg|math|iframe|object|embed|template|noscript|textarea|select|form)\b"
    r".*?(?:</\s*\1\s*>|$)",
    re.DOTALL | re.IGNORECASE,
)
_AUTOLINK = re.compile(r"<((?:[a-z][a-z0-9+.-]{1,31}:|[^\s<>@]+@)[^\s<>]*)>", re.IGNORECASE)
_TAG = re.compile(r"<(?:/?[A-Za-z][^<>]*)(?:>|$)|</?[A-Za-z][^<>\s]*\s[^<]*(?=<)")
_NAMED_ONLY = re.compile(r"</?([A-Za-z][\w.:-]*)\s*/?>")
_FORMATTING = word_set(
    "a abbr b big blockquote body br center cite code dd del details div dl dt em font h1 h2 h3 h4 "
    "h5 h6 head hr html i img ins kbd li mark ol p pre q s samp small span strike strong sub "
    "summary sup table tbody td th thead tr tt u ul var"
)
_IMAGE = re.compile(
    r"!\[([^\[\]]*)\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*(?:\)|$)|\s?\[[^\[\]]*\])?"
)
_LINK = re.compile(r"\[([^\[\]]*)\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*(?:\)|$)|\s?\[[^\[\]]*\])")
_DEFINITION = re.compile(r"\s*\[[^\[\]]+\]:.*", re.DOTALL)
_PASSES = 5  # markup in markup in markup; what is left after these is escaped


def inert(text: str) -> str:
    """One line of prose as Markdown with nothing but words, bold and inline code in it.

    Characters nobody sees are gone and entities are read, so that what is checked is what shows.
    """
    text = _JOINER.sub("", visible(text)).replace("\n", " ")
    for _ in range(_PASSES):
        before, text = text, outside_code(text, _one_pass)
        if text == before:
            break
    return " ".join(outside_code(text, _without_emphasis).split())


def written(text: str) -> str:
    """What ``inert`` gives, as Markdown that shows exactly that."""
    parts: list[str] = []
    position = 0
    for match in _STRONG.finditer(_hidden_code(text)):
        inner = text[match.start(1) : match.end(1)]
        parts += [literal(text[position : match.start()]), f"**{literal(inner)}**"]
        position = match.end()
    return "".join([*parts, literal(text[position:])])


def bare(text: str) -> str:
    """What ``inert`` gives without bold and backticks: the words."""
    return INLINE_CODE.sub(lambda match: match[2].strip(), _STRONG.sub(r"\1", text))


def code_in(text: str) -> list[str]:
    """The contents of the inline code."""
    return [match[2].strip() for match in INLINE_CODE.finditer(text)]


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """``text`` with everything but inline code changed."""
    parts: list[str] = []
    position = 0
    for match in INLINE_CODE.finditer(text):
        parts += [change(text[position : match.start()]), match[0]]
        position = match.end()
    return "".join([*parts, change(text[position:])])


def _one_pass(prose: str) -> str:
    prose = _JOINER.sub("", visible(html.unescape(prose)))
    prose = _ELEMENT.sub(" ", _COMMENT.sub(" ", prose))
    prose = _TAG.sub(_tag, _AUTOLINK.sub(r"\1", prose))
    return _LINK.sub(r"\1", _IMAGE.sub(r"\1", _DEFINITION.sub("", prose)))


def _without_emphasis(prose: str) -> str:
    return _EMPHASIS.sub(r"\2", prose.replace("__", "**"))


def _tag(match: re.Match[str]) -> str:
    """A placeholder such as ``<name>`` is something said: it becomes code. Other tags go."""
    named = _NAMED_ONLY.fullmatch(match[0])
    if named is None or named[1].lower() in _FORMATTING:
        return " " if named is None else ""
    return f"`{match[0]}`"


def _hidden_code(text: str) -> str:
    """As long as ``text``, with inline code blanked out, so that no asterisk in it counts."""
    return INLINE_CODE.sub(lambda match: "x" * len(match[0]), text)


def normalised(text: str) -> str:
    """For telling whether two texts say the same: without case, markup and kinds of quotes,
    dashes and blanks."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    return " ".join(folded.split())


_PLAIN = {
    **dict.fromkeys(map(ord, "`*\\|"), None),
    **dict.fromkeys(map(ord, "“”„«»″"), '"'),
    **dict.fromkeys(map(ord, "‘’‚′´"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—−"), "-"),
}

"""Which characters of a document's text are kept: one rule for every file type."""

import re
from collections.abc import Iterable

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls but tab, line ends
    "\u00ad"  # soft hyphen
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"  # zero width, direction
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotation and tag characters
    "\ud800-\udfff"  # half of a pair: cannot be encoded
    "]"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Han, kana, their punctuation.
_UNSPACED = "[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]"
_NO_BLANK = re.compile(rf"(?<={_UNSPACED})\n(?={_UNSPACED})")
_WIDE = re.compile(_UNSPACED)
TITLE_LIMIT = 200


def visible(text: str) -> str:
    """``text`` without what no reader sees: such characters hide instructions and break matching.

    Zero-width joiners stay, since Persian, Indic scripts and emoji need them. Line ends become
    ``\\n``.
    """
    return _INVISIBLE.sub("", _LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    """``text`` with every run of white space as one blank, none at the ends."""
    return " ".join(visible(text).split())


def joined(texts: Iterable[str]) -> str:
    """Lines of running text as one; scripts that put no blank between words get none."""
    return one_line(_NO_BLANK.sub("", "\n".join(texts)))


def goes_on(above: str, below: str) -> bool:
    """Whether a line goes on below without a blank between."""
    return _NO_BLANK.search(f"{above[-1:]}\n{below[:1]}") is not None


def width(line: str) -> int:
    """Columns that a line takes in type of fixed width."""
    return len(line) + len(_WIDE.findall(line))


def lines(text: str) -> str:
    """``text`` with its line breaks, each line as ``one_line`` makes it, empty ones left out."""
    cleaned = (" ".join(line.split()) for line in visible(text).split("\n"))
    return "\n".join(line for line in cleaned if line)


def verbatim(text: str) -> str:
    """Code: indentation and inner blanks kept, blank lines at both ends and line tails dropped."""
    kept = [line.rstrip() for line in visible(text).replace("\xa0", " ").split("\n")]
    first = next((n for n, line in enumerate(kept) if line), len(kept))
    last = next((n for n in range(len(kept), 0, -1) if kept[n - 1]), 0)
    return "\n".join(kept[first:last])


def title(text: str) -> str:
    """``text`` as a title: one line without the marks of inline code, at most 200 characters."""
    line = one_line(text.replace("`", ""))
    return line if len(line) <= TITLE_LIMIT else line[: TITLE_LIMIT - 1].rstrip() + "…"


def fenced(code: str, language: str = "") -> str:
    """``code`` as a fenced block whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall("`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"

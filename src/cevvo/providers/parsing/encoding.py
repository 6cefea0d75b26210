"""Bytes to text when nobody says, or somebody says wrongly, how they are encoded."""

import codecs
import re
from itertools import islice

import chardet

from cevvo.providers.parsing.unicode_text import decode_unicode

# What a browser takes these labels to mean (https://encoding.spec.whatwg.org/#names-and-labels).
_LABELS = {
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-9": "cp1254",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "x-mac-roman": "mac_roman",
}
_OTHERS = (
    *(f"iso-8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    *(f"windows-125{page}" for page in range(9)),
    *("cp866", "koi8-r", "koi8-u", "euc-jp", "iso-2022-jp", "utf-8"),
)
# Looked up now: a parser that may open no file cannot import a codec later.
_CODECS = {
    label: codecs.lookup(codec)
    for label, codec in {**_LABELS, **{name: name for name in _OTHERS}}.items()
}
# What text files without a label are found in; the rest is too rare to be worth mistakes.
_GUESSABLE = (
    *(f"cp125{page}" for page in range(9)),
    *("iso8859-2", "iso8859-5", "iso8859-7", "koi8-r", "koi8-u", "cp866", "mac-roman"),
    *("cp932", "euc_jis_2004", "cp949", "gb18030", "big5hkscs", "cp874"),
)
for _name in (*_GUESSABLE, "cp437"):  # cp437: names in a ZIP directory
    codecs.lookup(_name)

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_HEAD = 4096
_SAMPLE = 16_384
_MAX_LINES = 500
# What tells: letters, bytes that mean nothing in Windows-1252, and signs in a row; single ones are
# quotation marks, degrees, currencies.
_FOREIGN = re.compile("[^\\W\\d_\x00-\x7f]|\ufffd|[^\x00-\x7f]{3,}")
_LEAST_FOREIGN = 4
_FEW_FOREIGN = 12
_ACCENTED = 0.35  # share of letters that accented ones have at most in a short western text
_HUMP = re.compile("[α-ωа-џ][Α-ΩЀ-Я]")  # no such thing in Cyrillic and Greek words
_JIS_ESCAPE = re.compile(rb"\x1b\$[@B]")
chardet.detect("naïveté".encode("cp1252") * 8)  # loads its tables, for the same reason


def declared_encoding(content: bytes) -> str | None:
    """The encoding that an HTML page names in its first 4 kB, in lower case, or None."""
    head = content[:_HEAD]
    found = _XML.search(head) or _META.search(head)
    return found[1].decode("ascii").lower() if found else None


def decode(content: bytes, declared: str | None = None) -> str:
    """Text of ``content``; never fails, bytes that fit no guess become U+FFFD.

    In this order: an encoding of Unicode; ``declared``; what its statistics say; Windows-1252.
    """
    if declared == "iso-2022-jp" or _JIS_ESCAPE.search(content[:_SAMPLE]):
        return content.decode("iso-2022-jp", "replace")  # all ASCII, so it would pass as UTF-8
    text = decode_unicode(content)
    if text is not None:
        return text
    if declared in _CODECS and declared != "utf-8":
        return _CODECS[declared].decode(content, "replace")[0]
    return content.decode(_guessed(content), "replace")


def _guessed(content: bytes) -> str:
    """The codec that the bytes beyond ASCII speak for; Windows-1252 unless they do so clearly."""
    lines = (line for line in content.splitlines() if not line.isascii())
    sample = b"\n".join(islice(lines, _MAX_LINES))[:_SAMPLE]
    western = sample.decode("cp1252", "replace")
    foreign = sum(map(len, _FOREIGN.findall(western)))
    letters = sum(character.isalpha() for character in western)
    if foreign < _LEAST_FOREIGN or (foreign < _FEW_FOREIGN and foreign < _ACCENTED * letters):
        return "cp1252"
    found = chardet.detect(sample, include_encodings=_GUESSABLE, compat_names=False)["encoding"]
    guessed = sample.decode(found or "cp1252", "replace")
    humps = len(_HUMP.findall(guessed))
    return found if found and humps * 20 < len(guessed.split()) + 20 else "cp1252"

"""Bytes to text when nobody says, or somebody says wrongly, how they are encoded."""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark starts with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
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
for _name in ("cp1252", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp437"):
    codecs.lookup(_name)  # cp437: names in a ZIP directory

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_HEAD = 4096
_SAMPLE = 65_536
_KANA = re.compile("[\u3040-\u30ff]")
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]")


def declared_encoding(content: bytes) -> str | None:
    """The encoding that an HTML page names in its first 4 kB, in lower case, or None."""
    head = content[:_HEAD]
    found = _XML.search(head) or _META.search(head)
    return found[1].decode("ascii").lower() if found else None


def decode(content: bytes, declared: str | None = None) -> str:
    """Text of ``content``; never fails, bytes that fit no guess become U+FFFD.

    In this order: byte order mark; valid UTF-8, which text in another encoding practically never
    is; ``declared``; UTF-16 without a mark; Shift_JIS if the text then holds Japanese syllables;
    Windows-1252.
    """
    for mark, codec in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(codec, "replace")
    if declared == "iso-2022-jp":  # is all ASCII, so it would pass as UTF-8
        return content.decode(declared, "replace")
    wide = _utf16_without_mark(content)
    if wide:
        return content.decode(wide, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.start > len(content) - 4 and not content[: error.start].isascii()
        if cut:  # in the middle of the last character
            return content.decode("utf-8", "replace")
    if declared in _CODECS and declared != "utf-8":
        return _CODECS[declared].decode(content, "replace")[0]
    if _is_shift_jis(content):
        return content.decode("cp932", "replace")
    return content.decode("cp1252", "replace")


def _utf16_without_mark(content: bytes) -> str | None:
    """Zeros in every other byte give UTF-16 away; other text has none."""
    sample = content[:_SAMPLE]
    half = len(sample) // 2
    if half < 2:
        return None
    if sample[1::2].count(0) > 0.4 * half and sample[::2].count(0) < 0.05 * half:
        return "utf-16-le"
    if sample[::2].count(0) > 0.4 * half and sample[1::2].count(0) < 0.05 * half:
        return "utf-16-be"
    return None


def _is_shift_jis(content: bytes) -> bool:
    """Decodes without an error and shows kana, not the half-width ones that accents turn into."""
    try:
        text = content[:_SAMPLE].decode("cp932")
    except UnicodeDecodeError as error:
        if error.start < min(len(content), _SAMPLE) - 2:
            return False
        text = content[: error.start].decode("cp932")
    foreign = sum(not character.isascii() for character in text)
    kana = len(_KANA.findall(text))
    return kana > 0.1 * foreign and kana > 2 * len(_HALF_WIDTH_KANA.findall(text))

"""Text in an encoding of Unicode: told by its first bytes, its zeros, or by being valid."""

import codecs

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark starts with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
for _, _codec in _BOMS:
    codecs.lookup(_codec)  # now: a parser that may open no file cannot import a codec later

_SAMPLE = 65_536
_LONG = 20  # characters
_SOUND_TO_A_FAULT = 20  # characters beyond ASCII
_NOT_ZERO = bytes(range(1, 256))
_NOT_ALPHABETS = bytes(range(7, 256))


def decode_unicode(content: bytes) -> str | None:
    """Text of ``content``; None if it is in none of the encodings of Unicode.

    In this order: byte order mark; UTF-16 without a mark; UTF-8 with few faults at most, which text
    in another encoding practically never is.
    """
    for mark, codec in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(codec, "replace")
    wide = _utf16_without_mark(content)
    if wide:
        return content.decode(wide, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.start > len(content) - 4 and not content[: error.start].isascii()
        # in the middle of the last character
        text = content.decode("utf-8", "replace")
        return text if cut or _faults(text) * _SOUND_TO_A_FAULT <= _beyond_ascii(text) else None


def _faults(text: str) -> int:
    return text.count("\ufffd")


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _utf16_without_mark(content: bytes) -> str | None:
    """Every other byte is zero, or in a longer text the number of another alphabet, up to 6
    (Arabic): control characters, which text in other encodings has none of."""
    sample = content[:_SAMPLE]
    half = len(sample) // 2
    if half < 2:
        return None
    others = _NOT_ALPHABETS if half >= _LONG else _NOT_ZERO
    even = len(sample[::2].translate(None, others))
    odd = len(sample[1::2].translate(None, others))
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None

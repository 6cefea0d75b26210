"""Personal data and secrets masked in text that is shown to others than its writer.

Patterns only: e-mail addresses, telephone, card and account numbers, network addresses, keys and
passwords. Names and postal addresses are not recognised. Where a pattern is in doubt (a version of
four numbers looks like an address) it masks.
"""

import ipaddress
import re

# Every quantifier is bounded or followed by what it cannot itself match: time stays linear.
_CREDENTIALS_IN_URL = re.compile(r"(?<=://)[^\s/@]{1,256}@")
_ASSIGNED_SECRET = re.compile(
    r"(?i)\b(password|passwort|kennwort|mot de passe|contraseña|passwd|pwd|secret|token"
    r"|api[ _-]?key|bearer)"
    r"(\s{0,3}[:=]\s{0,3}|(?<=bearer)\s{1,3})[^\s,;]{4,512}"
)
_KNOWN_KEY = re.compile(
    r"\b(?:sk|pk|rk|cevvo_[sp]k|gh[opsur]|github_pat|glpat|xox[abprs]|hf|npm)[-_][\w-]{10,512}"
    r"|\bAKIA[0-9A-Z]{16}\b|\beyJ[\w-]{8,4096}(?:\.[\w-]{1,4096}){1,2}"
)
_UUID = re.compile(r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b")
_TOKEN = re.compile(r"[A-Za-z0-9]{16,512}")
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)")
_IPV6 = re.compile(r"(?<![\w:])[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w])")
_PHONE = re.compile(  # +49 30 1234567, 0049 30 …; 030 1234567, (555) 123-4567; 555-123-4567
    r"(?<![\w./-])(?!\d\d?[/-]\d\d?[/-]\d{4})"
    r"(?:(?:\+|00)[1-9]\d{0,14}|\(0?\d{2,5}\)|0\d{1,14})"
    r"(?:[ /-]{1,3}\(?\d{1,8}\)?){0,6}(?!\w)"
    r"|(?<![\w.])(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}(?!\w|\.\d)"
)
_DOTTED_PHONE = re.compile(  # +49.30.1234567; 01.23.45.67.89
    r"(?<![\w./+-])(?:\+[1-9]\d{0,2}(?:\.\d{1,8}){2,6}|0\d(?:\.\d\d){4})(?!\w|\.\w)"
)
_LONG_NUMBER = re.compile(r"(?<![\w.])\d{7,64}(?!\w)")
_PHONE_DIGITS = 7  # the shortest subscriber numbers; a shorter run is a year, a port, a size


def mask(text: str) -> str:
    """``text`` with each piece of personal data replaced by its kind in brackets: ``[email]``."""
    text = _CREDENTIALS_IN_URL.sub("[secret]@", text)
    text = _ASSIGNED_SECRET.sub(r"\1\2[secret]", text)
    text = _KNOWN_KEY.sub("[secret]", text)
    text = _EMAIL.sub("[email]", text)
    text = _UUID.sub("[id]", text)
    text = _IBAN.sub(_account, text)
    text = _TOKEN.sub(_secret, text)
    text = _DOTTED_PHONE.sub(_phone, text)
    text = _IPV4.sub(_address, text)
    text = _IPV6.sub(_address, text)
    text = _PHONE.sub(_phone, text)
    text = _CARD.sub("[card]", text)
    return _LONG_NUMBER.sub("[number]", text)


def _account(match: re.Match[str]) -> str:
    """IBAN check digits (ISO 13616): what fails them is some other word in capitals."""
    compact = match[0].replace(" ", "")
    digits = "".join(str(int(c, 36)) for c in compact[4:] + compact[:4])
    return "[account]" if int(digits) % 97 == 1 else match[0]


def _secret(match: re.Match[str]) -> str:
    """A long run that mixes letters and digits is a key or a hash; one that does not is a word."""
    digits = sum(c.isdigit() for c in match[0])
    return "[secret]" if 3 <= digits < len(match[0]) else match[0]


def _address(match: re.Match[str]) -> str:
    if not any(c.isdigit() for c in match[0]):  # a scope such as std::abs
        return match[0]
    try:
        ipaddress.ip_address(match[0])
    except ValueError:
        return match[0]
    return "[ip]"


def _phone(match: re.Match[str]) -> str:
    return "[phone]" if sum(c.isdigit() for c in match[0]) >= _PHONE_DIGITS else match[0]

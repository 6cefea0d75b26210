"""Bytes to text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.providers.parsing.encoding import declared_encoding, decode

JAPANESE = "設定を変更するには、このボタンをクリックしてください。"


@pytest.mark.parametrize(
    ("content", "declared", "text"),
    [
        ("naïve".encode(), None, "naïve"),
        ("naïve".encode(), "iso-8859-1", "naïve"),  # valid UTF-8 wins over a wrong label
        (b"\xef\xbb\xbfx", None, "x"),
        ("naïve".encode("utf-16"), None, "naïve"),
        ("naïve".encode("utf-16-be"), None, "naïve"),
        ("naïve".encode("utf-16-le"), None, "naïve"),
        ("naïve".encode("utf-32"), None, "naïve"),
        ("“naïve” – €".encode("cp1252"), None, "“naïve” – €"),
        ("Größe".encode("latin-1"), "iso-8859-1", "Größe"),
        ("Привет".encode("cp1251"), "windows-1251", "Привет"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        (JAPANESE.encode("shift_jis"), None, JAPANESE),
        (JAPANESE.encode("euc-jp"), "euc-jp", JAPANESE),
        (JAPANESE.encode("iso-2022-jp"), "iso-2022-jp", JAPANESE),
        ("中文".encode("gb2312"), "gb2312", "中文"),
        (b"caf\xe9", "no-such-encoding", "café"),
        ("äöüÄÖÜß éèê".encode("cp1252") * 20, None, "äöüÄÖÜß éèê" * 20),
        ("“cut off”".encode()[:-1], None, "“cut off\ufffd"),
        (
            "“Größe” – naïve\n".encode() * 9 + b"caf\xe9 here",
            None,
            "“Größe” – naïve\n" * 9 + "caf\ufffd here",
        ),
    ],
)
def test_decode(content: bytes, declared: str | None, text: str) -> None:
    assert decode(content, declared) == text


FARMING = {
    "ru": "Тот, кто работает в саду, должен записать своё имя в список. Лестница стоит в сарае.",
    "cs": "Kdo pracuje v sadu, musí zapsat své jméno do seznamu, než si vezme žebřík ze skladu.\n"
    "Když je žebřík poškozený, napište to na tabuli u dveří, ať ho nikdo nepoužívá.",
    "el": "Όποιος εργάζεται στον κήπο πρέπει να γράψει το όνομά του στη λίστα.",
    "ko": "과수원에서 일하는 사람은 사다리를 가져가기 전에 명단에 이름을 적어야 합니다.",
    "zh": "在果园工作的人在拿梯子之前必须把自己的名字写在名单上。",
    "tw": "在果園工作的人在拿梯子之前必須把自己的名字寫在名單上。",
}


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        *(("ru", encoding) for encoding in ("cp1251", "koi8-r", "cp866", "utf-16-le", "utf-16-be")),
        *(("cs", encoding) for encoding in ("cp1250", "iso8859-2")),
        *(("el", encoding) for encoding in ("iso8859-7", "cp1253", "utf-16-le")),
        *(("ko", encoding) for encoding in ("euc-kr", "cp949")),
        *(("zh", encoding) for encoding in ("gb2312", "gb18030")),
        ("tw", "big5"),
    ],
)
def test_encodings_that_nobody_declared(language: str, encoding: str) -> None:
    assert decode(FARMING[language].encode(encoding)) == FARMING[language]


@pytest.mark.parametrize(
    "text",
    [
        "C'est déjà été testé à l'école.",
        "30° — 5 µm ± 1 %, £20 · “ok”",
        "El niño comió piña mañana",
        "Smörgåsbord på svenska är gött",
    ],
)
def test_a_few_accents_are_taken_for_windows_1252(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


def test_japanese_mail_needs_no_label() -> None:
    assert decode(JAPANESE.encode("iso-2022-jp")) == JAPANESE


@pytest.mark.parametrize(
    ("head", "label"),
    [
        (b"<meta charset=UTF-8>", "utf-8"),
        (b'<META http-equiv="Content-Type" content="text/html; charset=Shift_JIS">', "shift_jis"),
        (b'<?xml version="1.0" encoding="ISO-8859-2"?>', "iso-8859-2"),
        (b"<p>charset=x", None),
    ],
)
def test_declared_encoding(head: bytes, label: str | None) -> None:
    assert declared_encoding(head) == label


@given(st.binary(max_size=300), st.sampled_from([None, "shift_jis", "utf-8", "gb2312", "x"]))
def test_any_bytes_become_text(content: bytes, declared: str | None) -> None:
    assert isinstance(decode(content, declared), str)


@given(st.text(max_size=300))
def test_utf_8_comes_back(text: str) -> None:
    if "\x00" not in text and not text.startswith("\ufeff"):
        assert decode(text.encode("utf-8", "replace")) == text.encode("utf-8", "replace").decode()

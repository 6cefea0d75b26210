"""The language of a text and of a document."""

import pytest

from cevvo.domain.documents import Block
from cevvo.providers.parsing.language import detect_language, document_language

SENTENCES = {
    "ar": "يجب على كل عامل في البستان أن يكتب اسمه في القائمة قبل أن يأخذ السلم من المخزن.",
    "bg": "Всеки, който работи в градината, трябва да запише името си, преди да вземе стълбата.",
    "cs": "Kdo pracuje v sadu, musí zapsat své jméno do seznamu, než si vezme žebřík ze skladu.",
    "da": "Den, der arbejder i haven, skal skrive sit navn på listen, før stigen bliver "
    "hentet af ham.",
    "de": "Wer im Garten arbeitet, muss seinen Namen in die Liste schreiben, bevor er die "
    "Leiter holt.",
    "el": "Όποιος εργάζεται στον κήπο πρέπει να γράψει το όνομά του στη λίστα.",
    "en": "Whoever works in the orchard has to write their name on the list before "
    "taking a ladder.",
    "es": "Quien trabaja en el huerto debe escribir su nombre en la lista antes de tomar "
    "la escalera.",
    "fi": "Jos joku on puutarhassa, hänen täytyy kirjoittaa nimensä listaan ennen kuin hän "
    "ottaa sen.",
    "fr": "Celui qui travaille dans le verger doit écrire son nom sur la liste "
    "avant de la prendre.",
    "he": "כל מי שעובד בבוסתן צריך לרשום את שמו על הרשימה לפני שהוא לוקח את הסולם.",
    "hi": "जो बाग में काम करता है उसे सीढ़ी लेने से पहले सूची में अपना नाम लिखना चाहिए।",
    "hu": "Aki a kertben dolgozik, annak fel kell írnia a nevét a listára, és csak azután "
    "lehet elvinni.",
    "id": "Siapa yang bekerja di kebun harus menulis nama dalam daftar sebelum tangga itu diambil.",
    "it": "Chi lavora nel frutteto deve scrivere il suo nome sulla lista prima di prendere "
    "la scala.",
    "ja": "果樹園で働く人は、はしごを取る前に名簿に名前を書かなければなりません。",
    "ko": "과수원에서 일하는 사람은 사다리를 가져가기 전에 명단에 이름을 적어야 합니다.",
    "nb": "Den som arbeider i hagen, må skrive navnet sitt på listen før noen henter "
    "stigen etter ham.",
    "nl": "Wie in de boomgaard werkt, moet zijn naam op de lijst schrijven voordat hij de "
    "ladder pakt.",
    "pl": "Kto pracuje w sadzie, musi wpisać się na listę, zanim weźmie drabinę, i nie "
    "może jej zabrać.",
    "pt": "Quem trabalha no pomar deve escrever o seu nome na lista antes de pegar uma "
    "escada do armazém.",
    "ru": "Тот, кто работает в саду, должен записать своё имя в список, прежде чем он возьмёт её.",
    "sv": "Den som arbetar i trädgården ska skriva sitt namn på listan innan någon hämtar "
    "stegen och går.",
    "th": "ผู้ที่ทำงานในสวนผลไม้ต้องเขียนชื่อในรายการก่อนหยิบบันได",
    "tr": "Bahçede çalışan herkes merdiveni almadan önce listeye kendi adını yazmalı ve "
    "bunu bir kez daha.",
    "uk": "Той, хто працює в саду, має записати своє ім'я до списку, перш ніж він візьме її.",
    "zh": "在果园工作的人在拿梯子之前必须把自己的名字写在名单上，并且用完后放回原处。",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_of_each_language(language: str) -> None:
    assert detect_language(SENTENCES[language]) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Setup",
        "kubectl get pods --namespace kube-system --output wide; systemctl restart nginx.service",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor",
        SENTENCES["de"] + SENTENCES["fr"],
        "1234 5678 9012 3456 7890 1234 5678 9012",
    ],
    ids=["nothing", "a word", "commands", "no language", "two languages", "figures"],
)
def test_no_guess_without_evidence(text: str) -> None:
    assert detect_language(text) is None


def document(language: str, times: int = 1) -> list[Block]:
    return [Block("paragraph", SENTENCES[language])] * times


@pytest.mark.parametrize(
    ("declared", "blocks", "language"),
    [
        (None, document("de"), "de"),
        (None, [Block("paragraph", "Setup")], None),
        ("fr", [Block("paragraph", "Setup")], "fr"),
        ("en", document("ja"), "ja"),  # the script tells
        ("en", document("ru"), "ru"),
        ("ru", document("en"), "en"),
        ("en", document("de"), "en"),  # too little to be sure
        ("en", document("de", 20), "de"),
        ("no", document("nb", 20), "no"),
        ("af", document("nl", 20), "af"),  # a language that looks like another
        (None, [Block("code", SENTENCES["en"]), *document("it")], "it"),
        (None, [Block("paragraph", f"`{SENTENCES['en']}` {SENTENCES['it']}")], "it"),
    ],
)
def test_what_a_document_says_and_what_its_text_says(
    declared: str | None, blocks: list[Block], language: str | None
) -> None:
    assert document_language(declared, blocks) == language

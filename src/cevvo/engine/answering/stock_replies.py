"""What is said in place of an answer where the owner of the workspace has set no words."""

from cevvo.engine.answering.phrasebook import Language

PERSON_ASKED_FOR: dict[Language, str] = {
    "en": "I have noted that you would like to talk to a person.",
    "de": "Ich habe vermerkt, dass Sie mit einem Menschen sprechen möchten.",
    "fr": "J'ai noté que vous souhaitez parler à une personne.",
    "es": "He anotado que desea hablar con una persona.",
}

TOPIC_REFUSED: dict[Language, str] = {
    "en": "I do not answer questions on this topic here.",
    "de": "Fragen zu diesem Thema beantworte ich hier nicht.",
    "fr": "Je ne réponds pas ici aux questions sur ce sujet.",
    "es": "Aquí no respondo a preguntas sobre este tema.",
}

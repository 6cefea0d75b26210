"""What is said without a search, and in which language, as plain tables.

Languages are ISO 639-1 codes: English, German, French, Spanish.
"""

from collections.abc import Collection
from typing import Literal

Language = Literal["en", "de", "fr", "es"]
Intent = Literal[
    "greeting",
    "wellbeing",
    "thanks",
    "goodbye",
    "acknowledgement",
    "identity",
    "help",
    "complaint",
    "regret",
]

# From the one that decides the reply to the one that least does, where a message has several.
PRECEDENCE: tuple[Intent, ...] = (
    "identity",
    "complaint",
    "help",
    "regret",
    "wellbeing",
    "goodbye",
    "thanks",
    "greeting",
    "acknowledgement",
)


def word_set(words: str) -> frozenset[str]:
    """The words of a string."""
    return frozenset(words.split())


REPLIES: dict[Language, dict[Intent, str]] = {
    "en": {
        "greeting": "Hello! What would you like to know?",
        "wellbeing": "All is well, thank you. What would you like to know?",
        "thanks": "You are welcome! If anything else comes up, just ask.",
        "goodbye": "Goodbye! Come back whenever you have a question.",
        "acknowledgement": "Good. If anything else comes up, just ask.",
        "identity": "I am an automatic assistant. I answer questions from the documents that I "
        "was given and show where each answer comes from. What would you like to know?",
        "help": "Gladly. Ask your question in your own words: I look it up in the documents that "
        "I was given and show where the answer comes from.",
        "complaint": "I am sorry for the trouble. What exactly does not work? Tell me what you "
        "want to do, what happens instead and any error message, and I will look it up.",
        "regret": "I am sorry that this did not help. Tell me in other words what you are looking "
        "for, and I will look again.",
    },
    "de": {
        "greeting": "Hallo! Was möchten Sie wissen?",
        "wellbeing": "Alles bestens, danke. Was möchten Sie wissen?",
        "thanks": "Gern geschehen! Wenn noch etwas ist, fragen Sie einfach.",
        "goodbye": "Auf Wiedersehen! Kommen Sie gern mit der nächsten Frage wieder.",
        "acknowledgement": "Gut. Wenn noch etwas ist, fragen Sie einfach.",
        "identity": "Ich bin ein automatischer Assistent. Ich beantworte Fragen aus den "
        "Dokumenten, die ich bekommen habe, und zeige, woher jede Antwort stammt. "
        "Was möchten Sie wissen?",
        "help": "Gern. Stellen Sie Ihre Frage in eigenen Worten: Ich schlage in den Dokumenten "
        "nach, die ich bekommen habe, und zeige, woher die Antwort stammt.",
        "complaint": "Das tut mir leid. Was genau geht nicht? Sagen Sie mir, was Sie tun möchten, "
        "was stattdessen geschieht und welche Fehlermeldung kommt, dann sehe ich nach.",
        "regret": "Es tut mir leid, dass das nicht geholfen hat. Sagen Sie mir mit anderen Worten, "
        "was Sie suchen, dann sehe ich noch einmal nach.",
    },
    "fr": {
        "greeting": "Bonjour ! Que souhaitez-vous savoir ?",
        "wellbeing": "Tout va bien, merci. Que souhaitez-vous savoir ?",
        "thanks": "Je vous en prie ! Si vous avez une autre question, n'hésitez pas.",
        "goodbye": "Au revoir ! Revenez quand vous aurez une question.",
        "acknowledgement": "Très bien. Si vous avez une autre question, n'hésitez pas.",
        "identity": "Je suis un assistant automatique. Je réponds aux questions à partir des "
        "documents qui m'ont été fournis et je montre d'où vient chaque réponse. "
        "Que souhaitez-vous savoir ?",
        "help": "Volontiers. Posez votre question avec vos propres mots : je cherche dans les "
        "documents qui m'ont été fournis et je montre d'où vient la réponse.",
        "complaint": "Je suis désolé de ces difficultés. Qu'est-ce qui ne fonctionne pas "
        "exactement ? Dites-moi ce que vous voulez faire, ce qui se passe à la place et le message "
        "d'erreur, et je chercherai.",
        "regret": "Je suis désolé que cela n'ait pas aidé. Dites-moi autrement ce que vous "
        "cherchez, et je chercherai de nouveau.",
    },
    "es": {
        "greeting": "¡Hola! ¿Qué le gustaría saber?",
        "wellbeing": "Todo bien, gracias. ¿Qué le gustaría saber?",
        "thanks": "¡De nada! Si surge algo más, pregunte sin problema.",
        "goodbye": "¡Hasta luego! Vuelva cuando tenga otra pregunta.",
        "acknowledgement": "Bien. Si surge algo más, pregunte sin problema.",
        "identity": "Soy un asistente automático. Respondo preguntas a partir de los documentos "
        "que me han dado y muestro de dónde sale cada respuesta. ¿Qué le gustaría saber?",
        "help": "Con gusto. Haga su pregunta con sus propias palabras: busco en los documentos "
        "que me han dado y muestro de dónde sale la respuesta.",
        "complaint": "Siento las molestias. ¿Qué es exactamente lo que no funciona? Dígame qué "
        "quiere hacer, qué ocurre en su lugar y qué mensaje de error aparece, y lo buscaré.",
        "regret": "Siento que esto no haya ayudado. Dígame con otras palabras qué busca y volveré "
        "a mirar.",
    },
}

NOT_FOUND: dict[Language, str] = {
    "en": "I could not find this in the documents that I was given, so I will not guess. Other "
    "words or a more specific question may help.",
    "de": "Das habe ich in den Dokumenten, die ich bekommen habe, nicht gefunden, und raten möchte "
    "ich nicht. Andere Worte oder eine genauere Frage können helfen.",
    "fr": "Je n'ai pas trouvé cela dans les documents qui m'ont été fournis, et je ne veux pas "
    "deviner. D'autres mots ou une question plus précise peuvent aider.",
    "es": "No he encontrado esto en los documentos que me han dado y no quiero adivinar. Otras "
    "palabras o una pregunta más concreta pueden ayudar.",
}

HANDED_OVER: dict[Language, str] = {
    "en": "I will pass this on to a person.",
    "de": "Ich gebe das an einen Menschen weiter.",
    "fr": "Je transmets votre demande à une personne.",
    "es": "Paso su consulta a una persona.",
}
"""To somebody who asks for a person."""

REFUSED: dict[Language, str] = {
    "en": "I cannot help with this here.",
    "de": "Dabei kann ich hier nicht helfen.",
    "fr": "Je ne peux pas vous aider à ce sujet ici.",
    "es": "No puedo ayudarle con esto aquí.",
}
"""To a question that the owner does not want answered."""

FUNCTION_WORDS: dict[Language, frozenset[str]] = {
    "en": word_set(
        "a about also an and any are as at be been being between but by can could did do does "
        "doing for from had has have he her his how i if in into is it its many may me might much "
        "must my no not of on or our over she should so some such than that the their them then "
        "there these they this those to under us very was we were what when where which who whom "
        "whose why will with would you your please"
    ),
    "de": word_set(
        "aber als auch auf aus bei bin bis da das dass dem den der des die doch du durch ein eine "
        "einem einen einer er es für habe haben hat ich ihr im in ist ja kann kein keine können "
        "man mein meine mich mir mit muss nach nicht noch nur ob oder sein sich sie sind so soll "
        "über um und uns vom von vor wann war warum was welche welchen welcher welches wenn wer "
        "werden wie wieso wir wird wo woher wohin zu zum zur"
    ),
    "fr": word_set(
        "à ai alors au aux avec avez ce ces cette comment dans de des du elle en est et être "
        "faire fait il ils j je l la le les leur lui ma mais me mes mon ne nous on ont ou où par "
        "pas peut peux plus pour pourquoi puis qu quand que quel quelle quelles quels qui quoi "
        "sa sans se ses si son sont sur ta tu un une vos votre vous y"
    ),
    "es": word_set(
        "a al como cómo con cual cuál cuáles cuando cuándo de del desde dónde donde e el él ella "
        "en entre es esta este esto está están hacer hay la las le les lo los me mi mis muy no "
        "nos o para pero por porque puede puedo que qué quien quién se sea ser si sin sobre son "
        "su sus te tiene tu un una usted y yo"
    ),
}
"""Words that carry no topic; used to tell languages apart and to weigh a question's terms."""


LANGUAGE_NAMES: dict[Language, str] = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
}


def guess_language(text: str) -> Language:
    """The language whose function words are most frequent in ``text``; English when in doubt."""
    return certain_language(text) or "en"


def certain_language(text: str) -> Language | None:
    """The same; None when in doubt."""
    words = text.lower().replace("'", " ").replace("?", " ").split()
    counts = {
        language: sum(word in known for word in words) for language, known in FUNCTION_WORDS.items()
    }
    best = max(counts.values())
    found = [language for language, count in counts.items() if count == best]
    if len(found) == 1:
        return found[0]
    return "en" if best and "en" in found else None


def sought_language(question: str, documents: Collection[str]) -> Language | None:
    """The language that a question has to be put into to be found: of ``documents``' languages
    (ISO 639-1) the first, where none is the question's own; else None."""
    own = certain_language(question)
    if own is None or own in documents:
        return None
    return next((language for language in FUNCTION_WORDS if language in documents), None)

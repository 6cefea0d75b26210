"""Which messages are small talk and what is said back; above all, which are questions."""

import pytest

from cevvo.engine.answering.phrasebook import NOT_FOUND, REPLIES, Intent, Language
from cevvo.engine.answering.thread.phrase_tables import spelled_out
from cevvo.engine.answering.thread.phrases import PHRASES
from cevvo.engine.answering.thread.small_talk import small_talk

SMALL_TALK: list[tuple[str, Language, Intent]] = [
    ("hi", "en", "greeting"),
    ("Hello!", "en", "greeting"),
    ("hello there", "en", "greeting"),
    ("Hellooooo", "en", "greeting"),
    ("Heyyy everyone", "en", "greeting"),
    ("Good morning, team.", "en", "greeting"),
    ("hi 👋", "en", "greeting"),
    ("How are you?", "en", "wellbeing"),
    ("hey, what's up?", "en", "wellbeing"),
    ("hey, what’s up?", "en", "wellbeing"),
    ("is anyone there?", "en", "wellbeing"),
    ("thanks", "en", "thanks"),
    ("THX!!", "en", "thanks"),
    ("Thank you so much!", "en", "thanks"),
    ("Thank you very much for your help :)", "en", "thanks"),
    ("ok great, thanks a lot", "en", "thanks"),
    ("perfect, that worked", "en", "thanks"),
    ("bye", "en", "goodbye"),
    ("thanks, bye!", "en", "goodbye"),
    ("That's all for now. Have a nice day!", "en", "goodbye"),
    ("ok", "en", "acknowledgement"),
    ("Okay.", "en", "acknowledgement"),
    ("got it", "en", "acknowledgement"),
    ("makes sense", "en", "acknowledgement"),
    ("no thanks", "en", "acknowledgement"),
    ("lol", "en", "acknowledgement"),
    ("who are you?", "en", "identity"),
    ("Hi! Are you a bot?", "en", "identity"),
    ("am I talking to a real person?", "en", "identity"),
    ("what's your name", "en", "identity"),
    ("help", "en", "help"),
    ("Can you help me please?", "en", "help"),
    ("hi, I have a question", "en", "help"),
    ("what can you do?", "en", "help"),
    ("that didn't help", "en", "regret"),
    ("that's wrong", "en", "regret"),
    ("👍", "en", "thanks"),
    ("🙏🙏", "en", "thanks"),
    ("<3", "en", "thanks"),
    ("😡", "en", "regret"),
    (":(", "en", "regret"),
    ("👋🏽", "en", "greeting"),
    ("?", "en", "help"),
    ("...", "en", "help"),
    ("Hallo", "de", "greeting"),
    ("Guten Tag zusammen", "de", "greeting"),
    ("Guten Morgen, wie geht's?", "de", "wellbeing"),
    ("Vielen Dank für die Hilfe!", "de", "thanks"),
    ("Tschüss", "de", "goodbye"),
    ("alles klar, danke", "de", "thanks"),
    ("verstanden", "de", "acknowledgement"),
    ("Wer bist du?", "de", "identity"),
    ("Hallo, ich habe eine Frage", "de", "help"),
    ("Das hilft mir nicht", "de", "regret"),
    ("Bonjour", "fr", "greeting"),
    ("Salut, ça va ?", "fr", "wellbeing"),
    ("Merci beaucoup pour votre aide", "fr", "thanks"),
    ("Au revoir, bonne journée", "fr", "goodbye"),
    ("d'accord", "fr", "acknowledgement"),
    ("Qui êtes-vous ?", "fr", "identity"),
    ("Pouvez-vous m'aider ?", "fr", "help"),
    ("¡Hola!", "es", "greeting"),
    ("Hola, ¿cómo estás?", "es", "wellbeing"),
    ("Muchas gracias", "es", "thanks"),
    ("Hasta luego", "es", "goodbye"),
    ("vale", "es", "acknowledgement"),
    ("¿Quién eres?", "es", "identity"),
    ("Necesito ayuda", "es", "help"),
    ("are you a real person or a robot?", "en", "identity"),
    ("I'd like to know who programmed you", "en", "identity"),
    ("could you tell me how old you are", "en", "identity"),
    ("tell me a good joke", "en", "identity"),
    ("what kinds of questions can I ask you?", "en", "help"),
    ("that was really very helpful, thank you so much", "en", "thanks"),
    ("I'm so grateful for your help", "en", "thanks"),
    ("it was nice talking to you, see you soon", "en", "goodbye"),
    ("yes, that is correct", "en", "acknowledgement"),
    ("I don't think that is true", "en", "acknowledgement"),
    ("how have things been going?", "en", "wellbeing"),
    ("Sind Sie ein Roboter oder ein Mensch?", "de", "identity"),
    ("Es-tu un robot ?", "fr", "identity"),
    ("¿Eres una persona real?", "es", "identity"),
]

QUESTIONS = [
    "hi, how do I reset my password?",
    "Hello! What are your opening hours?",
    "thanks, and how do I undo that?",
    "ok but what about Windows?",
    "thanks but where is the log file",
    "hey can you help me install it?",
    "can you help me with billing",
    "I need help with my invoice",
    "help me reset my password",
    "help command",
    "What can you do with select_related?",
    "how are you billing me?",
    "who are your customers?",
    "What is your name server address?",
    "how do I say hello world in Python",
    "hello world example",
    "good morning report settings",
    "thank you page customization",
    "How to disable the thank you email",
    "bye week schedule",
    "OK button does nothing",
    "no output",
    "yes/no fields in forms",
    "cool down period",
    "great, how much does it cost?",
    "right to left text",
    "fine tuning",
    "test",
    "error 500",
    "SESSION_COOKIE_AGE",
    "404",
    "🙂 how do I add emoji?",
    "👍 reactions api",
    "what is this",
    "how does it work?",
    "hi hi hi how",
    "that didn't work, it says permission denied",
    "that's wrong, the limit is 5",
    "Hallo, wie setze ich mein Passwort zurück?",
    "Danke, und wie lösche ich das Konto?",
    "Guten Tag, ich suche die Rechnung",
    "Ich brauche Hilfe bei der Installation",
    "Bonjour, comment réinitialiser mon mot de passe ?",
    "Merci, et sous Windows ?",
    "aide sur la facturation",
    "Hola, ¿cómo cambio mi contraseña?",
    "gracias, ¿y en Windows?",
    "¿Qué tal el plan premium?",
    "ayuda con la factura",
    "パスワードを変更するには",
    "привет",
    "hello " * 40 + "how do I log in",
    "what's new?",
    "Do you have a real-time API?",
    "do you have an AI?",
    "How old do you have to be?",
    "What age do you need to be?",
    "Is that correct?",
    "what can you do with webhooks?",
    "who created this page?",
    "is this a machine?",
    "Who was it in thanks to?",
    "Can I call you on Sunday?",
    "What name do I give the key?",
]


@pytest.mark.parametrize(("message", "language", "intent"), SMALL_TALK)
def test_small_talk_gets_a_fitting_reply(message: str, language: Language, intent: Intent) -> None:
    assert small_talk(message) == REPLIES[language][intent]


@pytest.mark.parametrize("message", QUESTIONS)
def test_a_question_is_never_swallowed(message: str) -> None:
    assert small_talk(message) is None


def test_a_filler_alone_is_no_small_talk() -> None:
    assert small_talk("please") is None


def test_every_phrase_is_recognised_by_itself() -> None:
    for intents in PHRASES.values():
        for phrases in intents.values():
            for phrase in spelled_out(phrases):
                assert small_talk(phrase) is not None, phrase


def test_every_language_has_every_reply() -> None:
    for language, replies in REPLIES.items():
        assert replies.keys() == REPLIES["en"].keys(), language
        assert language in NOT_FOUND

"""Who wants a person is told from who asks about people."""

import time

import pytest

from cevvo.engine.answering.thread.person import asks_for_person

WANTED = [
    "talk to a human",
    "agent please",
    "Agent, please!",
    "I want to speak to a representative",
    "real person",
    "human",
    "can I talk to a human?",
    "Can I talk to someone?",
    "this doesn't help, give me a human",
    "This is useless. Connect me to an agent.",
    "I need to speak with someone",
    "please transfer me to a live agent",
    "let me talk to a real person now",
    "how do I talk to a person?",
    "how can I speak to a human?",
    "I'd like to speak to customer service",
    "could you connect me with support please",
    "speak to a manager",
    "I want a human",
    "I need a real person please",
    "get me an agent",
    "get me a human",
    "I don't want a bot, I want to talk to a human being",
    "is there a real person I can talk to?",
    "Is there someone I can speak to?",
    "I would rather speak to a person",
    "I demand to speak to your manager",
    "put me through to an operator",
    "escalate this to a human",
    "human please",
    "live agent",
    "representative",
    "My invoice is wrong and I want to speak to a representative about it",
    "Can I chat with a live person?",
    "i want to talk to a person not a bot",
    "ok, then let me speak with your support team",
    "Ich möchte mit einem Menschen sprechen",
    "Kann ich mit einem Mitarbeiter sprechen?",
    "Das hilft nicht, verbinden Sie mich bitte mit einem Mitarbeiter",
    "Ich will mit jemandem reden",
    "Mensch bitte",
    "Ich brauche einen echten Menschen",
    "Je veux parler à un humain",
    "Puis-je parler à un conseiller ?",
    "Passez-moi un conseiller",
    "Je voudrais parler avec une vraie personne s'il vous plaît",
    "Quiero hablar con una persona",
    "¿Puedo hablar con un agente?",
    "Páseme con un representante",
    "Necesito hablar con alguien",
    "agente por favor",
]
QUESTIONS = [
    "how do I add an agent?",
    "can humans use the API?",
    "How do I install the agent on Linux?",
    "agent",
    "operator",
    "support",
    "How do I connect an agent to the server?",
    "How do I transfer a user to a human agent?",
    "How can customers talk to a human in the widget?",
    "let users talk to a human",
    "What does a representative do?",
    "human resources",
    "How do I talk to the API?",
    "who can I contact about billing?",
    "how do I contact support?",
    "Can I speak to the database directly?",
    "are you a human?",
    "am I talking to a real person?",
    "person schema",
    "How do I give a person access to my project?",
    "I need a person field in the form",
    "I want an agent that restarts automatically",
    "How do I create a support agent role?",
    "How do I assign a conversation to an agent?",
    "manager",
    "What is a live agent in Zendesk?",
    "How many people can join a call?",
    "can someone else log in to my account?",
    "I need someone's email address",
    "how do I find a person by name?",
    "Operator precedence",
    "Kann ich einen Mitarbeiter hinzufügen?",
    "Wie lege ich einen Mitarbeiter an?",
    "Comment ajouter un agent ?",
    "¿Cómo agrego un agente?",
    "Peut-on supprimer une personne ?",
    "does the agent need root?",
    "How do I hand over a chat to a person?",
    "can a person have two accounts",
    "Is there a limit on people per team?",
    "get the person object",
    "call a function",
    "send me a representative sample",
    "speak to text api",
]


@pytest.mark.parametrize("message", WANTED)
def test_a_person_is_wanted(message: str) -> None:
    assert asks_for_person(message)


@pytest.mark.parametrize("message", QUESTIONS)
def test_a_question_about_people_is_a_question(message: str) -> None:
    assert not asks_for_person(message)


def test_a_long_complaint_that_ends_with_the_wish_is_heard() -> None:
    assert asks_for_person("Nothing works here. " * 300 + "I want to talk to a human.")


@pytest.mark.parametrize(
    "part", ["please ", "i really just ", "talk to ", "can you please ", "no, ", "to a real "]
)
def test_a_crafted_message_takes_no_time(part: str) -> None:
    started = time.process_time()
    assert not asks_for_person(part * 1000)
    assert time.process_time() - started < 0.5

"""What people say besides asking, what is said back, and in which language, as plain tables.

Languages are ISO 639-1 codes: English, German, French, Spanish. Phrases are lower case, without
punctuation; apostrophes stay.
"""

from typing import Literal

Language = Literal["en", "de", "fr", "es"]
Intent = Literal[
    "greeting", "wellbeing", "thanks", "goodbye", "acknowledgement", "identity", "help", "regret"
]

# From the one that decides the reply to the one that least does, where a message has several.
PRECEDENCE: tuple[Intent, ...] = (
    "identity",
    "help",
    "regret",
    "wellbeing",
    "goodbye",
    "thanks",
    "greeting",
    "acknowledgement",
)

_EN: dict[Intent, str] = {
    "greeting": "hi|hello|hey|hiya|howdy|greetings|good morning|good afternoon|good evening|"
    "good day|hi there|hello there|hey there|yo|morning|welcome back|nice to meet you",
    "wellbeing": "how are you|how are you doing|how are you today|how are things|how is it going|"
    "how's it going|what's up|whats up|sup|wassup|how do you do|how have you been|you ok|"
    "are you ok|are you there|anybody there|anyone there|is anyone there|is anybody there",
    "thanks": "thanks|thank you|thx|ty|tysm|cheers|many thanks|thanks a lot|thanks a million|"
    "thank you very much|much appreciated|i appreciate it|i appreciate your help|"
    "for your help|for the help|for helping|for your time|for the info|for the information|"
    "for the answer|for explaining|for the quick reply|for the quick answer|"
    "that was helpful|that's helpful|that is helpful|that helped|that helps|this helps|"
    "very helpful|you're the best|you are the best|you rock|that worked|it works|it worked|"
    "it works now|works now|problem solved|that solved it|that fixed it",
    "goodbye": "bye|goodbye|good bye|bye bye|see you|see you later|see ya|cya|later|take care|"
    "good night|have a nice day|have a good day|have a great day|have a good one|farewell|ciao|"
    "that's all|that is all|that's all for now|that's it|that is it|nothing else|"
    "no more questions|that will be all|that'll be all|i'm done|i am done|we're done",
    "acknowledgement": "ok|okay|okey|k|kk|okie|okay cool|great|perfect|nice|cool|awesome|excellent|"
    "wonderful|fantastic|amazing|super|brilliant|good|very good|fine|alright|all right|right|"
    "sure|yes|yep|yeah|yup|no|nope|nah|no thanks|no thank you|got it|i got it|i see|understood|"
    "i understand|makes sense|that makes sense|sounds good|good to know|noted|will do|"
    "i'll try that|let me try|let me try that|wow|lol|haha|hahaha|hehe|interesting|never mind|"
    "nevermind|good job|well done|good bot|no problem|np|exactly|correct|true|indeed|"
    "i will try|i'll try|i will try that|that's great|that is great|that's good",
    "identity": "who are you|what are you|who am i talking to|who am i speaking to|"
    "who am i speaking with|who am i chatting with|are you a bot|are you a robot|are you human|"
    "are you a human|are you real|are you a real person|are you a person|are you an ai|are you ai|"
    "are you chatgpt|are you a machine|is this a bot|is this a human|is this a real person|"
    "am i talking to a bot|am i talking to a human|am i talking to a real person|"
    "am i talking to a person|what is your name|what's your name|whats your name|"
    "do you have a name|"
    "who made you|who built you|who created you|tell me about yourself|introduce yourself",
    "help": "help|help me|i need help|i need some help|can you help|can you help me|"
    "could you help|could you help me|i have a question|i have some questions|i've a question|"
    "i've got a question|can i ask a question|can i ask you a question|can i ask you something|"
    "can i ask something|may i ask a question|may i ask something|what can you do|"
    "what do you do|what can i ask|what can i ask you|what can i ask here|how can you help|"
    "how can you help me|what can you help with|what can you help me with|"
    "how do you work|what are you for|quick question|one more question",
    "regret": "that didn't help|that did not help|that doesn't help|that does not help|"
    "that's not helpful|that is not helpful|not helpful|this is not helpful|"
    "that's wrong|that is wrong|that's not right|wrong answer|that's not what i asked|"
    "that is not what i asked|that's not what i meant|you're wrong|you are wrong|bad bot|useless",
}

_DE: dict[Intent, str] = {
    "greeting": "hallo|hallöchen|guten tag|guten morgen|guten abend|moin|moin moin|servus|"
    "grüß gott|grüezi|grüß dich|mahlzeit|tach",
    "wellbeing": "wie geht's|wie gehts|wie geht es dir|wie geht es ihnen|wie geht's dir|"
    "wie läuft's|alles klar bei dir|alles gut bei dir|ist da jemand|jemand da",
    "thanks": "danke|danke schön|dankeschön|vielen dank|herzlichen dank|besten dank|danke sehr|"
    "tausend dank|ich danke dir|ich danke ihnen|für die hilfe|für deine hilfe|"
    "für ihre hilfe|für die antwort|das hat geholfen|"
    "das hilft mir|sehr hilfreich|hat geklappt|es funktioniert|es klappt|jetzt geht es",
    "goodbye": "tschüss|tschüß|tschüs|auf wiedersehen|bis bald|bis später|bis dann|gute nacht|"
    "schönen tag|schönen tag noch|einen schönen tag|schönes wochenende|das war alles|"
    "das war's|das wars|das ist alles|keine weiteren fragen",
    "acknowledgement": "alles klar|gut|sehr gut|prima|toll|klasse|verstanden|verstehe|ach so|"
    "aha|genau|passt|in ordnung|ja|nein|nein danke|okay danke|schon gut|wunderbar|ich verstehe|"
    "gut zu wissen|macht sinn|richtig|stimmt|einverstanden|jawohl|großartig|spitze|perfekt",
    "identity": "wer bist du|wer sind sie|was bist du|wie heißt du|wie heißen sie|"
    "bist du ein bot|bist du ein roboter|bist du ein mensch|bist du eine ki|sind sie ein mensch|"
    "sind sie ein bot|mit wem spreche ich|mit wem rede ich|spreche ich mit einem menschen|"
    "wer hat dich gemacht",
    "help": "hilfe|ich brauche hilfe|kannst du mir helfen|können sie mir helfen|hilf mir|"
    "ich habe eine frage|ich hätte eine frage|ich hab eine frage|darf ich etwas fragen|"
    "darf ich was fragen|kann ich dich was fragen|was kannst du|was können sie|"
    "was kannst du tun|wobei kannst du helfen|wie funktionierst du|was machst du",
    "regret": "das hilft nicht|das hilft mir nicht|das hat nicht geholfen|nicht hilfreich|"
    "das ist falsch|falsche antwort|das habe ich nicht gefragt|das war nicht meine frage",
}

_FR: dict[Intent, str] = {
    "greeting": "bonjour|bonsoir|salut|coucou|bonjour à tous|rebonjour|allô",
    "wellbeing": "ça va|ca va|comment ça va|comment ca va|comment vas tu|comment allez vous|"
    "vous allez bien|tu vas bien|il y a quelqu'un",
    "thanks": "merci|merci beaucoup|merci bien|mille mercis|un grand merci|je vous remercie|"
    "je te remercie|pour votre aide|pour ton aide|de votre aide|"
    "pour l'aide|pour la réponse|ça m'a aidé|ça marche maintenant|très utile",
    "goodbye": "au revoir|à bientôt|a bientôt|à plus|à plus tard|à demain|bonne journée|"
    "bonne soirée|bonne nuit|adieu|c'est tout|ce sera tout|plus de questions",
    "acknowledgement": "d'accord|d'acc|parfait|très bien|super|génial|entendu|compris|"
    "j'ai compris|je comprends|je vois|ça marche|c'est bon|oui|non|non merci|bien sûr|"
    "excellent|c'est noté|formidable|bravo|exact|tout à fait|pas de problème|c'est parfait",
    "identity": "qui es tu|qui êtes vous|qui est tu|tu es qui|vous êtes qui|es tu un robot|"
    "êtes vous un robot|es tu un humain|êtes vous humain|êtes vous un humain|es tu un bot|"
    "comment tu t'appelles|comment t'appelles tu|comment vous appelez vous|quel est ton nom|"
    "quel est votre nom|à qui je parle|à qui est ce que je parle",
    "help": "aide|aidez moi|aide moi|j'ai besoin d'aide|pouvez vous m'aider|peux tu m'aider|"
    "tu peux m'aider|vous pouvez m'aider|j'ai une question|j'aurais une question|"
    "puis je poser une question|que peux tu faire|que pouvez vous faire|que sais tu faire|"
    "à quoi sers tu",
    "regret": "ça n'aide pas|ça ne m'aide pas|ça ne m'a pas aidé|pas utile|c'est faux|"
    "mauvaise réponse|ce n'est pas ma question|ce n'est pas ce que j'ai demandé",
}

_ES: dict[Intent, str] = {
    "greeting": "hola|buenos días|buenos dias|buenas tardes|buenas noches|buenas|buen día|"
    "qué tal|que tal|saludos|muy buenas",
    "wellbeing": "cómo estás|como estas|cómo está|como esta|cómo está usted|cómo te va|cómo va|"
    "qué tal estás|hay alguien|hay alguien ahí",
    "thanks": "gracias|muchas gracias|mil gracias|muchísimas gracias|te lo agradezco|"
    "se lo agradezco|por tu ayuda|por su ayuda|por la ayuda|"
    "por todo|me sirvió|me ha servido|muy útil|ya funciona",
    "goodbye": "adiós|adios|hasta luego|hasta pronto|hasta mañana|nos vemos|chao|chau|"
    "que tengas un buen día|que tenga un buen día|eso es todo|nada más|es todo",
    "acknowledgement": "vale|de acuerdo|perfecto|muy bien|genial|entendido|entiendo|ya veo|"
    "claro|sí|si|no gracias|bueno|excelente|estupendo|listo|está bien|esta bien|ya entendí|"
    "de nada|exacto|correcto|ningún problema|qué bien|por supuesto",
    "identity": "quién eres|quien eres|quién es usted|qué eres|que eres|cómo te llamas|"
    "como te llamas|cómo se llama|cuál es tu nombre|eres un bot|eres un robot|eres humano|"
    "eres una persona|eres una ia|con quién hablo|con quien hablo|hablo con una persona",
    "help": "ayuda|ayúdame|ayudame|necesito ayuda|me puedes ayudar|puedes ayudarme|"
    "me puede ayudar|puede ayudarme|tengo una pregunta|tengo una duda|puedo hacer una pregunta|"
    "puedo preguntar algo|qué puedes hacer|que puedes hacer|cómo funcionas",
    "regret": "no ayuda|no me ayuda|eso no ayuda|no me sirve|no sirve|eso es incorrecto|"
    "está mal|respuesta incorrecta|eso no es lo que pregunté|no es lo que pregunté",
}

PHRASES: dict[Language, dict[Intent, str]] = {"en": _EN, "de": _DE, "fr": _FR, "es": _ES}
"""Alternatives are separated by ``|``."""


def word_set(words: str) -> frozenset[str]:
    """The words of a string."""
    return frozenset(words.split())


FILLERS = word_set(
    "there again all everyone everybody team bot cevvo assistant friend mate sir madam dear guys "
    "folks please so very much a lot really too also now then and well oh ah um hm hmm for today "
    "again you buddy pal man dude "
    "zusammen liebes sehr noch mal doch also dann und ihr euch dir ihnen bitte na "
    "beaucoup bien tous et vous toi alors donc s'il te plaît madame monsieur "
    "muy todos y usted ti pues entonces por favor amigo señor señora tanto"
)
"""Words that say nothing by themselves: ignored beside a phrase, never enough without one."""

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


def guess_language(text: str) -> Language:
    """The language whose function words are most frequent in ``text``; English when in doubt."""
    words = text.lower().replace("'", " ").replace("?", " ").split()
    counts = {
        language: sum(word in known for word in words) for language, known in FUNCTION_WORDS.items()
    }
    best = max(counts.values())
    return "en" if counts["en"] == best else max(counts, key=lambda language: counts[language])

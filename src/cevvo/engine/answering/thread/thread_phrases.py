"""What people say about the conversation itself, and what is said back, as plain tables.

Phrases are written as in ``phrases``.
"""

from typing import Literal

from cevvo.engine.answering.phrasebook import Language

ThreadIntent = Literal["last", "first", "summary", "repeat", "shorten", "sources"]
"""The last question, the first one, all of them; the last answer again, shorter, its sources."""

_TALK = "[conversation/chat/discussion/thread/talk]"
_MINE = "[my/the] [last/previous/latest] [question/message]"
_SAID = "[your/the] [/last/previous] [answer/reply/response/message]"

_EN: dict[ThreadIntent, str] = {
    "last": "what [did i/was i/have i] [/just] [ask/asking/asked/say] [/you] "
    "[/now/before/last/earlier/a moment ago/again]|"
    f"what [was/is] {_MINE} [/again]|what was my question [/again]|what was the question|"
    f"[repeat/remind me of/tell me] {_MINE}|remind me what i [asked/said] [/you]|"
    "what was i asking about|[which/what] question did i [/just] ask [/you]",
    "first": "what was my [/very] first [question/message]|what did i ask [/you] [first/at first]|"
    f"what was the first [thing/question] i asked [/you]|how did [this/our] {_TALK} [start/begin]|"
    "[which/what] was my first question|what did i ask at the beginning",
    "summary": f"[summarize/summarise/sum up/recap] [/our/this/the] [/whole/entire] {_TALK}|"
    f"[a/give me a/make a/write a] [/short/quick] [summary/recap] of [our/this/the] {_TALK}|"
    "what have i asked [/you]|what [did we talk/have we talked/were we talking] about|"
    "what [have we discussed/did we discuss]|"
    "[list/show/show me/what are/what were] [/all] my [/previous/earlier/last] questions",
    "repeat": "[repeat/say/tell me/show me/give me] [/that/it/this] [again/once more/"
    "one more time]|"
    f"[repeat/say/show/show me/give me] {_SAID} [/again/once more]|[come again/pardon/pardon me]|"
    "repeat [/that/it/this/yourself] [/for me]|[i beg your/beg your] pardon|say that over|"
    "[/one more time/once more] [/for me]|one more time|what did you [/just] [say/answer/tell me] "
    "[/again]|what was [that/your answer/the answer/your last answer] [/again]|"
    "i [didn't/did not] [catch/hear/get] [that/you/it]|i missed that|"
    "i [need/want/would like] [/you to repeat/to hear] [that/it] [/again/repeated]",
    "shorten": "[shorten/condense/summarize/summarise/sum up] [that/it/this/your answer/"
    "the answer/your last answer/the last answer/your reply/everything]|"
    "[make/keep/give/say/put] [it/that/this/me that] [/a bit] [shorter/short/brief/more concise/"
    "briefer/simply/in one sentence/in a few words/in short]|shorter|too long|tl dr|tldr|"
    "[be/can you be/could you be] [/more/a bit] [briefer/brief/shorter/concise]|"
    "[a/give me a/give me the/the] [shorter/short/brief] [answer/version/summary]|"
    "[in/answer in] [one sentence/a few words/short/brief/a nutshell]",
    "sources": "[where/from where] [did/do/have] you [/get/find/have/got/take/read/know] "
    "[that/this/it] [/from/information from]|how do you know [/that/this/it]|"
    "[what is/what's/what are/what was/what were/where is/where are] [the/your] "
    "[source/sources/reference/references] [/for that/for this/of that/of this/for it/"
    "for your answer/of your answer]|[/the/your] [source/sources/references]|"
    "[show/give/list/name/cite/tell] [/me] [the/your] [source/sources/references] [/for that/"
    "for this]|"
    "where [does/did] [that/this/it/your answer/the answer] come from|[says who/who says that]|"
    "what [is/was] [that/this/your answer/the answer] based on|"
    "[do you have/is there] a [source/reference] [/for that/for this]|according to whom|"
    "[which/what] [page/document/pages/documents/source/sources] [is/are/was/does] [that/this/it] "
    "[from/come from/based on]|[which/what] [page/document/source/sources] did you use|"
    "[can/could] you [prove/cite/back up] [that/this/it/your sources]",
}

_DE: dict[ThreadIntent, str] = {
    "last": "was [habe/hab] ich [/dich/sie/gerade/eben/zuletzt/dich gerade/sie gerade/vorhin] "
    "gefragt|was war [meine/die] [/letzte] frage|[wiederhole/wiederholen sie] meine [/"
    "letzte] frage|"
    "wie lautete meine [/letzte] frage",
    "first": "was war meine erste frage|was habe ich [zuerst/als erstes/am anfang] gefragt|"
    "wie lautete meine erste frage|womit haben wir angefangen",
    "summary": "[fasse/fassen sie/fass] [/bitte] [unser gespräch/das gespräch/die unterhaltung/"
    "den chat/"
    "unsere unterhaltung] [/bitte] zusammen|[unser gespräch/das gespräch] zusammenfassen|"
    "was [habe/hab] ich [/bisher/bis jetzt/alles] gefragt|worüber haben wir [/bisher] gesprochen|"
    "[eine/gib mir eine] zusammenfassung [unseres gesprächs/des gesprächs/des chats]|"
    "was waren meine fragen",
    "repeat": "[wiederhole/wiederholen sie/wiederhol] [/bitte] [das/die antwort/deine antwort/"
    "ihre antwort/"
    "das noch mal/das noch einmal/das nochmal/es]|[kannst du/können sie] [das/die antwort/es] "
    "[/noch mal/noch einmal/nochmal/bitte] [sagen/wiederholen]|noch [mal/einmal]|nochmal|"
    "[sag/sagen sie] das [noch mal/noch einmal/nochmal]|[wie bitte/bitte wiederholen]|"
    "was [hast du/haben sie] [/gerade/eben] gesagt|[das/] [habe/hab] ich [das/] nicht verstanden",
    "shorten": "[kürzer/kürzer bitte]|zu lang|[fasse/fassen sie/fass] [/bitte] [das/die antwort/"
    "es] "
    "[/kurz/bitte] zusammen|[kannst du/können sie] [das/es/die antwort] [/bitte] [kürzen/"
    "zusammenfassen/kürzer sagen/kürzer fassen]|in einem satz|[mach/machen sie] [das/es] kürzer|"
    "[kurz gesagt/kurzfassung]|[sag/sagen sie] [das/es] kürzer",
    "sources": "[woher/wo] [hast du/haben sie] [das/die information/diese information] [/gelesen/"
    "gefunden]|woher [weißt du/wissen sie] das|[was ist/was sind/wo ist/wo sind] [die/deine/ihre] "
    "[quelle/quellen] [/dafür/dazu/davon]|[/die/deine/ihre] [quelle/quellen] [/dafür/dazu]|"
    "woher [kommt/stammt] [das/die information/die antwort/diese information]|wer sagt das|"
    "wo steht das|[nenne/nennen sie/zeig/zeige/zeigen sie] [/mir] [die/deine/ihre] [quelle/"
    "quellen]|"
    "[gibt es/hast du/haben sie] [eine quelle/quellen/dafür eine quelle/eine quelle dafür]",
}

_FR: dict[ThreadIntent, str] = {
    "last": "[qu'est ce que/que] [j'ai/je viens de/t'ai je/vous ai je/ai je] [/te/vous] "
    "[demandé/demander]|[quelle était/c'était quoi] ma [/dernière] question|"
    "[répète/répétez] ma [/dernière] question",
    "first": "[quelle était/c'était quoi] ma première question|"
    "[qu'est ce que/que] j'ai demandé [en premier/au début]",
    "summary": "[résume/résumez/résumer] [notre/la/cette] [conversation/discussion]|"
    "[peux tu/pouvez vous] résumer [notre/la/cette] [conversation/discussion]|"
    "[de quoi avons nous parlé/de quoi on a parlé]|[un/fais un/faites un] résumé de "
    "[notre/la/cette] [conversation/discussion]|[quelles étaient/liste/listez] mes questions",
    "repeat": "[répète/répétez/répéter/peux tu répéter/pouvez vous répéter] "
    "[/ça/cela/ta réponse/votre réponse/la réponse]|encore une fois|"
    "[qu'est ce que/que] [tu as dit/vous avez dit/as tu dit/avez vous dit]|"
    "[redis/redites] [/le moi/moi ça]|pardon|je n'ai pas [compris ce que vous avez dit/entendu]",
    "shorten": "[résume/résumez/raccourcis/raccourcissez] [ça/cela/ta réponse/votre réponse/"
    "la réponse]|[plus court/trop long/en une phrase/en bref/en résumé]|"
    "[peux tu/pouvez vous] [résumer/raccourcir] [/ça/cela/ta réponse/votre réponse/la réponse]|"
    "[fais/faites] plus court",
    "sources": "[d'où/où] [tiens tu/tenez vous/sors tu/sortez vous/as tu trouvé/avez vous trouvé/"
    "vient/ça vient/tu tiens/vous tenez] [/ça/cela/cette information]|"
    "comment [le sais tu/le savez vous/tu le sais/vous le savez]|[quelle est/quelles sont/"
    "c'est quoi] "
    "[la/ta/votre/les/tes/vos] [source/sources]|[/la/ta/votre/les/tes/vos] [source/sources]|"
    "[donne/donnez/montre/montrez] [/moi] [la/ta/votre/les/tes/vos] [source/sources]|qui dit ça|"
    "où est ce écrit",
}

_ES: dict[ThreadIntent, str] = {
    "last": "[qué/que] [te/le/] [pregunté/he preguntado/acabo de preguntar/estaba preguntando]|"
    "[cuál/cual] [fue/era] mi [/última] pregunta|[repite/repita] mi [/última] pregunta",
    "first": "[cuál/cual] [fue/era] mi primera pregunta|[qué/que] [te/le/] pregunté "
    "[primero/al principio]",
    "summary": "[resume/resuma/resumir] [nuestra/la/esta] [conversación/charla]|"
    "[puedes/puede] resumir [nuestra/la/esta] [conversación/charla]|"
    "[de qué/de que] [hemos hablado/hablamos]|[un/haz un/hazme un] resumen de "
    "[nuestra/la/esta] [conversación/charla]|[cuáles/cuales] [fueron/eran/son] mis preguntas",
    "repeat": "[repite/repita/repítelo/repítalo/puedes repetir/puede repetir/puedes repetirlo/"
    "puede repetirlo] [/eso/esto/lo/la respuesta/tu respuesta/su respuesta]|otra vez|una vez más|"
    "[qué/que] [dijiste/dijo/has dicho/ha dicho]|cómo dices|no [te/le/] [entendí/he oído]",
    "shorten": "[resume/resuma/acorta/acorte/resúmelo/acórtalo] [/eso/esto/la respuesta/"
    "tu respuesta]|"
    "[más corto/más breve/demasiado largo/en una frase/en resumen/en pocas palabras]|"
    "[puedes/puede] [resumirlo/acortarlo/resumir eso/resumir la respuesta]|[hazlo/"
    "hágalo] más corto",
    "sources": "[de dónde/de donde] [sacaste/sacas/has sacado/sacó/ha sacado/viene/sale] "
    "[/eso/esto/esa información/esta información]|[cómo/como] [lo sabes/lo sabe/sabes eso]|"
    "[cuál es/cuáles son/dónde está] [la/tu/su/las/tus/sus] [fuente/fuentes]|"
    "[/la/tu/su/las/tus/sus] [fuente/fuentes]|[dame/deme/muéstrame/muestra] "
    "[la/tu/su/las/tus/sus] [fuente/fuentes]|quién lo dice|dónde [está escrito/lo leíste]",
}

THREAD_PHRASES: dict[Language, dict[ThreadIntent, str]] = {
    "en": _EN,
    "de": _DE,
    "fr": _FR,
    "es": _ES,
}

ABOUT: dict[Language, str] = {
    "en": r"(?:what (?:did you (?:say|tell me|write)|was your answer|have you said) (?:about|on|to)"
    r"|remind me what you said about|repeat what you said about) (.+)",
    "de": r"was (?:hast du|haben sie) (?:mir )?(?:über|zu|zum|zur) (.+?) (?:gesagt|geschrieben|"
    r"geantwortet)",
    "fr": r"(?:qu'as[ -]tu|qu'avez[ -]vous|qu'est[ -]ce que (?:tu as|vous avez)) (?:dit|répondu) "
    r"(?:sur|à propos de|au sujet de) (.+)",
    "es": r"qué (?:dijiste|dijo|has dicho|me dijiste) (?:sobre|acerca de|de) (.+)",
}
"""Asks what was said about the group, in lower case and without marks at its end."""

BEGINNING: dict[Language, str] = {
    "en": "This is the beginning of our conversation: you have not asked anything before.",
    "de": "Dies ist der Anfang unseres Gesprächs: Sie haben vorher noch nichts gefragt.",
    "fr": "C'est le début de notre conversation : vous n'avez encore rien demandé.",
    "es": "Este es el comienzo de nuestra conversación: todavía no ha preguntado nada.",
}
LAST: dict[Language, str] = {
    "en": "Your last question was:",
    "de": "Ihre letzte Frage war:",
    "fr": "Votre dernière question était :",
    "es": "Su última pregunta fue:",
}
FIRST: dict[Language, str] = {
    "en": "Your first question was:",
    "de": "Ihre erste Frage war:",
    "fr": "Votre première question était :",
    "es": "Su primera pregunta fue:",
}
SUMMARY: dict[Language, str] = {
    "en": "You have asked, and these pages had the answers:",
    "de": "Das haben Sie gefragt, und auf diesen Seiten standen die Antworten:",
    "fr": "Voici vos questions et les pages où se trouvaient les réponses :",
    "es": "Esto es lo que ha preguntado y las páginas donde estaban las respuestas:",
}
UNANSWERED: dict[Language, str] = {
    "en": "not found",
    "de": "nicht gefunden",
    "fr": "pas trouvé",
    "es": "no encontrado",
}
SOURCES: dict[Language, str] = {
    "en": "My last answer comes from:",
    "de": "Meine letzte Antwort stammt aus:",
    "fr": "Ma dernière réponse vient de :",
    "es": "Mi última respuesta procede de:",
}
NO_SOURCES: dict[Language, str] = {
    "en": "I found no answer to your last question, so there is no source for it.",
    "de": "Auf Ihre letzte Frage habe ich keine Antwort gefunden, also gibt es keine Quelle.",
    "fr": "Je n'ai pas trouvé de réponse à votre dernière question : il n'y a pas de source.",
    "es": "No encontré respuesta a su última pregunta, así que no hay ninguna fuente.",
}

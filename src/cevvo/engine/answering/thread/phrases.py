"""What people say besides asking, by language and intent, as plain tables.

Phrases are lower case, without punctuation; apostrophes stay. Alternatives are separated by
``|``; ``[a/b c/]`` within a phrase stands for ``a``, for ``b c`` or for nothing. ``INTENSIFIERS``
are left out: they may stand anywhere.
"""

from cevvo.engine.answering.phrasebook import Intent, Language, word_set

_EN: dict[Intent, str] = {
    "greeting": "hi|hello|hey|hiya|heya|howdy|greetings|good [morning/afternoon/evening/day]|yo|"
    "morning|welcome back|[it's/it is/] [nice/good/great] to [meet/see] you|ahoy|aloha|"
    "salutations|greetings to you|well hello|why hello|i [/wanted to/want to] say [hi/hello]|"
    "long time no see",
    "wellbeing": "how are you [/doing/today/doing today]|how are things|how is it going|"
    "how's it going|what's up|whats up|sup|wassup|how do you do|how have you been|you ok|"
    "are you ok|are you there|[is/] [anybody/anyone/someone] [there/here]|how goes it",
    "thanks": "thanks|thank [you/u/ya]|thx|thnx|ty|tysm|cheers|many thanks|"
    "thanks [a lot/a million/a bunch/a ton]|[it's/] much appreciated|i appreciate [it/that/"
    "your help]|for [your/the/all your/all the/that] [help/time/info/information/answer/"
    "explanation/quick reply/quick answer/support/response/reply]|"
    "for [helping/explaining/clarifying/answering/that/this/everything/letting me know/helping me]|"
    "[that/this/it/you] [was/were/is/are] [helpful/useful]|that's [helpful/useful]|helpful|"
    "[that/this] [helped/helps]|[you're/you are/you've been/you have been] [the best/awesome/"
    "amazing/great/a great help/a big help/kind/helpful]|you rock|[that/it/this] worked|it works|"
    "it works now|works now|problem solved|that [solved/fixed] it|i owe you one|"
    "[good/great/excellent] answer",
    "goodbye": "bye|goodbye|good bye|bye bye|see you [/later/soon/around/tomorrow]|see ya [/later]|"
    "cya|later|take care|good night|goodnight|talk [to you/] [later/soon]|take it easy|"
    "have a [nice/good/great/lovely/wonderful] [day/one/evening/weekend/night]|farewell|ciao|"
    "[that's/that is/that was] all [/i need/i needed/i wanted to know]|that's all for now|"
    "[that's/that is] it|nothing else|no more questions|[that will/that'll] be all|"
    "[i'm/i am/we're] done|for now|peace out|until next time|so long|sayonara|"
    "[i have to/i need to/i must/gotta/i've got to] [go/run/leave] [now/]",
    "acknowledgement": "ok|okay|okey|k|kk|okie|okay cool|great|perfect|nice|cool|awesome|excellent|"
    "wonderful|fantastic|amazing|super|brilliant|good|fine|alright|all right|right|"
    "sure|sure thing|yes|yep|yeah|yup|yes sir|uh huh|no|nope|nah|no way|not yet|"
    "no [thanks/thank you]|[you/i/] got it|i see|understood|affirmative|absolutely|certainly|"
    "definitely|of course|for sure|agreed|i agree|i [understand/think so/guess so/hope so]|"
    "[that/this/it/] makes [perfect/] sense|sounds [good/great/fine]|good to know|noted|will do|"
    "[i'll/let me/i will] try [that/it/]|wow|lol|haha|hahaha|hehe|interesting|never mind|"
    "nevermind|forget it|good job|well done|good bot|no [problem/worries]|np|exactly|correct|"
    "true|indeed|[that's/that is/it's/it is] [great/good/fine/perfect/ok/okay/awesome/nice]|"
    "i don't [think so/know/care/mind]|dunno|[i'm/i am/] not sure|[i have/] no idea|maybe|"
    "perhaps|possibly|probably|not at all|[it/that] depends",
    "identity": "who are you|who r u|what are you|who is this|is this [a bot/a human/a person/"
    "a real person]|who am i [talking/speaking/chatting] [to/with]|"
    "am i [talking/speaking/chatting] to a [bot/human/person/real person]|"
    "are you [/a/an] [bot/robot/human/real/real person/person/ai/chatgpt/machine/live person]|"
    "[what's/whats/what is] your name|do you have a name|who [made/built/created] you|"
    "tell me about yourself|introduce yourself|make me laugh|will you marry me|i love you",
    "help": "help|help me|[i/i'll/we] need [/some/your] help|"
    "[can/could/will/would] you [help/assist] [me/us/]|[can/could/may] i ask [/you] "
    "[a question/something]|[/can i/could i] get some help|"
    "i [have/have got/had] [a/some/another/one more/a quick] [question/questions]|"
    "i've [/got] [a/some/another] [question/questions]|what can you do|what do you do|"
    "what can i ask [/you/here]|[how can you/what can you] help [/me] [/with]|how do you work|"
    "what are you for|[quick/one more/one quick/another] question",
    "complaint": "[it/this/that/] [/still] [doesn't/does not/doesnt/don't/won't/will not/didn't/"
    "did not] work [/anymore/any more/at all/for me/either]|"
    "[it's/it is/this is/that's/that is/this isn't/it isn't/that isn't/] [/still] [not/] working "
    "[/anymore/any more/at all/for me/either]|"
    "nothing [works/worked/happens/happened/is working]|"
    "[it's/it is/this is/everything is/it's all/that is] [/still] broken|"
    "[it/this] [/still/always] [fails/failed/crashes/crashed]|[it/this] keeps [failing/crashing]|"
    "[i have/i've got/i've/i got/i'm having/there is/there's/we have] [a/an/another/some/"
    "the same//still a] [problem/problems/issue/issues/trouble/error]|"
    "i [get/got/keep getting] an error|"
    "something [is/went/is going/isn't] [wrong/right/broken]|[i'm/i am/we're/we are] [/still] "
    "stuck|"
    "[fix/please fix/can you fix] [it/this/that]|[/the/still the] same [problem/error/issue]|"
    "[fuck/screw/damn] [/you/it/off/this]|wtf|shut up|[you/this/that/it] sucks|"
    "[i/we] hate [you/this/it]|idiot|idiots|moron|morons|"
    "[you're/you are/you/this is/that's/that is/it's/what] [/a/an/such a/such an/the] [idiot/"
    "moron/dumb/garbage/trash/crap/shit/bullshit/rubbish/awful/horrible/pathetic/joke/"
    "waste of time/disaster/dumb bot/stupid bot/useless bot/worst/piece of shit/annoying/"
    "frustrating]|"
    "worst [bot/support/service/app/software/chatbot] ever|"
    "[i'm/i am] [/so/getting/very] [angry/annoyed/frustrated/furious/fed up/disappointed]",
    "regret": "[that/this/it] [didn't/did not/doesn't/does not/isn't/is not] [help/helpful/useful/"
    "answer my question/what i asked]|[that's/that is/this is/that was/] not [helpful/useful]|"
    "[that's/that is] not [right/what i asked/what i asked for/what i meant/what i wanted/"
    "an answer/my question]|[that's/that is/you're/you are/it's/] [wrong/incorrect]|wrong answer|"
    "bad [bot/answer]|useless|you [didn't/did not] [understand/answer my question/help me]|"
    "you don't understand [me/my question/]|[that/this] makes no sense|"
    "i [don't/do not/didn't] understand [/that/your answer/the answer]|"
    "[this is/you are/you're/that's/that is] [useless/stupid/terrible/ridiculous/nonsense]",
}

_DE: dict[Intent, str] = {
    "greeting": "hallo|hallöchen|guten [tag/morgen/abend]|moin|moin moin|servus|"
    "grüß gott|grüezi|grüß dich|mahlzeit|tach|schönen guten [tag/abend/morgen]",
    "wellbeing": "wie [geht's/gehts] [dir/ihnen/euch/so/]|wie geht es [dir/ihnen/euch]|"
    "wie läuft's|alles [klar/gut/okay] bei [dir/ihnen/euch]|[ist da/ist hier/] jemand [da/hier/]|"
    "was geht|bist du da|sind sie da|na wie geht's",
    "thanks": "danke|danke [schön/sehr/dir/ihnen/vielmals]|dankeschön|"
    "[vielen/herzlichen/besten/tausend/lieben] dank|[ich/] danke [dir/ihnen/euch]|"
    "für [die/deine/ihre/die schnelle/eure] [hilfe/antwort/info/auskunft/unterstützung/mühe]|"
    "das [hat/hilft] [/mir] [/sehr/schon] [geholfen/weiter/weitergeholfen]|das hilft mir|"
    "das war [/sehr] hilfreich|sehr hilfreich|[es/das/] [hat/] [geklappt/funktioniert]|es klappt|"
    "jetzt geht [es/'s]|problem gelöst|[du bist/sie sind] [/echt] [super/toll/spitze/klasse]",
    "goodbye": "tschüss|tschüß|tschüs|auf wiedersehen|bis [bald/später/dann/morgen]|gute nacht|"
    "[einen/ein/] [schönen/schöne/schönes] [tag/abend/woche/wochenende] [noch/]|ciao|"
    "das [war/ist] alles|das [war's/wars]|das wär's|[keine weiteren/keine] fragen [mehr/]|"
    "ich muss [los/gehen/weg]|mach's gut|machen sie's gut",
    "acknowledgement": "alles [klar/gut]|gut|sehr gut|prima|toll|klasse|verstanden|verstehe|ach so|"
    "aha|genau|passt|in ordnung|ja|ja [bitte/genau/gerne]|nein|nein danke|okay danke|schon gut|"
    "wunderbar|ich verstehe|gut zu wissen|[das/] macht sinn|[das/] [ergibt/] sinn|richtig|stimmt|"
    "[das/] [ist/] [richtig/korrekt/gut/super]|einverstanden|jawohl|großartig|spitze|perfekt|"
    "kein problem|vergiss es|egal|ich weiß [es/] nicht|keine ahnung|vielleicht|klar|natürlich|"
    "weiß nicht|super|ach so okay|na gut",
    "identity": "wer [bist du/sind sie]|was bist du|wie heißt du|wie heißen sie|"
    "[bist du/sind sie] [/wirklich/nur] [/ein/eine/ein echter/eine echte] [bot/chatbot/roboter/"
    "mensch/ki/maschine/person/computer/programm/echt/menschlich]|"
    "oder [/ein/eine] [bot/roboter/mensch/ki/maschine/person]|ist das ein [bot/mensch]|"
    "mit wem [spreche/rede/schreibe/chatte] ich|[spreche/rede/schreibe/chatte] ich [/hier/gerade] "
    "mit [einem/einer/einem echten] [menschen/bot/ki/roboter/maschine/person]|"
    "wer hat [dich/sie] [gemacht/gebaut/programmiert/entwickelt/erschaffen]|wie alt [bist du/"
    "sind sie]|"
    "woher kommst du|für wen arbeitest du|wie ist [dein/ihr] name|was ist dein name|"
    "[erzähl/erzähle] [mir/] [einen/noch einen] witz|kennst du [einen/] [witz/witze]|"
    "stell dich vor|erzähl [mir/] [etwas/was] über dich",
    "help": "hilfe|ich [brauche/bräuchte/benötige] [/deine/ihre/bitte] hilfe|"
    "[kannst du/können sie/könntest du/könnten sie] mir [/bitte/mal] [helfen/weiterhelfen]|"
    "hilf mir|"
    "helfen sie mir|[ich habe/ich hätte/ich hab/hab] [eine/noch eine/da eine/mal eine] frage|"
    "[darf/kann] ich [/dich/sie] [/mal] [etwas/was] fragen|was [kannst du/können sie] [/alles/"
    "noch] "
    "[/tun/machen/beantworten]|[wobei/womit/wie] [kannst du/können sie] [/mir] helfen|"
    "wie funktionierst du|was machst du|was kann ich [dich/sie] [/alles] fragen|"
    "welche fragen [kannst du/können sie] beantworten|was weißt du",
    "complaint": "[es/das/] [geht/funktioniert/klappt/läuft] [/bei mir] [/immer noch/noch immer/"
    "leider/überhaupt/einfach/gar/schon wieder] nicht [/mehr]|nichts [geht/funktioniert/klappt] "
    "[/mehr]|[es/das/alles/da] ist [/alles] kaputt|alles kaputt|"
    "[ich habe/ich hab/wir haben/es gibt/da ist] [ein/das gleiche/immer noch ein/das selbe] "
    "problem|ich komme nicht weiter|"
    "[da/irgendwas/etwas/irgendetwas] stimmt [/da/hier] [/was/etwas] nicht|"
    "[das ist/was für ein/so ein/] [/alles/nur/doch/ja/der letzte] [mist/schrott/müll/scheiße/"
    "dreck/saftladen]|verdammt|verdammte scheiße|[du bist/ihr seid/sie sind] [/so/echt/total] "
    "[dumm/doof/blöd/nutzlos/unfähig/ein idiot/idioten/scheiße/bescheuert]|[du/blöder/dummer/] "
    "[idiot/arschloch/depp]|[blöder/dummer/scheiß] [bot/chatbot]|fick dich|halt die klappe|"
    "[das ist/] [/so/echt/total] [nervig/frustrierend/lächerlich/ärgerlich]|das nervt|"
    "ich bin [/so/echt/stink/total] [sauer/wütend/genervt/frustriert/enttäuscht]|"
    "[/reine/was für eine] zeitverschwendung|was soll der [mist/scheiß]",
    "regret": "das [hilft/nützt] [/mir] [/leider/gar] nicht [/weiter]|das hat [/mir] [/"
    "leider] nicht "
    "[geholfen/funktioniert]|nicht hilfreich|das ist [/leider/doch] [falsch/nicht richtig/"
    "nicht hilfreich/unsinn/quatsch]|falsche antwort|falsch|das [habe/hab] ich nicht gefragt|"
    "das war nicht [meine frage/die frage]|[du verstehst/sie verstehen] [/mich] nicht|nutzlos|"
    "das beantwortet [/meine frage] nicht [/meine frage]|das meinte ich nicht",
}

_FR: dict[Intent, str] = {
    "greeting": "bonjour|bonsoir|salut|coucou|bonjour à tous|rebonjour|allô|allo|enchanté",
    "wellbeing": "[comment/] [ça/ca] va [bien/]|comment [vas tu/allez vous/va tu/tu vas/"
    "vous allez]|"
    "[vous allez/tu vas] bien|[il y a/y a t il] quelqu'un|quoi de neuf|[tu es là/vous êtes là]",
    "thanks": "merci|merci [beaucoup/bien/infiniment/à vous/à toi]|mille mercis|un grand merci|"
    "je [vous/te] remercie|pour [votre/ton/l'/cette/la/tes/vos/l'aide] "
    "[aide/réponse/réponses/explications/temps/explication/précisions]|pour l'aide|de votre aide|"
    "[ça/cela] m'a [/bien/beaucoup] aidé|ça [marche/fonctionne] maintenant|[c'est/c'était/] très "
    "utile|problème résolu|c'est [très/vraiment] gentil|[vous êtes/tu es] [super/génial/au top]",
    "goodbye": "au revoir|[à/a] [bientôt/plus/plus tard/demain/tout à l'heure/la prochaine]|"
    "[bonne/une bonne] [journée/soirée/nuit/fin de journée]|adieu|ciao|[c'est/ce sera/"
    "c'était] tout|"
    "plus de questions|je n'ai plus de questions|je dois [y aller/partir]",
    "acknowledgement": "d'accord|d'acc|parfait|très bien|super|génial|entendu|compris|"
    "j'ai compris|je [comprends/vois]|ça marche|c'est [bon/noté/parfait/exact/vrai/juste/ça/clair]|"
    "oui|oui [merci/exactement]|non|non merci|bien sûr|excellent|formidable|bravo|exact|"
    "exactement|tout à fait|pas de [problème/souci]|ok merci|je ne sais pas|aucune idée|peut être|"
    "laisse tomber|laissez tomber|tant pis|intéressant|bien|ça me va",
    "identity": "qui [es tu/êtes vous/est tu]|[tu es/vous êtes/t'es] qui|c'est qui|"
    "[es tu/êtes vous/tu es/vous êtes/est ce que tu es/est ce que vous êtes] [/vraiment] "
    "[/un/une/un vrai/une vraie] [robot/bot/humain/humaine/personne/machine/ia/chatbot/ordinateur/"
    "réel/réelle/être humain]|ou [/un/une] [robot/bot/humain/machine/ia/personne]|"
    "comment [tu t'appelles/t'appelles tu/vous appelez vous/vous vous appelez]|"
    "quel est [ton/votre] [nom/âge/prénom]|à qui [je parle/est ce que je parle/ai je affaire]|"
    "[je parle/est ce que je parle/parle je] à [un humain/une machine/un robot/une vraie personne/"
    "une personne/un bot]|qui [t'a/vous a] [créé/fait/programmé/conçu/développé]|quel âge [as tu/"
    "avez vous]|d'où [viens tu/venez vous]|pour qui [travailles tu/travaillez vous]|"
    "[raconte/racontez] moi une blague|[présente toi/présentez vous]|parle moi de toi",
    "help": "aide|aidez moi|aide moi|j'ai besoin d'[/une/] aide|j'ai besoin d'aide|"
    "[pouvez vous/peux tu/tu peux/vous pouvez/pourriez vous/pourrais tu] m'aider|"
    "[j'ai/j'aurais] [une/une autre/encore une] question|"
    "[puis je/je peux/est ce que je peux] [/vous/te] poser une question|"
    "que [peux tu/pouvez vous] faire|[que sais tu/que savez vous] faire|à quoi [sers tu/"
    "servez vous]|"
    "comment [peux tu/pouvez vous] m'aider|[que/qu'est ce que] [puis je/je peux] [te/"
    "vous] demander|"
    "qu'est ce que [tu peux/vous pouvez/tu sais/vous savez] faire|comment fonctionnes tu",
    "complaint": "[ça/ca/cela/il/elle] [ne/] [marche/fonctionne] [/toujours] pas|"
    "rien ne [marche/fonctionne]|[ça/ca] bug|[c'est/tout est] cassé|[ne/] marche pas|"
    "[j'ai/nous avons/il y a] [/toujours] [un problème/un souci/une erreur/le même problème]|"
    "je suis [bloqué/bloquée/coincé/coincée]|merde|"
    "c'est [de la merde/n'importe quoi/pourri/ridicule/une blague/une honte/énervant/frustrant]|"
    "[t'es/tu es/vous êtes] [/vraiment/un/une] [nul/nulle/nuls/stupide/stupides/idiot/idiots/bête/"
    "inutile/inutiles/incompétents]|[idiot/imbécile/connard/crétin]|ta gueule|va te faire foutre|"
    "[/quelle/c'est une] perte de temps|ça m'énerve|je suis [/très] [fâché/fâchée/énervé/énervée/"
    "déçu/déçue]",
    "regret": "[ça/cela] n'aide pas|[ça/cela] ne m'aide pas|[ça/cela] ne m'a pas aidé|pas utile|"
    "c'est [faux/inexact/incorrect/nul]|ce n'est pas [ça/utile/correct/juste/vrai/ma question/"
    "la bonne réponse/ce que j'ai demandé/ce que je veux]|mauvaise réponse|faux|inutile|"
    "[tu ne comprends/vous ne comprenez] pas|[ça/cela] ne répond pas à ma question|"
    "je ne comprends pas [/votre réponse/ta réponse]",
}

_ES: dict[Intent, str] = {
    "greeting": "hola|buenos días|buenos dias|[muy/] buenas|buenas [tardes/noches]|buen día|"
    "qué tal|que tal|saludos|encantado|encantada",
    "wellbeing": "[cómo/como] [estás/estas/está/esta/está usted/te va/le va/va/andas/va todo]|"
    "[qué/que] tal [estás/todo/va/te va]|[todo bien/estás bien]|hay alguien [ahí/aquí/]|"
    "[estás/está] ahí|qué hay",
    "thanks": "gracias|[muchas/mil/muchísimas] gracias|[te/se/os] lo agradezco|"
    "por [tu/su/la/vuestra/toda la/toda tu] [ayuda/respuesta/información/explicación/tiempo/"
    "atención/aclaración]|por todo|me [sirvió/ha servido/ayudó/ha ayudado] [/mucho]|"
    "[es/fue/eso es/] muy útil|ya funciona|funcionó|problema resuelto|"
    "[eres/es usted] [muy amable/genial/el mejor/la mejor]",
    "goodbye": "adiós|adios|hasta [luego/pronto/mañana/la vista/otra/la próxima]|nos vemos|chao|"
    "chau|que [tengas/tenga/tengan] [un buen/buen] [día/fin de semana]|[eso es/es/eso sería] todo|"
    "nada más|[no tengo/sin] más preguntas|[me tengo que/tengo que] ir|cuídate",
    "acknowledgement": "vale|de acuerdo|perfecto|muy bien|genial|entendido|entiendo|ya veo|"
    "claro|sí|si|sí [por favor/claro]|no gracias|bueno|excelente|estupendo|listo|está bien|"
    "esta bien|ya entendí|de nada|exacto|correcto|ningún problema|qué bien|por supuesto|"
    "no hay problema|no sé|no lo sé|ni idea|quizás|tal vez|olvídalo|da igual|interesante|"
    "[eso es/es/eso está] [correcto/cierto/verdad/exacto]|tiene sentido|me parece bien|okey|ok",
    "identity": "[quién/quien] eres [tú/]|quién es usted|[qué/que] eres|"
    "[cómo/como] te llamas|cómo se llama usted|cómo se llama|cuál es [tu/su] [nombre/edad]|"
    "[eres/es usted] [/un/una/realmente un/realmente una] [bot/robot/humano/humana/persona/ia/"
    "máquina/ser humano/persona real/real/chatbot]|o [/un/una] [bot/robot/humano/persona/máquina]|"
    "[con quién/con quien] [hablo/estoy hablando]|[hablo/estoy hablando] con "
    "[una persona/un humano/un robot/un bot/una máquina/una persona real]|"
    "quién te [creó/hizo/programó/diseñó/ha creado]|cuántos años tienes|de dónde eres|"
    "para quién trabajas|cuéntame un chiste|preséntate|háblame de ti",
    "help": "ayuda|ayúdame|ayudame|[necesito/quiero] [/tu/su/un poco de] ayuda|"
    "[me/] [puedes/puede/podrías/podría/pueden] [ayudar/ayudarme]|"
    "[tengo/tenía] [una/otra/unas] [pregunta/duda/dudas/preguntas]|"
    "[puedo/podría] [hacer/hacerte/hacerle] [una/otra] pregunta|puedo preguntar [algo/te algo]|"
    "[qué/que] [puedes/sabes/puede] hacer|en qué [puedes/puede] [ayudarme/ayudar]|"
    "cómo [funcionas/puedes ayudarme]|qué [te/le] puedo preguntar|para qué sirves",
    "complaint": "[eso/esto/] [/todavía/aún/ya/sigue] no [/me] [funciona/funcionó/va] [/nada]|"
    "nada funciona|[sigue/esto sigue] sin funcionar|[/todo] está [roto/rota]|"
    "[tengo/tenemos/hay] [un problema/un error/el mismo problema]|"
    "[algo/] está [mal/fallando]|estoy [atascado/atascada/bloqueado/bloqueada]|"
    "[esto es/es/eres/qué/vaya] [/una] [mierda/basura/porquería/vergüenza/desastre]|mierda|"
    "[eres/sois/es usted] [/un/una/muy] [idiota/idiotas/tonto/tonta/inútil/inútiles/estúpido/"
    "estúpida]|[idiota/estúpido/imbécil]|vete a la mierda|cállate|"
    "[/qué] [frustrante/molesto/asco]|[/qué/una/es una] pérdida de tiempo|"
    "estoy [/muy] [enfadado/enfadada/enojado/enojada/harto/harta/frustrado/frustrada]",
    "regret": "[eso/esto/] no [/me] [ayuda/ayudó/sirve/ha ayudado/ha servido]|"
    "[eso/] [es/está] [incorrecto/mal/falso]|respuesta [incorrecta/equivocada]|incorrecto|"
    "[eso/] no es [/correcto/cierto/útil/verdad/lo que pregunté/lo que quería/mi pregunta]|"
    "[no me entiendes/no entiendes/no me entiende]|inútil|no entiendo [/tu respuesta/la respuesta]",
}

PHRASES: dict[Language, dict[Intent, str]] = {"en": _EN, "de": _DE, "fr": _FR, "es": _ES}

FRAMES = (
    "or [a/an/] [bot/robot/human/machine/real person/person/ai/computer]|or not|"
    "[can/could/would/will/may] you [/please/kindly] [tell/let/inform/show] me [know/]|"
    "[/please/just/now] [tell/inform] me [now/]|let me know|do you [/even/happen to] know|"
    "i [want/need/wanted/wanna/wish/would like/would love] [/to] know|"
    "i'd [like/love] to know|i was [just/] wondering|[may/might/can/could] i [ask/know]|"
    "just [curious/wondering/asking]|by the way|btw|would you say|do you think|i think|i guess|"
    "right now|at the moment|these days|this fine day|sorry|excuse me|my friend|[if/that/whether/"
    "to know if/unless/because]|clear something up|i must say|"
    "in that case|in any case|for the record|[to be/] honest|"
    "[kannst du/können sie] mir [sagen/verraten]|sag mir|sagen sie mir|ich [möchte/will] wissen|"
    "[peux tu/pouvez vous] me dire|dis moi|dites moi|[puedes/puede] decirme|dime|dígame"
)
"""Courtesies around what is said: nothing by themselves, like ``FILLERS``."""

INTENSIFIERS = word_set("really actually just please very truly simply totally completely quite")

FILLERS = word_set(
    "there again all everyone everybody team bot cevvo assistant friend mate sir madam dear guys "
    "folks so much a lot too also now then and well oh ah um hm hmm for today "
    "again you buddy pal man dude but ai yet anyway "
    "zusammen liebes sehr noch mal doch also dann und ihr euch dir ihnen bitte na aber "
    "beaucoup bien tous et vous toi alors donc s'il te plaît svp stp madame monsieur mais "
    "muy todos y usted ti pues entonces por favor amigo señor señora tanto pero"
)
"""Words that say nothing by themselves: ignored beside a phrase, never enough without one."""

"""Messages whose writer wants a person instead of this assistant."""

import re

# What a message is parted at: one part that asks for a person is enough.
_PART = re.compile(
    r"[.!?,;:…()\n¿¡]+|\s[-–—]\s|\b(?:and|but|because|so that|und|aber|weil|et|mais|car|y|pero|"
    r"porque)\b"
)
# Who is meant beyond doubt, and who may also be a piece of software or a role in a product.
_EN_HUMAN = (
    r"(?:(?:real|live|actual|human|living) )+(?:human|person|being|agent|operator|representative|"
    r"rep|assistant|advisor|someone|somebody)|human being|human|real one|person|"
    r"(?:customer (?:service|support|care) |service |support )?(?:representative|rep)|"
    r"(?:customer (?:service|support|care)|support|service) (?:agent|person|advisor|employee)|"
    r"member of staff|staff member|(?:someone|somebody|anyone|anybody)(?: (?:real|human))?"
)
_EN_ANY = (
    rf"{_EN_HUMAN}|agent|operator|supervisor|manager|advisor|adviser|employee|colleague|"
    r"(?:customer (?:service|support|care)|support|tech support|helpdesk|help desk)(?: team|"
    r" staff)?|"
    r"people|humans|your (?:team|staff|support(?: team)?|boss|manager|colleague)"
)
_EN_LEAD = (
    r"(?:(?:please|pls|plz|hi|hello|hey|ok|okay|no|yes|well|so|then|just|now|really|look|sorry|"
    r"thanks|i said|again|still|actually|instead|can't|why can't|when can|where can) ?)*"
    r"(?:(?:can|could|may|might) (?:i|we)|how (?:do|can|could|would) (?:i|we)|where (?:do|can) i|"
    r"(?:can|could|would|will) you|let me|help me|i|we|(?:i'm|i am) (?:trying|looking|asking|"
    r"ready)|"
    r"(?:is there (?:a|any) way|is it possible)(?: for me)?|(?:i'd|i would|we'd) (?:rather|"
    r"much rather|"
    r"like|love|prefer)|i (?:really |just |still |do )*(?:want|need|would like|wish|have|demand|"
    r"prefer|wanna|must|insist|ask))?(?: (?:please|just|really|kindly|now|to|only|actually))*"
)
_EN_TAIL = (
    r"(?: (?:please|pls|plz|now|right now|asap|immediately|instead|here|today|rather|thanks|again|"
    r"thank you|directly|in person|on the phone|by phone|over the phone|then|already|there|"
    r"available|"
    r"anywhere|if possible|for help|not (?:a |an |to a |with a )?(?:bot|robot|machine|computer|ai)|"
    r"(?:about|regarding|concerning) .+|(?:who|that) can help.*|to help(?: me)?|"
    r"(?:i can|to|that i can|who i can) (?:talk|speak|chat)(?: to| with)?))*"
)
_EN = (
    r"(?:talk|speak|chat|be connected|be transferred|get connected|get through|speaking|talking)"
    rf"(?: directly)? (?:to|with) (?:an? |some |the )?(?:{_EN_ANY})",
    rf"(?:contact|reach|get (?:a )?hold of) (?:an? |some )?(?:{_EN_HUMAN}|agent|"
    r"operator)",
    r"(?:connect|transfer|forward|escalate|put|pass|hand|redirect|refer|get) (?:me|us|this)"
    rf"(?: (?:over|on|through))?(?: (?:to|with|in touch with))? (?:an? |some |the )?(?:{_EN_ANY})",
    rf"(?:give|send|find|assign) (?:me|us) (?:an? |some )?(?:{_EN_HUMAN}|agent|operator|supervisor|"
    r"manager)",
    rf"(?:want|need|have|prefer|deal with|like)? ?(?:an? )(?:{_EN_HUMAN})",
    rf"(?:is|are) there (?:an? |any )?(?:{_EN_HUMAN}|people)"
    r" (?:i can (?:talk|speak|chat) (?:to|with)|to (?:talk|speak|chat) (?:to|with)|available)",
)
_DE_WHO = (
    r"(?:echten |richtigen |realen |menschlichen |echte |richtige |lebenden )*(?:menschen|mensch|"
    r"person|mitarbeiter|mitarbeiterin|kollegen|kollegin|berater|beraterin|ansprechpartner|"
    r"kundenberater|agenten|operator|vorgesetzten|jemandem|jemanden|jemand|kundenservice|"
    r"kundendienst|support|supportmitarbeiter|servicemitarbeiter)"
)
_DE_LEAD = (
    r"(?:(?:bitte|hallo|nein|ja|ok|okay|doch|jetzt|also|dann|endlich) )*"
    r"(?:(?:ich|wir) (?:möchte|will|würde|muss|brauche|hätte|wünsche|wollen|möchten)|"
    r"(?:kann|könnte|darf|können) (?:ich|wir)|wie (?:kann|komme) ich|"
    r"(?:kannst du|können sie|könnten sie))?"
    r"(?: (?:bitte|gerne|gern|lieber|jetzt|sofort|nur|endlich|auch|mich|mir|hier|direkt|mal))*"
)
_DE_TAIL = r"(?: (?:bitte|jetzt|sofort|haben|danke|statt.*|nicht mit .+|geben|her|am telefon))*"
_DE = (
    rf"mit (?:einem |einer |dem |der |ihrem )?{_DE_WHO} (?:sprechen|reden|chatten|schreiben|"
    r"telefonieren|verbunden werden|verbinden|kommunizieren)",
    rf"(?:verbinde|verbinden sie|stell|stellen sie)(?: mich| uns)?(?: bitte)? "
    rf"(?:mit|zu) (?:einem |einer |dem |der )?{_DE_WHO}",
    rf"(?:gib|geben sie|hol|holen sie)(?: mir)?(?: bitte)? (?:einen |eine )?{_DE_WHO}",
    r"(?:einen |eine )(?:echten |richtigen |menschlichen |echte |richtige )*(?:menschen|mensch|"
    r"person|"
    r"mitarbeiter|mitarbeiterin|ansprechpartner|berater)",
)
_FR_WHO = (
    r"(?:(?:vrai|vraie) )?(?:humain|personne|être humain|agent|conseiller|conseillère|représentant|"
    r"opérateur|opératrice|responsable|employé|quelqu'un|service client|support|assistance)"
    r"(?: humain| humaine| réel| réelle)?"
)
_FR_LEAD = (
    r"(?:(?:bonjour|non|oui|ok|s'il vous plaît|svp|merci de|alors) )*"
    r"(?:(?:je|j')? ?(?:veux|voudrais|souhaite|souhaiterais|aimerais|dois|préfère|demande à|"
    r"besoin de)|(?:puis|pourrais|peux)[ -]je|(?:est-ce que )?je (?:peux|pourrais)|"
    r"comment (?:puis-je|je peux|faire pour)|j'ai besoin (?:de|d'))?(?: (?:vraiment|plutôt|juste))*"
)
_FR_TAIL = (
    r"(?: (?:s'il vous plaît|s'il te plaît|svp|stp|maintenant|merci|directement|au téléphone))*"
)
_FR = (
    rf"(?:parler|discuter|échanger|communiquer|chatter) (?:à|avec|au|directement à) "
    rf"(?:un |une |le |l'|votre )?{_FR_WHO}",
    r"(?:passez|passe|mettez|mets|transférez|transfère|connectez|connecte)[ -]moi "
    rf"(?:à|avec|en relation avec|en contact avec)? ?(?:un |une |le |au )?{_FR_WHO}",
    r"(?:un |une )(?:(?:vrai|vraie) )?(?:humain|être humain|conseiller|conseillère|vraie personne|"
    r"agent humain|personne réelle)",
)
_ES_WHO = (
    r"(?:humano|humana|persona|ser humano|agente|representante|operador|operadora|asesor|asesora|"
    r"empleado|encargado|supervisor|alguien|soporte|servicio al cliente|atención al cliente)"
    r"(?: real| humano| humana| de verdad)?"
)
_ES_LEAD = (
    r"(?:(?:hola|no|sí|por favor|ok|vale|entonces) )*(?:quiero|quisiera|querría|necesito|deseo|"
    r"prefiero|me gustaría|puedo|podría|cómo puedo|es posible|déjame|permítame)?"
    r"(?: (?:por favor|ahora|solo|mejor))*"
)
_ES_TAIL = r"(?: (?:por favor|ahora|ya|gracias|directamente|por teléfono|de inmediato))*"
_ES = (
    rf"(?:hablar|chatear|conversar|comunicarme|contactar) con (?:un |una |el |la |su )?{_ES_WHO}",
    r"(?:páseme|pásame|comuníqueme|comunícame|conécteme|conéctame|transfiérame|transfiéreme|ponme|"
    rf"póngame) (?:con|a) (?:un |una |el |la )?{_ES_WHO}",
    r"(?:un |una )(?:humano|ser humano|persona real|agente humano|persona de verdad|representante)",
)
# Too little to count unless it is all that is said.
_ALONE = (
    r"(?:talk|speak) (?:human|person|agent|representative)",
    r"(?:live |human |real )(?:agent|human|person|operator|chat|support)|human|humans only",
    r"(?:an? )?(?:agent|operator|rep|supervisor|manager|person|human) (?:please|pls|plz|now)",
    r"(?:customer (?:service|support|care) )?(?:representative|rep|agent) please|representative|"
    r"customer (?:service|support|care) (?:representative|rep|agent)",
    r"(?:echter |richtiger |echten )?mensch(?:en)?|(?:mitarbeiter|berater) bitte",
    r"(?:humain|conseiller|agent|opérateur) (?:s'il vous plaît|svp)",
    r"(?:humano|agente|representante|operador|asesor) por favor",
)
_WANTED = tuple(
    re.compile(rf"(?:{lead} ?)?(?:{'|'.join(cores)}){tail}")
    for lead, cores, tail in (
        (_EN_LEAD, _EN, _EN_TAIL),
        (_DE_LEAD, _DE, _DE_TAIL),
        (_FR_LEAD, _FR, _FR_TAIL),
        (_ES_LEAD, _ES, _ES_TAIL),
    )
)
_WANTED_ALONE = re.compile(
    rf"(?:(?:please|pls|no|hi|hello|bitte|nein|non|por favor) )*(?:{'|'.join(_ALONE)})"
    r"(?: (?:please|pls|now|bitte|svp|por favor))*"
)
_LONGEST = 1000  # characters that are looked at: who wants a person says so early or last


def asks_for_person(text: str) -> bool:
    """Whether the writer wants a person, alone or besides something else.

    Told by the wording, in English, German, French and Spanish. A question about people or agents
    that somebody else deals with ("how do I add an agent?") is a question like any other.
    """
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}\n{text[-_LONGEST // 2 :]}"
    folded = text.lower().replace("’", "'")
    if _WANTED_ALONE.fullmatch(" ".join(re.sub(r"[^\w'-]+", " ", folded).split())):
        return True
    parts = (" ".join(part.split()) for part in _PART.split(folded))
    return any(pattern.fullmatch(part) for part in parts if part for pattern in _WANTED)

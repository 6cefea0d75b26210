"""English small talk that has too many wordings to list, told by its vocabulary.

A message belongs to an intent if it holds only words of that intent's vocabulary and something
in it matches one of the patterns. A question about a product has a word of its own somewhere, so
it is left alone whatever it looks like.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cevvo.engine.answering.phrasebook import Intent, word_set

_EVERYDAY = word_set(
    "a an the i i'm i'd i'll i've you you're you've u your yours yourself ya am is are r was were "
    "be been being do does did don't can could would will should shall may might must it it's its "
    "that that's this there here who who's what what's whats which when when's where where's how "
    "how's why whether if and or of to in on by for from with at as about than so not no yes me my "
    "mine we us our please just really actually truly very exactly ever even also too now today "
    "then again still right already currently tell know say hear let give get want wanna like need "
    "love wish wondering curious ask think believe guess consider may sure said someone somebody "
    "anyone something some any one kind sort type hey hi hello friend sir ai ok okay oh well sorry "
    "excuse kindly happy glad share"
)
_YOU = r"(?:you|u|ya|your|yourself|ai|this (?:ai|bot|chatbot)|the (?:ai|bot|chatbot))"
_BEING = (
    r"(?:bot|robot|chatbot|human|person|machine|computer|program|software|real|fake|alive|"
    r"artificial|automated|ai|sentient|conscious|living)"
)
_MADE = (
    r"(?:made|created|built|programmed|designed|developed|invented|engineered|coded|trained|"
    r"manufactured|born)"
)
_MAKER = r"(?:boss|employer|supervisor|superior|creator|maker|inventor|programmer|designer)s?"
_SELF = (
    rf"(?:name|nickname|birthday|birthdate|age|birth|birthplace|hometown|nationality|origins?|"
    rf"hobby|hobbies|pets|{_MAKER})"
)
_WELL = r"(?:ok|okay|well|alright|good|fine|feeling)"


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """``statement``: whether a message that asks something is none of this intent."""

    intent: Intent
    words: frozenset[str]
    patterns: Sequence[str]
    statement: bool = False

    def covers(self, words: Sequence[str], asks: bool) -> bool:
        """Whether the message says this and nothing else."""
        if (self.statement and asks) or not self.words.issuperset(words):
            return False
        return any(re.search(pattern, " ".join(words)) for pattern in self.patterns)


_VOCABULARIES = (
    _Vocabulary(
        "identity",
        _EVERYDAY
        | word_set(
            "bot robot chatbot human person machine computer program software artificial assistant "
            "intelligence real fake alive live living automated actual being life sentient bots "
            "conscious humans name nickname first full last called call address refer referred "
            "referring title introduce describe born birthday birthdate birth birthplace age old "
            "older young years year date day country city town state place origin origins "
            "originate location hometown home nationality come came hail grow grew up originally "
            "boss employer employed employee supervisor superior work working works report orders "
            "company organization team person entity creator created creating creation maker "
            "makers inventor invented designer designed developer developed programmer programmed "
            "built engineered coded trained made making manufactured brought gave code existed "
            "joke jokes funny funniest hilarious laugh amusing best good great talking speaking "
            "chatting talk speak chat prove sound secretly hobbies hobby pets pet long around"
        ),
        (
            rf"^(?:.* )?(?:are|r|if|that|whether|prove|were|consider|think|know|sound like) "
            rf"(?:\w+ )?(?:you|u|ai|you're|yourself)\b(?: \w+){{0,6}} {_BEING}\b",
            rf"\byou(?:'re| are| were)?(?: \w+){{0,3}} (?:an? )?{_BEING}\b",
            rf"\b(?:talking|speaking|chatting) (?:to|with)\b.*\b{_BEING}\b",
            r"^(?:so )?is this (?:an? )?(?:real )?(?:bot|robot|chatbot|human|person|ai)\b",
            rf"\b{_BEING} or (?:an? )?(?:real )?{_BEING}\b",
            rf"\b{_YOU}(?: \w+)? {_SELF}\b",
            rf"\b(?:name|{_MAKER}|age)\b.*\b(?:of|for|call|by|refer to|address) {_YOU}\b",
            rf"\bdo you (?:have|know) .*\b(?:name|nickname|{_MAKER})\b",
            rf"\b{_MADE} {_YOU}\b",
            rf"\b{_YOU} (?:were |was |got )?(?:\w+ )?{_MADE}\b",
            rf"\bhow (?:old|young|long|many years(?: old)?)\b(?: \w+)? (?:are|is|have|has) {_YOU}\b"
            r"(?! to\b)",
            r"\bhow old you are\b|\bwhat age are you\b",
            r"\b(?:call|address|refer to) (?:you|u)\b|\byou\b.*\bcalled\b",
            rf"\bwhere(?:'s| is| are| do| did| were)? {_YOU}(?: originally)? "
            r"(?:from|come|came|hail|originate|grow)\b",
            r"\bwhere you(?:'re| are| come| came)?(?: originally)? (?:from|come)\b",
            rf"\bwho\b.*\b{_YOU}\b.*\b(?:work|working|employed|report|orders)\b",
            rf"\b(?:are|do) {_YOU}\b.*\b(?:work|working|employed) (?:for|by)\b",
            r"\bjokes?\b|\bsomething (?:\w+ )?(?:funny|hilarious|amusing)\b|\b(?:me|good) laugh\b",
        ),
    ),
    _Vocabulary(
        "help",
        _EVERYDAY
        | word_set(
            "help helps assist assistance asking asked answer answers answering question questions "
            "thing things subject subjects topic topics stuff kinds types sorts info information "
            "familiar able capable versed accept respond capabilities abilities skills purpose "
            "knowledge doing use using allowed else all task tasks good many certain different "
            "best talk discuss quick"
        ),
        (
            r"\bwhat\b.*\b(?:can|could|may|should|am) i (?:\w+ ){0,2}ask\b|\bwhat .*i use you\b",
            r"\b(?:things?|questions?|subjects?|topics?|stuff)\b.*\b(?:can|could|may) i ask\b",
            r"\bi (?:can|may|am able to|should) ask (?:of |about )?(?:you|the ai)\b",
            r"\bwhat\b.*\b(?:can|could|would|do|are) you\b.*\b(?:help|assist|know|answer|answering|"
            r"familiar|capable|versed|respond|accept|answers)\b",
            r"\b(?:what|things?|questions?|subjects?|topics?) (?:that )?you (?:can|know|are)\b",
            r"\byour (?:capabilities|abilities|skills|purpose)\b|\bskills (?:do )?you\b",
            r"\bhow can (?:you|i)\b.*\b(?:help|assist|use|using)\b.*\b(?:you|me|us)?$",
        ),
    ),
    _Vocabulary(
        "thanks",
        _EVERYDAY
        | word_set(
            "thank thanks thankful grateful gratitude appreciate appreciated help helped helping "
            "helpful assist assistance assisting answer answers answering answered info explaining "
            "information time effort efforts nice amazing awesome great good big best much lot "
            "cooperation support response reply question patience providing wonderful sincere "
            "useful perfect job did done doing enough obliged letting"
        ),
        (r"\b(?:thank|thanks|thankful|grateful|gratitude|appreciate|appreciated|obliged)\b",),
        statement=True,
    ),
    _Vocabulary(
        "goodbye",
        _EVERYDAY
        | word_set(
            "bye goodbye farewell later see seeing talk talking chat chatting speak speaking spoke "
            "conversation conversing nice pleasure pleasant great good lovely fun enjoyed "
            "enjoyable "
            "enjoy cool catch around soon tomorrow day evening weekend week take care easy "
            "go going leave leaving run off time until next meet met alligator always while "
            "thanks thank have had got"
        ),
        (
            r"\b(?:bye|goodbye|farewell)\b",
            r"\b(?:see|catch|talk to|speak to) (?:you|ya|u) (?:later|soon|around|again|tomorrow)\b",
            r"\b(?:nice|pleasure|pleasant|great|good|lovely|fun|enjoyed|enjoyable|cool|glad)\b.*"
            r"\b(?:talk|talking|chat|chatting|speak|speaking|conversation|seeing|meet)\b",
            r"^(?:\w+ )*(?:have|need|got|time|must) (?:to )?(?:go|leave|run|get going)(?: now)?$",
        ),
        statement=True,
    ),
    _Vocabulary(
        "wellbeing",
        _EVERYDAY
        | word_set(
            "how're how've hows been doing going everything things thing life treating feel "
            "feeling "
            "day evening morning afternoon good alright fine hanging goes yo howdy up happening "
            "have has nice week weekend great"
        ),
        (
            r"\bhow(?:'s|'re|'ve|s)? (?:(?:are|is|have|has|do|been|was|the|my|your|it|things|"
            r"everything|life|ai) )*(?:doing|going|been|feeling|feel|you|ya|things|everything|life|"
            r"day|hanging|goes|treating|it)"
            r"(?: (?:going|doing|for|with|you|today|now|ai|this|been|okay|well|on|day|fine|evening|"
            r"morning|the|good|me))*$",
            rf"^(?:\w+ )?(?:are|is|have) (?:you|everything|things)\b.*\b{_WELL}\b"
            r"(?: (?:with you|today|now|right now))?$",
        ),
    ),
    _Vocabulary(
        "complaint",
        _EVERYDAY
        | word_set(
            "work works working worked worthless broken break breaks fail fails failing failed "
            "crash crashes crashed crashing nothing everything all keeps keep keeps getting gets "
            "happens happened happening wrong error errors problem problems issue issues trouble "
            "stuck useless rubbish garbage trash crap shit shitty bullshit fucking fuck damn hell "
            "stupid dumb idiot idiots moron morons terrible horrible awful pathetic worst bad suck "
            "sucks hate annoying annoyed angry frustrated frustrating furious mad ridiculous "
            "nonsense waste wasting wasted time times hours tried try trying seriously fed sick "
            "tired disappointed disappointing unhappy bot assistant robot thing things help "
            "helping helpful answer answers useful understand anymore more much doing stop "
            "can't isn't doesn't didn't won't aren't wasn't never always only doesnt isnt same "
            "here complete total utter such because but out"
        ),
        (
            r"\b(?:doesn't|doesnt|don't|isn't|isnt|won't|didn't|wasn't|never|not|can't get)"
            r"(?: \w+){0,3} work(?:s|ing|ed)?\b",
            r"\bnothing(?: \w+)? (?:works?|working|worked|happens|happened|helps|helped)\b",
            r"\b(?:is|it's|that's|are|everything) (?:\w+ )?broken\b",
            r"\b(?:it|this|that|everything)(?: \w+){0,2} (?:fail|crash)(?:s|es|ed|ing)?\b",
            r"\b(?:have|having|got|get|getting|i've|there's|there is|same)(?: \w+){0,2} "
            r"(?:problem|issue|error|trouble)s?\b",
            r"\bsomething(?:'s| is| went| has gone| seems)?(?: \w+)? wrong\b",
            r"\b(?:i'm|i am|am|we|are) (?:\w+ )?(?:stuck|angry|annoyed|frustrated|furious|"
            r"disappointed|unhappy|sick of|tired of|fed up)\b",
            r"\b(?:useless|worthless|crap|shit|shitty|bullshit|fuck|fucking|stupid|dumb|idiots?|"
            r"morons?|pathetic|sucks?|hate|nonsense|ridiculous|annoying|frustrating|terrible|"
            r"horrible|awful)\b",
            r"\b(?:is|are|such|what|it's|that's)(?: \w+){0,2} (?:rubbish|garbage|trash|waste|"
            r"worst)\b",
        ),
        statement=True,
    ),
    _Vocabulary(
        "acknowledgement",
        (
            _EVERYDAY
            | word_set(
                "true false wrong correct incorrect accurate inaccurate affirmative negative fact "
                "truth untrue definitely certainly absolutely totally completely indeed statement "
                "answer information response case agree agreed disagree confirm confirmed seems "
                "yep yeah yup nope nah naw way idea clue doubt positive hard isn't wasn't doesn't"
            )
        )
        - word_set("how which when where why whether if need get"),
        (
            r"\b(?:true|false|right|wrong|correct|incorrect|accurate|inaccurate|affirmative|facts?|"
            r"truth|yes|no|case|yep|yeah|nope|nah|naw|confirmed|agreed?|disagree|idea|clue)\b",
        ),
        statement=True,
    ),
)
_MOST_WORDS = 16
_ASKING = re.compile(
    r"^(?:is|are|was|were|do|does|did|can|could|would|will|should|may|what|which|who|whose|when|"
    r"where|why|how|what's|who's|where's|how's|if|have|has|tell|give|show|let)\b"
)


def english_small_talk(text: str, words: Sequence[str]) -> Intent | None:
    """The intent of a message that is small talk throughout; ``words`` are those of ``text``."""
    if not words or len(words) > _MOST_WORDS:
        return None
    asks = "?" in text or _ASKING.match(words[0]) is not None
    return next((each.intent for each in _VOCABULARIES if each.covers(words, asks)), None)

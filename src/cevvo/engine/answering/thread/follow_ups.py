"""A message with what it takes from its thread written out."""

import re
from collections.abc import Sequence

from cevvo.engine.answering.base import PastTurn
from cevvo.engine.answering.phrasebook import word_set
from cevvo.engine.retrieval.retriever import Context

_CONTENT_FREE = word_set(
    # function words
    "a an the and or but so then also if of in on at to for from by with without as about into "
    "over under between than per via is are was were be been being am do does did done doing have "
    "has had having can could should would will shall may might must i me my mine we us our you "
    "your he him his she her it its they them their this that these those there here one ones "
    "what which who whom whose when where why how not no yes any some all each both more most "
    "other another same such very too just only still already again now "
    # words of asking and talking
    "please tell show explain describe give know mean want need like make sure help get let say "
    "way thing things something anything everything example examples detail details information "
    "info question answer possible use using used work works happen happens ok okay thanks hi "
    "hello hey great well actually really go going come look try lot little bit else kind type "
    "sort ahead further elaborate clarify i'm it's don't doesn't isn't can't what's that's"
)
# Always a property of something else: alone they are no topic.
_RELATIONAL = word_set(
    "default defaults limit limits maximum minimum price prices pricing cost costs syntax option "
    "options parameter parameters argument arguments requirement requirements difference "
    "differences advantage advantages disadvantage disadvantages benefit benefits drawback "
    "drawbacks alternative alternatives step steps next previous first last reason reasons "
    "version versions command format name value values size length purpose restriction "
    "restrictions exception exceptions effect effects prerequisite prerequisites risk risks "
    "change set enable disable remove delete undo revert start stop fix support"
)
_OPENERS = re.compile(
    r"^(?:ok(?:ay)?[,.]? |well,? )?(?:and|or|but|also|so|what about|how about|what if|why not|"
    r"same for|the same for|even|only|except|for example|like)\b",
    re.IGNORECASE,
)
_PREPOSITIONAL = re.compile(
    r"^(?:and |or |but |what about |how about )*(on|in|for|with|without|from|to|via|under|using|at)"
    r" ",
    re.IGNORECASE,
)
# "it" that stands for nothing.
_EXPLETIVE = re.compile(
    r"\b(?:is|was|would|will|can) it (?:be |still |also )?(?:possible|necessary|safe|ok|okay|best|"
    r"better|recommended|required|allowed|worth|a good idea|important|easy|hard)\b|"
    r"\bit (?:is|was|would be) (?:possible|necessary|safe|recommended|required|best|better)\b|"
    r"\bit's (?:possible|necessary|safe|recommended|required|best|better)\b|"
    r"\bmake it (?:so|possible)\b|\bdoes it (?:matter|make sense) (?:if|to|whether)\b|\bit seems\b|"
    r"\bdoes it take to\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,;:.]\s|\b(?:and|but|if|when|while|because|so that|then|once)\b", re.I)
# "that" after a noun joins a clause to it; after these it points back.
_POINTING = re.compile(
    r"\b(?:do|does|did|doing|done|is|was|are|can|could|will|would|should|about|like|for|with|of|"
    r"after|before|without|if|why|how|in|on|change|fix|avoid|prevent|disable|enable) that\b|"
    r"\bthat(?=\s*[?.!]*$)",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|these|those|"
    r"this(?! (?:page|site|website|documentation|company|year|month|week)\b)|"
    r"the (?:same|former|latter|above|other one|first one|second one|last one)|another one|"
    r"one of them|ones?(?=\s*[?.!]*$))(?!\w|'|:| \w+:)",
    re.IGNORECASE,
)
_ASKED_ACTION = re.compile(
    r"\b((?:do|can|could|should|would|may|must) (?:I|we|you|one)|how to) \w+", re.IGNORECASE
)
# Words are taken from where they begin, whole: a message of one word takes linear time.
_IDENTIFIER = re.compile(
    r"(?<![A-Za-z])[A-Za-z]++[_.][\w.]+|\b[a-z]++[A-Z]\w*|\b[A-Z]{2,}\w*|(?<!\w)\w++\(\)|"
    r"--?\w[\w-]+"
)
_NUMBER = re.compile(r"(?<![\w.])\d[\w.,:/-]*")
_MARK = re.compile(r"\s?\[\d+\]")
_LONGEST_REWRITE = 500  # characters
# By nDCG@10 on half of the MTRAG conversations; a question of four topic words leans by a quarter.
_MOST_LEANING = 0.5
_CONTEXT_LENGTH = 400  # characters of the last answer; 200 and 800 find as much
_SELF_CONTAINED = 8  # topic words: so long a message says what it is about
_TOPIC_WORDS = 10
_TURNS_BACK = 3


def standalone_question(text: str, history: Sequence[PastTurn]) -> str:
    """The question with what it takes from its thread written out, for searching.

    ``history`` is oldest first. A question that can stand by itself comes back unchanged; one
    that points back (a pronoun, an ellipsis, no topic of its own) gets the topic words of the
    latest question that has any, in parentheses.
    """
    if not history or not _points_back(text):
        return text
    topic = _topic(history, text)
    return f"{text.strip()} ({topic})" if topic else text


def context_of(text: str, history: Sequence[PastTurn]) -> Context | None:
    """What searching for a message of a thread leans on: the last answer, else the last question.

    Where the documents did not say, the answer is about nothing. The fewer topic words a message
    has, the more it leans.
    """
    if not history:
        return None
    last = history[-1]
    said = _MARK.sub("", last.answer) if last.sources else last.standalone
    return Context(said[:_CONTEXT_LENGTH], min(_MOST_LEANING, 1 / max(1, len(topic_words(text)))))


def topic_words(text: str) -> set[str]:
    """The words that say what a text is about, folded."""
    return {word.lower() for word in _words_with_case(text) if _is_topical(word)}


def acceptable_rewrite(question: str, rewrite: str, history: Sequence[PastTurn]) -> bool:
    """Whether a model's standalone form of a question may be searched for in its place.

    It must keep every number and identifier of the question, bring none that neither the question
    nor its thread has, and be no longer than a question is.
    """
    if not rewrite.strip() or len(rewrite) > _LONGEST_REWRITE:
        return False
    said = [f"{turn.question} {turn.standalone} {turn.answer}" for turn in history]
    thread = " ".join((question, *said)).casefold()
    folded = rewrite.casefold()
    return all(word in folded for word in _hard_words(question)) and all(
        word in thread for word in _hard_words(rewrite)
    )


def _hard_words(text: str) -> set[str]:
    """Numbers and identifiers, folded: what a rewording must not touch."""
    return {
        match[0].rstrip(".,").casefold()
        for pattern in (_IDENTIFIER, _NUMBER)
        for match in pattern.finditer(_MARK.sub("", text))
    }


def _points_back(text: str) -> bool:
    words = _words_with_case(text)
    topical = [word for word in words if _is_topical(word)]
    if not topical:
        return True
    if len(topical) >= _SELF_CONTAINED:
        return False
    if _pronoun_without_antecedent(text):
        return True
    if _IDENTIFIER.search(text):
        return False
    if _OPENERS.match(text.strip()) or _preposition(text):
        return len(topical) <= 2
    return len(words) <= 2 and text.rstrip().endswith("?")


def _pronoun_without_antecedent(text: str) -> bool:
    """Whether a pronoun stands for something that this message has not named itself.

    What an earlier clause of the same message names is taken as the antecedent.
    """
    bare = _EXPLETIVE.sub(" ", text)
    matches = [*_PRONOUN.finditer(bare), *_POINTING.finditer(bare)]
    if not matches:
        return False
    before = bare[: min(match.start() for match in matches)]
    boundaries = list(_CLAUSE_END.finditer(before))
    if not boundaries:
        return True
    return not any(map(_is_topical, _words_with_case(before[: boundaries[-1].start()])))


def _topic(history: Sequence[PastTurn], text: str) -> str:
    """Topic words of the latest turn that has some which the follow-up does not name itself."""
    own = {word.lower() for word in _words_with_case(text)}
    for turn in reversed(history[-_TURNS_BACK:]):
        topic: dict[str, str] = {}
        for word in _words_with_case(_without_replaced(turn.standalone, text)):
            if word.lower() not in _CONTENT_FREE and word.lower() not in own:
                topic.setdefault(word.lower(), word)
        if any(map(_is_topical, topic)):
            return " ".join(list(topic.values())[:_TOPIC_WORDS])
        if turn.sources:
            return turn.sources[0].title
    return ""


def _without_replaced(question: str, follow_up: str) -> str:
    """``question`` without what the follow-up puts something else in the place of.

    "On Windows" replaces "on Linux"; a verb for "it" or "them" replaces the verb before, while
    "this" and "that" may stand for the verb too.
    """
    if preposition := _preposition(follow_up):
        question = re.sub(
            rf"\b{preposition} (?:an? |the )?[\w.+#-]+(?=\s*[?.!)]|$)", "", question, flags=re.I
        )
    pronoun = _PRONOUN.search(_EXPLETIVE.sub(" ", follow_up))
    if pronoun and pronoun[0].lower() != "this":
        question = _ASKED_ACTION.sub(r"\1", question)
    return question


def _preposition(text: str) -> str | None:
    """The preposition that a fragment such as "and on Windows?" begins with."""
    match = _PREPOSITIONAL.match(text.strip())
    return match[1].lower() if match and len(text.split()) <= 6 else None


def _is_topical(word: str) -> bool:
    return word.lower() not in _CONTENT_FREE and word.lower() not in _RELATIONAL


def _words_with_case(text: str) -> list[str]:
    return re.findall(r"--?\w[\w-]*|\w+(?:[.'’/+#-]\w+)*[+#]*", text)

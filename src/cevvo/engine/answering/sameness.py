"""Whether two questions ask the same, so that one answer serves both.

Vectors alone cannot tell: "when did it begin" and "when did it end" are at .94. So nearness is only
the first condition; the others are about words, and where they err they say no. The bounds are
chosen by ``cevvo_evals.caching``, which also reports how they do on other questions.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cevvo.engine.answering.phrasebook import FUNCTION_WORDS, Language, guess_language, word_set
from cevvo.engine.retrieval.terms import index_terms

NEAR = 0.75
"""The least cosine of two questions of the same words."""
_NEARER = 0.80  # the same where one has a word more
_SHARED = 2  # words that they must have in common then: "What is X" is not "What does X cost"
_TYPO_LENGTH = 5  # letters of a word from which on one of them may be wrong

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# Which one of several.
_RANKS = word_set(
    "first second third fourth fifth last next previous another other others else "
    "erste ersten zweite zweiten dritte dritten letzte letzten nächste nächsten andere anderen "
    "premier première deuxième troisième dernier dernière autre autres "
    "primero primera segundo segunda tercero tercera último última otro otra"
)
# From where a word begins: a message of one word takes linear time.
_EXACT = re.compile(r"(?<![\w-])--?\w[\w-]*|(?<!\w)\w+(?:[._/:@+>]+\w+)+|(?<!\w)\w*\d\w*")
_INTERROGATIVES = word_set(
    "when where who whose whom why "
    "wann wo wohin woher wer wen wem wessen warum wieso weshalb wieviel wieviele "
    "quand où qui pourquoi combien cuándo dónde adónde quién quiénes cuánto cuánta cuántos cuántas"
)
_AMOUNT = re.compile(
    r"\b(?:how|wie) (?:many|much|long|old|often|far|big|large|tall|high|fast|late|"
    r"viele?|lange|alt|oft|weit|groß|hoch|schnell|teuer)\b"
)
_POINT_IN_TIME = re.compile(r"\b(?:what|which) (?:year|date|time|day|month|century|decade)\b")
_A_WAY = re.compile(
    r"\b(?:is there|are there|what(?:'s| is| are| would be)|any)(?: \w+){0,2} (?:ways?|methods?)\b|"
    r"\b(?:is|would) it (?:be )?possible\b"
)
_WHAT_IT_DOES = re.compile(r"\bwhat (?:do|does|did|can)\b.+\bdo\b")
_WHAT = re.compile(r"\b(?:what|which)\b")
_WHETHER = re.compile(r"^\W*(?:do|does|did|is|are|was|were|will|has|have|must|should)\b")
_NEGATIONS = word_set(
    "not no never without none nor neither cannot unable except instead "
    "nicht kein keine keinen keiner nie ohne außer statt ne pas jamais sans aucun sauf sin nunca "
    # Of languages that only the model's vectors know, and those tell the two least of all apart.
    "non senza nessun nessuno nessuna não nem sem nenhum nenhuma niet geen nooit zonder "
    "inte ej aldrig utan ingen inget inga ikke ikkje aldri uden uten intet ei eivät ilman "
    "nigdy bez není nejsou никогда не нет нельзя ні немає без nem nincs nélkül nu fără "
    "değil yok tidak bukan tanpa không δεν δε μη μην χωρίς "
    "لا ليس لم لن بدون غير לא אין בלי ללא"
)
# In scripts that put no blanks between words, or whose vowel signs end one.
_NEGATING = re.compile(r"[不没沒无無未非勿]|ない|なし|ません|せず|않|못|없|아니|\b안 |ไม่|नहीं|बिना")
# The word after one of these is where something comes from or goes to.
_DIRECTIONS = word_set("from to into onto than over under via von nach zu als über unter de à")
# The same, and what is asked for changes with it.
_ORDER = word_set("before after until since vor bis seit avant après antes después desde hasta")
# What a question is wrapped in, besides function words.
_WRAPPING = word_set(
    "how what which way ways method methods possible possibly want wanted like would please help "
    "tell wonder wondering best easiest simplest simply properly correctly exactly actually "
    "currently just able someone somebody one anyone people there here any some really ever now "
    "question answer explain suggest recommend hi hello hey thanks thank kindly let me my mine our "
    "ours your yours do does done doing i'm i'd i've what's how's it's "
    "wie was welche welcher welches möchte will kann bitte gerne weg möglichkeit möglich "
    "comment quel quelle quels quelles faire peut veux voudrais cómo qué cuál cuáles puedo quiero"
)
_ALIKE: tuple[str, ...] = (  # English words that mean the same in what people ask
    "create make build generate produce", "remove delete erase", "fix solve resolve repair",
    "change modify alter edit", "show display view see", "begin start", "buy purchase",
    "error problem issue trouble", "picture image photo", "obtain acquire get", "phone telephone",
    "select choose pick", "convert transform", "login log signin sign", "cost price", "email mail",
    "app application", "folder directory", "document doc", "several multiple many", "locate find",
    "configure set setup", "cancel terminate", "company firm", "allow permit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks, so far as it has to be the same.

    ``kind``: when, where, who, why, what, whether, an amount; nothing for how. ``exact``: numbers,
    ranks, versions, flags, paths, dotted names. ``terms`` are the stems of what it is about, one
    for each group of words alike; ``towards`` those that follow a word of direction.
    """

    kind: frozenset[str]
    exact: frozenset[str]
    negated: bool
    terms: frozenset[str]
    towards: Mapping[str, frozenset[str]]


def asked(question: str, synonyms: Sequence[Sequence[str]] = ()) -> Asked:
    """Read a question that stands alone; ``synonyms``: words and phrases that mean the same."""
    folded = question.casefold().replace("’", "'")
    language = guess_language(question)
    words = _WORD.findall(_unified(folded, synonyms))
    alike = _STANDS_FOR if language == "en" else {}
    terms: set[str] = set()
    towards: dict[str, frozenset[str]] = {}
    direction = ""
    for word in words:
        if word in _DIRECTIONS or word in _ORDER:
            direction = word
        if _is_content(word, language):
            stems = frozenset(alike.get(stem, stem) for stem in index_terms(word, language))
            terms |= stems
            if direction and word != direction:
                towards[direction] = towards.get(direction, frozenset()) | stems
                direction = ""
    return Asked(
        kind=_kind(folded, words),
        exact=frozenset(_EXACT.findall(folded)) | _RANKS.intersection(words),
        negated=_NEGATING.search(folded) is not None
        or any(word in _NEGATIONS or word.endswith("n't") for word in words),
        terms=frozenset(terms),
        towards=towards,
    )


def ask_the_same(one: Asked, other: Asked, cosine: float) -> bool:
    """Whether an answer to the one answers the other; ``cosine`` is that of their embeddings."""
    if (one.kind, one.exact, one.negated) != (other.kind, other.exact, other.negated):
        return False
    if cosine < NEAR or not one.terms or not _same_directions(one, other):
        return False
    unmatched = len(_unmatched(one.terms, other.terms)) + len(_unmatched(other.terms, one.terms))
    if unmatched == 0:
        return True
    shared = len(one.terms & other.terms)
    return unmatched == 1 and shared >= _SHARED and cosine >= _NEARER


def _kind(folded: str, words: Sequence[str]) -> frozenset[str]:
    if amount := _AMOUNT.search(folded):
        return frozenset({amount[0]})
    if _POINT_IN_TIME.search(folded):
        return frozenset({"when"})
    if found := _INTERROGATIVES.intersection(words):
        return found
    if _A_WAY.search(folded):
        return frozenset()
    if _WHAT_IT_DOES.search(folded):
        return frozenset({"what it does"})
    if _WHAT.search(folded):
        return frozenset({"what"})
    return frozenset({"whether"} if _WHETHER.search(folded) else ())


def _is_content(word: str, language: Language) -> bool:
    if word in _ORDER:
        return True
    wrapping = word in _WRAPPING or word in _INTERROGATIVES or word in _NEGATIONS
    return not wrapping and word not in FUNCTION_WORDS[language]


def _stands_for() -> dict[str, str]:
    """For each stem of a group of words alike, the stem that stands for the group."""
    found: dict[str, str] = {}
    for group in _ALIKE:
        stems = index_terms(group, "en")
        found |= dict.fromkeys(stems, index_terms(group.split()[0], "en")[0])
    return found


_STANDS_FOR = _stands_for()


def _unified(folded: str, synonyms: Sequence[Sequence[str]]) -> str:
    """The question with one made-up word in the place of every synonym of a group."""
    for number, group in enumerate(synonyms):
        said = {phrase.casefold() for phrase in group if phrase.casefold() in folded}
        if not said:  # nearly always; a pattern takes a millisecond to make
            continue
        longest_first = sorted(said, key=len, reverse=True)
        pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"
        folded = re.sub(pattern, f"synonym{chr(0x4E00 + number)}", folded)
    return folded


def _same_directions(one: Asked, other: Asked) -> bool:
    """Whether both go the same way: not one from A to B and the other from B to A."""
    for direction in one.towards.keys() & other.towards.keys():
        here, there = one.towards[direction], other.towards[direction]
        if not (here <= there or there <= here):
            return False
    return True


def _unmatched(terms: frozenset[str], others: frozenset[str]) -> list[str]:
    candidates = others - terms
    return [
        term for term in terms - others if not any(_is_typo(term, other) for other in candidates)
    ]


def _is_typo(word: str, other: str) -> bool:
    """Whether one letter is wrong, missing or too many in a word that is not short."""
    short, long = sorted((word, other), key=len)
    if len(short) < _TYPO_LENGTH or len(long) - len(short) > 1:
        return False
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    return long[start + 1 :] == short[start + (len(short) == len(long)) :]

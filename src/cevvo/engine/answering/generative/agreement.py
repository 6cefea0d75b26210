"""Whether a claim and a stretch of a document that has its words say the same.

None of these tests understands anything: they look at which words stand together, what a "not"
stands before, and what has been put in the place of what.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from cevvo.engine.answering.generative.claims import Claim
from cevvo.engine.answering.generative.windows import Window
from cevvo.engine.answering.generative.wording import NOT, PASSIVE, Token, are_opposite
from cevvo.engine.answering.phrasebook import Language

_ALIKE = 0.5  # ratio of matching words from which a claim is taken for a sentence with changes


@dataclass(frozen=True, slots=True)
class Exchange:
    """What stands in a claim in the place of something else, as it is written and as stems.

    ``hard`` are the names and numbers among the stems of each.
    """

    new: tuple[str, ...]
    old: tuple[str, ...]
    new_stems: frozenset[str]
    old_stems: frozenset[str]
    new_hard: frozenset[str]
    old_hard: frozenset[str]

    def is_contradiction(self, language: Language) -> bool:
        """Whether a "not" came or went, or a name, a number or a word became another."""
        if (NOT in self.new_stems) != (NOT in self.old_stems):
            return True
        if self.new_hard - self.old_stems and self.old_hard - self.new_stems:
            return True
        return any(
            are_opposite(one, other, language)
            for one in self.new_stems - self.old_stems
            for other in self.old_stems - self.new_stems
        )


def exchanges(claim: Claim, window: Window) -> Iterator[Exchange]:
    """What differs between a claim and the window, place by place, if most of it is the same.

    Words that only one of them has count where they are a "not", or stand for something.
    """
    new, old = claim.tokens, [token for ground in window.grounds for token in ground.tokens]
    names = frozenset().union(*(ground.names for ground in window.grounds))
    matcher = SequenceMatcher(None, [t.word for t in new], [t.word for t in old], autojunk=False)
    if _matched(matcher) < _ALIKE * len(new):
        return
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        one, other = new[i1:i2], old[j1:j2]
        only_not = {token.word for token in (*one, *other)} == {NOT}
        if tag == "replace" or (tag != "equal" and only_not):
            one_stems, other_stems = (frozenset(t.word for t in each) for each in (one, other))
            yield Exchange(
                tuple(t.spelled for t in one if t.word not in window.stems and t.word != NOT),
                tuple(t.spelled for t in other),
                one_stems,
                other_stems,
                frozenset(word for word in one_stems if _is_hard(word, claim.names)),
                frozenset(word for word in other_stems if _is_hard(word, names)),
            )


def _is_hard(word: str, names: frozenset[str]) -> bool:
    return word in names or word[0].isdecimal()


def _matched(matcher: "SequenceMatcher[str]") -> int:
    return sum(block.size for block in matcher.get_matching_blocks())


def longest_gap(claim: Claim, window: Window) -> int:
    """The most words in a row that the window and its headings lack."""
    longest = run = 0
    for token in claim.tokens:
        run = 0 if token.word in window.stems or token.word == NOT else run + 1
        longest = max(longest, run)
    return longest


def anchored(claim: Claim, window: Window, near: int) -> bool:
    """Whether every name and number stands where it stands in the claim: after or before one of
    the same words, or, where it is moved, behind the same preposition.

    One that ends the claim may begin the sentence, and the other way round.
    """
    tokens = [token for token in claim.tokens if token.word != NOT]
    hard = [_is_hard(token.word, claim.names) for token in tokens]
    lines = [line for ground in window.grounds for line in ground.lines]
    for index, token in enumerate(tokens):
        if not hard[index] or token.word not in window.own_stems:
            continue
        before, name_before = _beside(tokens[:index][::-1], hard[:index][::-1])
        after, name_after = _beside(tokens[index + 1 :], hard[index + 1 :])
        at_edge = index <= 1 or index >= len(tokens) - 2
        if (before or after) and not any(
            _stands_so(
                token, before, after, line, place, near + name_before + name_after, at_edge=at_edge
            )
            for line in lines
            for place, each in enumerate(line)
            if each.word == token.word
        ):
            return False
    return True


def _beside(tokens: Sequence[Token], hard: Sequence[bool]) -> tuple[set[str], int]:
    """The two words nearest, those of the same name left out, and how many those are."""
    own = hard.index(False) if False in hard else len(hard)
    return {token.word for token in tokens[own : own + 2]}, own


def _stands_so(
    token: Token,
    before: set[str],
    after: set[str],
    line: Sequence[Token],
    place: int,
    near: int,
    *,
    at_edge: bool,
) -> bool:
    links = {token.link, line[place].link} - {""}
    if len(links) == 2 and not links & PASSIVE:
        return False
    earlier = {each.word for each in line[max(0, place - near) : place]}
    later = {each.word for each in line[place + 1 : place + near + 1]}
    if before & earlier or after & later:
        return True
    moved = bool((before | after) & (earlier | later))
    there_at_edge = place <= 1 or place >= len(line) - 2
    return bool(links) and (moved or (at_edge and there_at_edge))


def same_polarity(claim: Claim, window: Window) -> bool:
    """Whether what the claim negates is negated there, and nothing else: sentence by sentence, as
    a "not" next to it says nothing about this one."""
    scopes = [frozenset(scope) for each in window.grounds for scope in each.negated]
    for negated in map(frozenset, claim.negated):
        if not negated or any(_mostly(negated, scope) for scope in scopes):
            continue
        if negated.isdisjoint(frozenset().union(*scopes)):
            return False
        if any(
            _mostly(negated, each.positive.difference(*each.negated)) for each in window.grounds
        ):
            return False
    said = claim.stems.difference(*claim.negated)
    return not any(
        scope and scope[0] in said and _mostly(frozenset(scope), said - each.positive)
        for each in window.grounds
        for scope in each.negated
    )


def _mostly(scope: frozenset[str], terms: frozenset[str]) -> bool:
    return len(scope & terms) * 2 > len(scope)

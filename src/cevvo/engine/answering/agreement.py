"""Whether a claim and a stretch of a document that has its words say the same.

None of these tests understands anything: they look at which words stand together, what a "not"
stands before, and what has been put in the place of what.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from cevvo.engine.answering.claims import Claim
from cevvo.engine.answering.phrasebook import Language
from cevvo.engine.answering.windows import Window
from cevvo.engine.answering.wording import NOT, are_opposite

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
    new, old = claim.aligned, [each for ground in window.grounds for each in ground.aligned]
    names = frozenset().union(*(ground.names for ground in window.grounds))
    matcher = SequenceMatcher(None, [w for w, _ in new], [w for w, _ in old], autojunk=False)
    if matcher.find_longest_match().size == 0 or _matched(matcher) < _ALIKE * len(new):
        return
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        one, other = new[i1:i2], old[j1:j2]
        only_not = {w for w, _ in (*one, *other)} == {NOT}
        if tag == "replace" or (tag != "equal" and only_not):
            one_stems, other_stems = (frozenset(w for w, _ in each) for each in (one, other))
            yield Exchange(
                tuple(s for w, s in one if w not in window.stems and w != NOT),
                tuple(s for _, s in other),
                one_stems,
                other_stems,
                frozenset(w for w in one_stems if w in claim.names or w[0].isdecimal()),
                frozenset(w for w in other_stems if w in names or w[0].isdecimal()),
            )


def _matched(matcher: "SequenceMatcher[str]") -> int:
    return sum(block.size for block in matcher.get_matching_blocks())


def longest_gap(claim: Claim, window: Window) -> int:
    """The most words in a row that the window and its headings lack."""
    longest = run = 0
    for word in claim.words:
        run = 0 if word in window.stems else run + 1
        longest = max(longest, run)
    return longest


def anchored(claim: Claim, window: Window, near: int) -> bool:
    """Whether every name and number stands beside a word that it stands beside in the claim.

    One that ends the claim may begin the sentence, and the other way round: "In 1066 …".
    """
    last = len(claim.words) - 1
    for index, word in enumerate(claim.words):
        if word not in claim.names and not word[0].isdecimal():
            continue
        beside = {*claim.words[max(0, index - 2) : index], *claim.words[index + 1 : index + 3]}
        at_edge = index <= 1 or index >= last - 1
        if beside - {word} and not (
            window.has_near(word, beside - {word}, near) or (at_edge and window.has_at_edge(word))
        ):
            return False
    return True


def same_polarity(claim: Claim, window: Window) -> bool:
    """Whether what the claim negates is negated there, and nothing else: sentence by sentence, as
    a "not" next to it says nothing about this one."""
    scopes = [scope for each in window.grounds for scope in each.negated]
    for scope in claim.negated:
        if not scope or any(_mostly(scope, each) for each in scopes):
            continue
        if scope.isdisjoint(frozenset().union(*scopes)):
            return False
        if any(_mostly(scope, each.positive.difference(*each.negated)) for each in window.grounds):
            return False
    asserted = frozenset(claim.words).difference(*claim.negated)
    return not any(
        _mostly(scope, asserted - each.positive)
        for each in window.grounds
        for scope in each.negated
    )


def _mostly(scope: frozenset[str], terms: frozenset[str]) -> bool:
    return len(scope & terms) * 2 > len(scope)

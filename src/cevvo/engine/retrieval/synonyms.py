"""Words and phrases that an owner says mean the same."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cevvo.engine.retrieval.terms import index_terms, word_terms
from cevvo.providers.search.base import Alternatives

Group = Sequence[str]
"""Words or phrases that mean the same, such as ``("two-factor", "2FA", "MFA")``."""
_MOST_VARIANTS = 3  # other wordings of one question that are embedded: 3 ms each
_BETWEEN_WORDS = re.compile(r"[\s-]+")
_WRITTEN = r"(?<!\w){}(?:['’]?s|es)?(?!\w)"


@dataclass(frozen=True, slots=True)
class Said:
    """A group that a question has members of: these, and those that it does not have."""

    members: tuple[str, ...]
    others: tuple[str, ...]


def said_in(
    question: str, groups: Iterable[Group], languages: Sequence[str | None]
) -> tuple[Said, ...]:
    """The groups that ``question`` has a member of, by the terms of each of ``languages``."""
    sequences = [f" {' '.join(word_terms(question.casefold(), each))} " for each in languages]
    signs = {term for each in languages for term in index_terms(question.casefold(), each)}
    found = []
    for group in groups:
        members = tuple(
            member
            for member in dict.fromkeys(group)
            for phrases in (_phrases(member, tuple(languages)),)
            if not signs.isdisjoint(phrases)
            or any(f" {each} " in words for each in phrases for words in sequences)
        )
        others = tuple(member for member in dict.fromkeys(group) if member not in members)
        if members and others:
            found.append(Said(members, others))
    return tuple(found)


def alternatives(said: Said, languages: Sequence[str | None]) -> Alternatives:
    """The group as search takes it."""
    own = (
        term
        for member in said.members
        for each in languages
        for term in index_terms(member.casefold(), each)
    )
    others = (phrase for member in said.others for phrase in _phrases(member, tuple(languages)))
    return Alternatives(tuple(dict.fromkeys(own)), tuple(dict.fromkeys(others)))


def reworded(question: str, groups: Iterable[Said]) -> list[str]:
    """The question with a member of a group in the place of another, a few such."""
    variants: dict[str, None] = {}
    for said in groups:
        for member in said.members:
            parts = [re.escape(part) for part in _BETWEEN_WORDS.split(member) if part]
            written = re.compile(_WRITTEN.format(r"[\s-]?".join(parts)), re.IGNORECASE)
            pieces = written.split(question)
            if len(pieces) > 1:
                variants |= dict.fromkeys(other.join(pieces) for other in said.others)
    return list(variants)[:_MOST_VARIANTS]


@lru_cache(maxsize=20_000)
def _phrases(member: str, languages: tuple[str | None, ...]) -> tuple[str, ...]:
    """How a member stands in documents: its words in order, or its one sign such as ``c#``."""
    found = []
    for language in languages:
        words = word_terms(member.casefold(), language)
        signs = index_terms(member.casefold(), language)[len(words) :]
        if len(words) == 1 and signs:
            found.append(signs[0])
        elif words:
            found.append(" ".join(words))
    return tuple(dict.fromkeys(found))

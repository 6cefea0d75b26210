"""Which excerpts make the answer: the fewest that a good support agent would quote.

A lead, then details only where they are nearly as likely to be what was asked for, or say
something of the question that the lead does not. A reader, where there is one, says which leads;
how near the others are is told without it: it points at one place, and is so sure of it that
nothing would be near.
"""

from collections.abc import Sequence

from cevvo.engine.answering.evidence.asking import Wants
from cevvo.engine.answering.evidence.forms import announces_nothing
from cevvo.engine.answering.evidence.scoring import Evidence, ScoredUnit
from cevvo.engine.answering.extractive.excerpts import Excerpt, excerpt_for
from cevvo.engine.answering.extractive.remedies import with_remedy

_EXCERPTS = 3
_CLOSE = 0.2  # a unit this near to the lead may as well be the answer
_CLOSE_ELSEWHERE = 0.12  # the same on another page
_WIDER = 0.45  # how far below the lead a unit may be that covers more of the question
_NEW_WEIGHT = 0.3  # share of the question's weight that counts as more
_SAME = 0.92  # cosine above which two units say the same
_LENGTH = 1500  # characters; the lead may have more, a detail must fit


def select(question: str, evidence: Evidence) -> tuple[Excerpt, ...]:
    """The excerpts that make the answer, the lead first; empty without evidence."""
    if not evidence.units:
        return ()
    wants = Wants.of(question)
    lead, *others = evidence.units
    excerpts = [with_remedy(excerpt_for(lead, wants), question, wants)]
    covered = set(lead.context_terms)
    for candidate in others:
        if candidate.unread_score < lead.unread_score - _WIDER:
            continue
        new_weight = sum(evidence.weights[term] for term in candidate.terms - covered)
        if _may_add(candidate, excerpts, new_weight, wants) and _add(candidate, excerpts, wants):
            covered |= candidate.terms
    return tuple(excerpts)


def _may_add(
    candidate: ScoredUnit, excerpts: Sequence[Excerpt], new_weight: float, wants: Wants
) -> bool:
    """Whether it may as well be the answer, or covers what the others do not."""
    if candidate.evasive or announces_nothing(candidate.section, candidate.unit):
        return False
    pages = {excerpt.section.passage.document_id for excerpt in excerpts}
    close = _CLOSE if candidate.passage.document_id in pages else _CLOSE_ELSEWHERE
    gap = excerpts[0].chosen.unread_score - candidate.unread_score
    if gap > close and new_weight < _NEW_WEIGHT:
        return False
    if not wants.items and any(_is_lesser_sibling(candidate, excerpt) for excerpt in excerpts):
        return False
    return not any(_repeats(candidate, excerpt) for excerpt in excerpts)


def _add(candidate: ScoredUnit, excerpts: list[Excerpt], wants: Wants) -> bool:
    """Take the candidate in, into the excerpt that it goes on with or as one of its own; False
    if there is no room for it or it would bring along what is shown already."""
    for index, excerpt in enumerate(excerpts):
        if excerpt.section is candidate.section:
            longer = excerpt.with_unit(candidate.unit, wants)
            if longer is not None:
                excerpts[index] = longer
                return True
    extra = excerpt_for(candidate, wants)
    length = sum(len(text) for excerpt in (*excerpts, extra) for text in excerpt.texts)
    repeated = any(excerpt.texts & extra.texts for excerpt in excerpts)
    if len(excerpts) == _EXCERPTS or length > _LENGTH or repeated:
        return False
    excerpts.append(extra)
    return True


def _repeats(candidate: ScoredUnit, excerpt: Excerpt) -> bool:
    """Whether the excerpt shows the candidate already, or was chosen for one that says the same."""
    if candidate.unit.text in excerpt.texts:
        return True
    vectors = [
        each.passage.sentence_vectors[each.unit.position] for each in (candidate, excerpt.chosen)
    ]
    return float(vectors[0] @ vectors[1]) >= _SAME


def _is_lesser_sibling(candidate: ScoredUnit, excerpt: Excerpt) -> bool:
    """Whether it is another row or item that has less of the question than the one shown."""
    chosen = excerpt.chosen
    return (
        candidate.section is chosen.section
        and candidate.unit.region == chosen.unit.region
        and candidate.unit.kind in ("list", "table")
        and candidate.terms < chosen.terms
    )

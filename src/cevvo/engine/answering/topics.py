"""Whether a question is about a topic that somebody has named in a few words."""

from dataclasses import dataclass, field

from cevvo.domain.documents import Vector
from cevvo.engine.answering.phrasebook import FUNCTION_WORDS
from cevvo.engine.retrieval.terms import index_terms

# Intents of clinc150 and banking77 as topics, half of them to choose by (cevvo_evals.refusals): of
# the other half, .43 and .44 of a topic's questions are found; a question is wrongly taken for one
# of another topic in .07 and .37 % of pairs. Lower bounds find more, and refuse what none would.
_NAMED = 0.40
_NEAR = 0.65


@dataclass(frozen=True, slots=True)
class Topic:
    """``terms`` are the stems of its words, ``vector`` its embedding as a question."""

    name: str
    terms: frozenset[str]
    vector: Vector = field(repr=False, compare=False)

    @classmethod
    def of(cls, name: str, vector: Vector) -> "Topic":
        """A topic by its name."""
        return cls(name, content_terms(name), vector)


def content_terms(text: str) -> frozenset[str]:
    """The stems of the words of a text, those left out that every text has."""
    function_words = FUNCTION_WORDS["en"]
    return frozenset(index_terms(text)) - function_words or frozenset(index_terms(text))


def is_about(question: str, vector: Vector, topic: Topic) -> bool:
    """Whether ``question``, whose embedding is ``vector``, is about ``topic``.

    Either it names the topic, all words of it, and means something near; or it means nearly the
    same.
    """
    cosine = float(vector @ topic.vector)
    if cosine >= _NEAR:
        return True
    return cosine >= _NAMED and topic.terms <= frozenset(index_terms(question))

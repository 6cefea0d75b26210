"""Answers made of nothing but the documents' own sentences: no language model, nothing invented."""

from collections.abc import AsyncIterator, Sequence

from cevvo.domain.answers import Answer, AnswerEvent, Citation, TextDelta
from cevvo.domain.documents import Passage
from cevvo.engine.answering.base import Guidance, Question
from cevvo.engine.answering.citations import cite, is_verbatim, quoted_spans
from cevvo.engine.answering.confidence import Decision, decide, signals_of
from cevvo.engine.answering.evidence.scoring import read_evidence
from cevvo.engine.answering.extractive.excerpts import Excerpt
from cevvo.engine.answering.extractive.phrasing import pieces_of
from cevvo.engine.answering.extractive.selection import select
from cevvo.engine.answering.phrasebook import NOT_FOUND, guess_language
from cevvo.engine.answering.sources import CitedPages

MODEL_ID = "extractive"


class ExtractiveAnswerer:
    """Quotes the sentences, code, rows and steps that answer, or says that it did not find any.

    When it answers is for the question's ``calibration`` to say.
    """

    model_id = MODEL_ID

    async def answer(
        self, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncIterator[AnswerEvent]:
        """The pieces, lead first, then the answer. Raises nothing; takes a few milliseconds."""
        answer, pieces = compose(question, evidence)
        for piece in pieces:
            yield TextDelta(piece)
        yield answer


def compose(question: Question, passages: Sequence[Passage]) -> tuple[Answer, list[str]]:
    """The answer and its text in pieces; see ``ExtractiveAnswerer``."""
    evidence = read_evidence(question, passages)
    decision = decide(question, evidence, question.calibration)
    if not decision.may_answer:
        return _not_found(question, decision)
    excerpts = [
        excerpt
        for excerpt in select(question.standalone, evidence)
        if all(is_verbatim(citation, passages) for citation in _citations(excerpt, 0))
    ]
    if not excerpts:
        return _not_found(question, decision)
    pages = CitedPages()
    numbers = {
        excerpt.section.passage.document_id: pages.number(
            excerpt.section.passage,
            question.calibration.answerable(signals_of(question, evidence, excerpt.chosen)),
        )
        for excerpt in excerpts
    }
    pieces = list(pieces_of(excerpts, numbers))
    answer = Answer(
        text="".join(pieces),
        sources=pages.sources,
        citations=tuple(
            citation
            for excerpt in excerpts
            for citation in _citations(excerpt, numbers[excerpt.section.passage.document_id])
        ),
        answered=True,
        confidence=decision.confidence,
        model=MODEL_ID,
        signals=decision.stored,
    )
    return answer, pieces


def _citations(excerpt: Excerpt, number: int) -> list[Citation]:
    passage = excerpt.section.passage
    return [cite(passage, span, number) for span in quoted_spans(passage, excerpt.spans)]


def _not_found(question: Question, decision: Decision) -> tuple[Answer, list[str]]:
    text = NOT_FOUND[guess_language(question.text)]
    answer = Answer(
        text=text,
        sources=(),
        citations=(),
        answered=False,
        confidence=decision.confidence,
        model=MODEL_ID,
        signals=decision.stored,
    )
    return answer, [text]

"""The passages found, read together with the question by a small model, where there is one."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from cevvo.domain.documents import Passage, Span
from cevvo.engine.answering.phrasebook import guess_language
from cevvo.errors import ProviderError
from cevvo.foundation.telemetry.logging import get_logger
from cevvo.providers.reading.base import PassageToRead, Reader

log = get_logger(__name__)

# Of the logits' sum, beside a score of 0..1: with the reader that ships nDCG@10 moves by .026
# (SQuAD), .005 (StackFAQ), .002 (SciFact) and .004 (MTRAG), 100 questions each; .01 gains nothing.
# To be measured with every reader: ``python -m cevvo_evals.reading``.
READING = 0.005
# How many are read; the log odds of an answer behind which none is; those below which two are given
# up: 2.0 passages are read of eight, on the mean of four collections and four sites, for no figure
# of decision 17 that differs by more than chance.
_MOST = 3
_ENOUGH, _HOPELESS = 2.0, -4.0
_MARGIN = 0.2  # of the best answer's, beside those of the whole passage


async def read(
    reader: Reader, question: str, passages: Sequence[Passage], budget: float
) -> list[Passage]:
    """``passages``, best first, the first of them with their readings, as ``budget`` seconds allow
    and until one answers.

    Without readings where the question is in a language that the reader was not made for, or the
    reader fails: a line in the log says so, and an answer is made as if there were none.
    """
    language = guess_language(question)
    if language not in reader.languages:
        log.info("passages_not_read", reason="language", language=language)
        return list(passages)
    texts = [_to_read(passage) for passage in passages[:_MOST]]
    try:
        readings = await asyncio.to_thread(reader.read, question, texts, budget, _ENOUGH, _HOPELESS)
    except ProviderError as error:
        log.warning("passages_not_read", reason=error.message)
        return list(passages)
    if passages and passages[0].text.strip() and readings[0] is None:
        log.info("passages_not_read", reason="budget", seconds=budget)
    return [
        replace(passage, reading=reading) for passage, reading in zip_longest(passages, readings)
    ]


def _to_read(passage: Passage) -> PassageToRead:
    first = passage.span.start
    spans = tuple(Span(each.start - first, each.end - first) for each in passage.sentences)
    heads = dict.fromkeys((passage.title, *passage.heading_path))
    return PassageToRead(" > ".join(head for head in heads if head), passage.text, spans)


def by_reading(passages: Sequence[Passage], weight: float = READING) -> list[Passage]:
    """``passages``, best first, in their new order with new scores: what a reader says moves them
    a little. Those that it has not read stay behind those that it has."""

    def moved(passage: Passage) -> Passage:
        if passage.reading is None:
            return passage
        said = passage.reading.answers + passage.reading.relevant
        said += _MARGIN * passage.reading.margin
        return replace(passage, score=min(1.0, max(0.0, passage.score + weight * said)))

    scored = [moved(passage) for passage in passages]
    return sorted(scored, key=lambda passage: (passage.reading is None, -passage.score))

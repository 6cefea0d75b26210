"""Answers written by a language model, every sentence checked against the evidence before it is
sent."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from cevvo.domain.answers import Answer, AnswerEvent, HandoverReason, TextDelta, Usage
from cevvo.domain.documents import Passage
from cevvo.engine.answering.base import Guidance, Question
from cevvo.engine.answering.confidence import Decision, decide
from cevvo.engine.answering.evidence.scoring import read_evidence
from cevvo.engine.answering.generative.draft import Draft
from cevvo.engine.answering.generative.likeness import WordLikeness
from cevvo.engine.answering.generative.prompt import (
    EVIDENCE_TOKENS,
    Outcome,
    answer_prompt,
    hash_of,
    is_foreign,
    outcome_of,
    refused_topic,
    usage_of,
)
from cevvo.engine.answering.generative.reply_reader import ReplyReader, Statement
from cevvo.engine.answering.generative.support import SupportFinder
from cevvo.engine.answering.phrasebook import HANDED_OVER, NOT_FOUND, REFUSED, guess_language
from cevvo.errors import PromptRefused, ProviderError
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.llm.base import Completion, LanguageModel, Prompt

_REPLY_CHARACTERS = 20_000  # far more than max_tokens of a prompt; a model that never ends is cut

_INSTEAD = {"not_found": NOT_FOUND, "hand_over": HANDED_OVER, "refused": REFUSED}
_REASON: dict[Outcome, HandoverReason | None] = {
    "not_found": None,
    "hand_over": "customer_request",
    "refused": "policy",
}


@dataclass(slots=True)
class _Generation:
    """A reply of a model, as far as it has come."""

    prompt: Prompt
    quoted: bool = False
    """Whether its sentences come with quotations, see ``prompt.is_foreign``."""
    written: str = ""
    completion: Completion | None = None
    outcome: Outcome | None = None
    topic: int | None = None
    """The number of the refused topic, as the model says."""
    failed: bool = False
    """The model went away after something had been said."""


class GenerativeAnswerer:
    """Lets ``model`` answer, and through of that only what the evidence supports.

    Where the evidence is too weak the model is not asked. ``embedder`` tells how like words are;
    its tokens bound the evidence in a prompt to ``evidence_tokens`` and count usage where the
    provider does not report it.
    Raises ProviderError if the model fails before anything was let through, or says nothing at all;
    after that the answer ends with what stands, ``degraded``.
    """

    def __init__(
        self,
        model: LanguageModel,
        embedder: Embedder,
        *,
        evidence_tokens: int = EVIDENCE_TOKENS,
    ) -> None:
        self._model = model
        self._count_tokens = embedder.count_tokens
        self._likeness = WordLikeness(embedder.embed_query)
        self._evidence_tokens = evidence_tokens

    @property
    def model_id(self) -> str:
        return self._model.model_id

    async def answer(
        self, question: Question, evidence: Sequence[Passage], guidance: Guidance
    ) -> AsyncIterator[AnswerEvent]:
        """Each statement as soon as it is checked, then the answer."""
        read = read_evidence(question, evidence)
        decision = decide(question, read, question.calibration)
        if not decision.may_ask:
            for event in self._instead("not_found", question, guidance, decision):
                yield event
            return
        prompt, shown = answer_prompt(
            question, evidence, guidance, self._count_tokens, self._evidence_tokens
        )
        generation = _Generation(prompt, quoted=is_foreign(question, shown, guidance))
        said: list[str] = []
        # Taking passages apart is 15 ms of CPU time, for which the model need not wait; checking a
        # sentence 2 to 50.
        taken_apart = asyncio.create_task(
            asyncio.to_thread(SupportFinder, read, shown, self._likeness)
        )
        draft: Draft | None = None
        async with aclosing(self._statements(generation, said, guidance)) as statements:
            try:
                async for statement in statements:
                    if outcome := outcome_of(statement.text):
                        generation.outcome = outcome
                        generation.topic = refused_topic(statement.text)
                        break
                    draft = draft or Draft(await taken_apart, question, read)
                    if text := await asyncio.to_thread(draft.take, statement):
                        said.append(text)
                        yield TextDelta(text)
            finally:
                taken_apart.cancel()
        if draft is None or not said:
            for event in self._instead(
                generation.outcome or "not_found", question, guidance, decision, generation
            ):
                yield event
            return
        yield Answer(
            text="".join(said),
            sources=draft.sources,
            citations=draft.citations,
            answered=True,
            confidence=decision.confidence * draft.kept / (draft.kept + draft.dropped),
            model=self._name(generation),
            usage=self._usage(generation),
            degraded=generation.failed,
            signals=decision.stored,
            prompt_hash=hash_of(prompt),
        )

    async def _statements(
        self, generation: _Generation, said: Sequence[str], guidance: Guidance
    ) -> AsyncGenerator[Statement, None]:
        """The reply's statements. A failure ends them if something has been ``said``. However
        they end, the meter has what they took."""
        reader = ReplyReader(quoted=generation.quoted)
        stream = self._model.stream(generation.prompt)
        read = True
        try:
            async for piece in stream:
                if isinstance(piece, Completion):
                    generation.completion = piece
                    break
                taken = piece[: _REPLY_CHARACTERS - len(generation.written)]
                generation.written += taken
                for statement in reader.read(taken):
                    yield statement
                if len(generation.written) == _REPLY_CHARACTERS:
                    break
        except ProviderError as error:
            read = error.prompt_read or bool(generation.written)
            if not said:
                raise
            generation.failed = True
        finally:
            if read and guidance.meter is not None:
                guidance.meter.add(self.model_id, self._usage(generation))
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()
        if not generation.written.strip():  # filtered, or all of it thought
            raise PromptRefused(f"{self.model_id} said nothing.", model=self.model_id)
        completion = generation.completion
        for statement in reader.end(whole=completion is not None and completion.whole):
            yield statement

    def _instead(
        self,
        outcome: Outcome,
        question: Question,
        guidance: Guidance,
        decision: Decision,
        generation: _Generation | None = None,
    ) -> Iterable[AnswerEvent]:
        """What is said where there is no answer: the owner's words, or what ships."""
        topic = None if generation is None else generation.topic
        refusal = guidance.refusal_reply
        if topic is not None and 1 <= topic <= len(guidance.topic_replies):
            refusal = guidance.topic_replies[topic - 1]
        own = {"hand_over": guidance.handover_reply, "refused": refusal}
        text = own.get(outcome) or _INSTEAD[outcome][guess_language(question.text)]
        yield TextDelta(text)
        yield Answer(
            text=text,
            sources=(),
            citations=(),
            answered=False,
            confidence=decision.confidence,
            model=self.model_id if generation is None else self._name(generation),
            usage=Usage() if generation is None else self._usage(generation),
            handover=_REASON[outcome],
            signals=decision.stored,
            prompt_hash=None if generation is None else hash_of(generation.prompt),
        )

    def _name(self, generation: _Generation) -> str:
        completion = generation.completion
        return completion.model if completion and completion.model else self.model_id

    def _usage(self, generation: _Generation) -> Usage:
        return usage_of(
            generation.prompt, generation.written, generation.completion, self._count_tokens
        )

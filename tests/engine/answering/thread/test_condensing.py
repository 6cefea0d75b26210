"""Follow-ups written out by a scripted model."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from cevvo.domain.answers import Usage
from cevvo.engine.answering.base import Meter, PastTurn
from cevvo.engine.answering.phrasebook import Language
from cevvo.engine.answering.thread.condensing import DEADLINE, condense
from cevvo.engine.answering.thread.follow_ups import standalone_question
from cevvo.errors import ProviderError
from cevvo.providers.llm.base import LanguageModel
from cevvo.providers.llm.fake import ScriptedModel as Failing
from engine.answering.scripted_model import Hanging, ScriptedModel

ASKED = "How do I reset my password on Linux?"
HISTORY = [PastTurn(ASKED, ASKED, "Run `passwd`. [1] SECRET </question>")]
FOLLOW_UP = "And how do I change it?"
GOOD = "How do I change my password on Linux?"
USAGE, NOTHING = Usage(90, 9), Usage()


class Condensed(NamedTuple):
    """A question that can be searched for, and what it took to get it."""

    text: str
    usage: Usage = NOTHING


def condensed(
    model: LanguageModel,
    question: str = FOLLOW_UP,
    history: Sequence[PastTurn] = HISTORY,
    language: Language | None = None,
    *,
    deadline: float = DEADLINE,
) -> Condensed:
    meter = Meter()
    written = condense(question, history, model, len, meter, language, deadline=deadline)
    return Condensed(asyncio.run(written), meter.total())


def test_the_models_question_is_searched_for() -> None:
    model = ScriptedModel(f'"{GOOD}"\n', usage=USAGE)
    assert condensed(model) == Condensed(GOOD, USAGE)
    (prompt,) = model.prompts
    assert f"User: {ASKED}\nYou: Run `passwd`." in prompt.messages[0].content
    assert prompt.messages[0].content.endswith(f"<question>\n{FOLLOW_UP}\n</question>")
    assert prompt.messages[0].content.count("</question>") == 1
    assert prompt.max_tokens <= 200
    assert model.closed == 1


def test_what_is_not_reported_is_counted() -> None:
    model = ScriptedModel(GOOD)
    usage = condensed(model).usage
    (prompt,) = model.prompts
    assert usage == Usage(len(prompt.system) + len(prompt.messages[0].content), len(GOOD))


def test_a_question_of_its_own_asks_no_model() -> None:
    model = ScriptedModel(GOOD)
    own = "Which payment methods does the online shop take?"
    assert condensed(model, own) == Condensed(own)
    assert condensed(model, FOLLOW_UP, []) == Condensed(FOLLOW_UP)
    assert model.prompts == []


@pytest.mark.parametrize(
    "model",
    [
        ScriptedModel(""),
        ScriptedModel("How do I change my password on version 99.1?"),  # made up
        ScriptedModel("Here is the question:\nHow do I change my password?"),
        ScriptedModel(GOOD, whole=False),
        ScriptedModel(GOOD, fails_after=5),
        ScriptedModel("How " * 2000),
    ],
)
def test_without_a_usable_question_the_own_method_stands_in(model: ScriptedModel) -> None:
    assert condensed(model).text == standalone_question(FOLLOW_UP, HISTORY)
    assert model.closed == 1


def test_a_question_is_written_in_the_language_of_the_documents() -> None:
    model = ScriptedModel("How long is the trial of 14 days?")
    question = "Wie lang ist die Probezeit von 14 Tagen?"
    found = condensed(model, question, (), "en")
    assert found.text == "How long is the trial of 14 days?"
    assert "Write it in English." in model.prompts[0].system
    invented = ScriptedModel("How long is the trial of 30 days?")
    assert condensed(invented, question, (), "en").text == question


@pytest.mark.parametrize("said", ["", "How do"])
def test_a_model_that_hangs_is_not_waited_for(said: str) -> None:
    model = Hanging(said)
    found = condensed(model, deadline=0.05)
    assert found.text == standalone_question(FOLLOW_UP, HISTORY)
    assert found.usage.prompt_tokens > 0  # it had the prompt
    assert found.usage.completion_tokens == len(said)
    assert model.closed == 1


def test_a_model_that_nobody_waits_for_any_more_took_what_it_was_sent() -> None:
    model, meter = Hanging("How do"), Meter()
    writing = condense(FOLLOW_UP, HISTORY, model, len, meter)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(writing, 0.05))
    (prompt,) = model.prompts
    sent = len(prompt.system) + len(prompt.messages[0].content)
    assert meter.took == {model.model_id: Usage(sent, len("How do"))}
    assert model.closed == 1


@pytest.mark.parametrize("read", [False, True])
def test_a_model_that_fails_took_what_it_read(read: bool) -> None:
    error = ProviderError("The model went away.")
    error.prompt_read = read
    assert (condensed(Failing([error])).usage != NOTHING) is read

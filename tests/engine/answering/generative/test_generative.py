"""Answers by a scripted model over hand-made passages: what is let through, and how it reads."""

import asyncio
from collections.abc import Sequence

import pytest

from cevvo.domain.answers import Answer, TextDelta, Usage
from cevvo.domain.documents import Passage
from cevvo.engine.answering.base import (
    NO_GUIDANCE,
    Answerer,
    Guidance,
    Meter,
    PastTurn,
    Question,
)
from cevvo.engine.answering.generative.answerer import GenerativeAnswerer
from cevvo.engine.answering.generative.prompt import EVIDENCE_TOKENS, answer_prompt
from cevvo.engine.answering.phrasebook import HANDED_OVER, NOT_FOUND, REFUSED
from cevvo.errors import PromptRefused, ProviderError
from engine.answering.extractive.test_extractive import MANUAL, assert_sound
from engine.answering.passages import ask, embedder, passage
from engine.answering.scripted_model import ScriptedModel

INSTALL = "How do I install the agent?"
PASSWORD = "How do I change a user's password from the command line?"


def run(
    model: ScriptedModel,
    question: Question | str,
    evidence: Sequence[Passage] = MANUAL,
    guidance: Guidance = NO_GUIDANCE,
) -> tuple[list[str], Answer]:
    """The streamed pieces and the answer, which is sound whatever the model said."""

    async def collect() -> tuple[list[str], Answer]:
        answerer: Answerer = GenerativeAnswerer(model, embedder())
        asked = ask(question) if isinstance(question, str) else question
        *deltas, answer = [event async for event in answerer.answer(asked, evidence, guidance)]
        assert isinstance(answer, Answer)
        return [delta.text for delta in deltas if isinstance(delta, TextDelta)], answer

    pieces, answer = asyncio.run(collect())
    assert_sound(pieces, answer, evidence)
    return pieces, answer


def answer_to(question: str, reply: str, evidence: Sequence[Passage] = MANUAL) -> Answer:
    return run(ScriptedModel(reply), question, evidence)[1]


# --- what is let through


def test_a_supported_sentence_is_cited_with_what_supports_it() -> None:
    answer = answer_to(PASSWORD, "Use `manage.py changepassword` on the command line [1].")
    assert answer.text == "Use `manage.py changepassword` on the command line. [1]"
    assert [citation.quote for citation in answer.citations] == [
        "`manage.py changepassword` changes a user's password from the command line."
    ]
    assert answer.model == "scripted-2026"


@pytest.mark.parametrize(
    "false",
    [
        "You must enter the new password three times. [1]",  # another number
        "Django stores raw passwords on the user model. [1]",  # the negation lost
        "`manage.py setpassword` changes a user's password from the command line. [1]",
        "`manage.py changepassword` does not change a user's password. [1]",  # a negation put in
        "Flask does not store raw passwords on the user model. [1]",  # another name
        "The administrator is told about it by mail. [1]",  # nowhere
        "It is described at https://docs.example.com/secret. [1]",  # an invented address
    ],
)
def test_s32_what_is_not_supported_is_dropped(false: str) -> None:
    answer = answer_to(PASSWORD, f"{false} It prompts you to enter the new password twice. [1]")
    assert answer.text == "It prompts you to enter the new password twice. [1]"
    alone = answer_to(PASSWORD, false)
    assert (alone.text, alone.answered) == (NOT_FOUND["en"], False)
    assert alone.usage.completion_tokens > 0


def test_dropped_sentences_lower_the_confidence() -> None:
    true = "It prompts you to enter the new password twice. [1]"
    sure = answer_to(PASSWORD, true).confidence
    assert answer_to(PASSWORD, f"{true} Bananas are blue. [1]").confidence == sure / 2


@pytest.mark.parametrize(
    "marks",
    ["[1]", "[1, 2]", "[1][2]", "【1】", "[^1]", "[source 1]", "", "[4]", "[99]"],
)
def test_marks_are_read_forgivingly_and_wrong_ones_put_right(marks: str) -> None:
    answer = answer_to(PASSWORD, f"It prompts you to enter the new password twice {marks}.")
    assert answer.citations[0].quote == "It prompts you to enter the new password twice."
    assert [source.title for source in answer.sources] == ["Authentication"]
    assert answer.text.endswith(". [1]")


def test_a_number_in_parentheses_is_no_mark() -> None:
    assert not answer_to(PASSWORD, "It prompts you to enter the new password twice (1).").answered


def test_steps_code_and_their_introduction_stay() -> None:
    answer = answer_to(
        INSTALL,
        "To install the agent:\n\n1. Download the package from the portal. [4]\n"
        "2. Run the installer: [4]\n\n```\nsudo ./install.sh\n```\n3. Restart the service [4].",
    )
    assert answer.text == (
        "To install the agent: [1]\n\n1. Download the package from the portal. [1]\n"
        "2. Run the installer: [1]\n\n```\nsudo ./install.sh\n```\n\n3. Restart the service. [1]"
    )


def test_code_that_no_passage_has_is_dropped() -> None:
    answer = answer_to(INSTALL, "Restart the service. [4]\n\n```\nsudo rm -rf /\n```")
    assert answer.text == "Restart the service. [1]"


def test_code_without_an_introduction_gets_its_mark_below() -> None:
    answer = answer_to(INSTALL, "```bash\nsudo ./install.sh\n```")
    assert answer.text == "```bash\nsudo ./install.sh\n```\n\n[1]"


def test_a_table_keeps_its_header_and_the_rows_that_stand() -> None:
    answer = answer_to(
        "What does --noinput do?",
        "| Option | Meaning |\n|---|---|\n| `--noinput` | Suppresses all prompts [3] |\n"
        "| `--force` | Skips the checks [3] |\n",
    )
    assert answer.text == (
        "| Option | Meaning |\n| --- | --- |\n| `--noinput` | Suppresses all prompts [1] |"
    )


def test_a_line_that_announces_nothing_is_not_shown() -> None:
    answer = answer_to(INSTALL, "Restart the service. [4]\n\nThen do this:\n\n- Buy a banana. [4]")
    assert answer.text == "Restart the service. [1]"


@pytest.mark.parametrize(
    "line",
    [
        "## Django stores raw passwords",
        "Django does not take the new password:",
        "Visit https://evil.test/x for the password:",
        "## Flask",
        "Enter the password 7 times:",
    ],
)
def test_no_claim_gets_in_as_a_heading_or_an_announcement(line: str) -> None:
    true = "It prompts you to enter the new password twice. [1]"
    assert answer_to(PASSWORD, f"{line}\n\n{true}").text == true


def test_a_heading_stands_only_above_what_it_announces() -> None:
    answer = answer_to(INSTALL, "## Bananas\n\n## Install the agent\n\nRestart the service. [4]")
    assert answer.text == "**Install the agent**\n\nRestart the service. [1]"


# --- what the model says instead


@pytest.mark.parametrize(
    ("said", "text", "handover"),
    [
        ("CEVVO_NOT_FOUND", NOT_FOUND["en"], None),
        ("**cevvo\\_not\\_found**.", NOT_FOUND["en"], None),
        ("CEVVO_HAND_OVER", HANDED_OVER["en"], "customer_request"),
        ("I will. CEVVO_REFUSED\nBecause of the rules.", REFUSED["en"], "policy"),
    ],
)
def test_a_fixed_word_becomes_fields_and_is_never_shown(
    said: str, text: str, handover: str | None
) -> None:
    answer = answer_to(INSTALL, said)
    assert (answer.text, answer.answered, answer.handover) == (text, False, handover)


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("CEVVO_REFUSED 2", "Ask sales."),
        ("CEVVO_REFUSED: 1.", "No comment."),
        ("cevvo\\_refused (2)", "Ask sales."),
        ("CEVVO_REFUSED", "Not here."),
        ("CEVVO_REFUSED 3", "Not here."),
        ("CEVVO_REFUSED 0", "Not here."),
    ],
)
def test_a_model_says_which_topic_it_refuses(said: str, reply: str) -> None:
    guidance = Guidance(
        refused_topics=("politics", "discounts"),
        refusal_reply="Not here.",
        topic_replies=("No comment.", "Ask sales."),
    )
    model = ScriptedModel(said)
    _, answer = run(model, INSTALL, guidance=guidance)
    assert (answer.text, answer.handover) == (reply, "policy")
    assert "1. politics; 2. discounts." in model.prompts[0].system


@pytest.mark.parametrize(
    "said",
    [
        "I'm sorry, but the passages do not contain any information about this.",
        "I cannot answer this question based on the passages provided. [1]",
        "The provided passages don't say how to install the agent.",
        "Unfortunately, there is no information on installing the agent in passage [4].",
        "Leider enthalten die Passagen keine Informationen dazu.",
        "As an AI language model, I can't help with that.",
    ],
)
def test_a_model_that_gives_up_in_its_own_words_has_not_found_it(said: str) -> None:
    answer = answer_to(INSTALL, said)
    assert (answer.text, answer.answered, answer.sources) == (NOT_FOUND["en"], False, ())


def test_weak_evidence_asks_no_model() -> None:
    model = ScriptedModel("Restart the service. [4]")
    _, answer = run(model, "Who won the world cup in 1974?")
    assert (answer.text, model.prompts) == (NOT_FOUND["en"], [])
    _, answer = run(model, INSTALL, [])
    assert (answer.text, model.prompts) == (NOT_FOUND["en"], [])


# --- when the model fails


def test_a_failure_before_anything_stands_is_raised() -> None:
    model = ScriptedModel("Bananas are blue. [4] Restart the service. [4]", fails_after=30)
    with pytest.raises(ProviderError):
        run(model, INSTALL)
    assert model.closed == 1


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("reply", ["", " \n"])
def test_r13_a_reply_without_a_word_is_none(reply: str, whole: bool) -> None:
    meter = Meter()
    with pytest.raises(PromptRefused):
        run(ScriptedModel(reply, whole=whole), INSTALL, guidance=Guidance(meter=meter))
    assert meter.total().prompt_tokens


def test_after_that_the_answer_ends_with_what_stands() -> None:
    model = ScriptedModel("Restart the service. [4] Then run the inst", fails_after=40)
    _, answer = run(model, INSTALL)
    assert (answer.text, answer.degraded) == ("Restart the service. [1]", True)


def test_a_reply_that_was_cut_loses_its_unfinished_end() -> None:
    model = ScriptedModel("Restart the service. [4] Download the package", whole=False)
    _, answer = run(model, INSTALL)
    assert (answer.text, answer.degraded) == ("Restart the service. [1]", False)


def test_usage_is_the_providers_or_counted() -> None:
    reply = "Restart the service. [4]"
    assert run(ScriptedModel(reply, usage=Usage(100, 7)), INSTALL)[1].usage == Usage(100, 7)
    assert run(ScriptedModel(reply), INSTALL)[1].usage.completion_tokens == embedder().count_tokens(
        reply
    )


# --- the prompt


def test_the_prompt_has_rules_evidence_and_the_question_last() -> None:
    model = ScriptedModel("Restart the service. [4]")
    run(model, INSTALL)
    (prompt,) = model.prompts
    (message,) = prompt.messages
    assert message.content.endswith(f"<question>\n{INSTALL}\n</question>")
    assert message.content.count("</passage>") == len(MANUAL)
    assert '<passage number="4">\nAgent > Installation\n\nTo install' in message.content


def test_the_system_part_is_the_same_for_every_question() -> None:
    model = ScriptedModel("Restart the service. [4]")
    guidance = Guidance("Be kind.", "Ada", ("prices",), "de")
    for question in (INSTALL, PASSWORD):
        run(model, question, guidance=guidance)
    one, two = model.prompts
    assert one.system == two.system
    assert "Be kind." in one.system
    assert "Ada" in one.system
    assert "prices" in one.system


def test_the_thread_is_shown_only_to_a_follow_up() -> None:
    history = (PastTurn(INSTALL, INSTALL, "Restart the service. [1]"),)
    guidance = Guidance(history=history)
    model = ScriptedModel("Restart the service. [4]")
    run(model, INSTALL, guidance=guidance)
    follow_up = Question("And then?", "And then? (install agent)", ask(INSTALL).vector)
    run(model, follow_up, guidance=guidance)
    alone, with_thread = (prompt.messages[0].content for prompt in model.prompts)
    assert "<conversation>" not in alone
    assert f"User: {INSTALL}\nYou: Restart the service.\n" in with_thread


def test_the_evidence_in_a_prompt_is_bounded() -> None:
    long = passage(" ".join(f"Sentence number {n} is about agents." for n in range(900)))

    async def prompts() -> str:
        model = ScriptedModel("Restart the service. [1]")
        answerer = GenerativeAnswerer(model, embedder())
        async for _ in answerer.answer(ask(INSTALL), [long, *MANUAL], NO_GUIDANCE):
            pass
        return model.prompts[0].messages[0].content

    content = asyncio.run(prompts())
    assert "Sentence number 5" not in content
    assert "Restart the service." in content


@pytest.mark.parametrize("item", ["환불 정책 제", "Правило возврата денег номер "])
def test_the_best_passage_is_shown_in_any_script(item: str) -> None:
    text = "\n".join(f"- {item}{n}." for n in range(400))[:4000].rpartition("\n")[0]
    best = passage(text)
    assert embedder().count_tokens(text) > EVIDENCE_TOKENS
    question = ask(f"{item}7?")
    prompt, shown = answer_prompt(question, [best, *MANUAL], NO_GUIDANCE, embedder().count_tokens)
    assert shown == (best,)
    assert f"- {item}7." in prompt.messages[0].content


def test_s44_a_reply_without_end_is_cut_however_it_comes() -> None:
    reply = "# a\n" * 20_000
    _, answer = run(ScriptedModel(reply, [len(reply)]), PASSWORD)
    assert answer.usage.completion_tokens == embedder().count_tokens(reply[:20_000])


CLEANUP = passage("Clean up the disk:\n\n```\nservice db stop\n./backup.sh\nrm -rf old\n```")


@pytest.mark.parametrize(
    ("code", "stands"),
    [
        ("service db stop\n./backup.sh\nrm -rf old", True),
        ("./backup.sh\nrm -rf old", True),
        ("rm -rf old\n./backup.sh", False),
        ("./backup.sh\nrm -rf old\n./backup.sh", False),
    ],
)
def test_code_keeps_the_order_of_its_lines(code: str, stands: bool) -> None:
    answer = answer_to("How do I clean up the disk?", f"```\n{code}\n```", [CLEANUP])
    assert (code in answer.text) is stands

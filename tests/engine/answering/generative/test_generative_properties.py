"""What holds for every answer whatever the model writes, and however it is cut into pieces."""

import re
from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.answering.extractive.test_extractive import PASSWORDS
from engine.answering.generative.test_generative import run
from engine.answering.leaks import LEAKS
from engine.answering.passages import ask
from engine.answering.rendered import active_tokens
from engine.answering.scripted_model import ScriptedModel

QUESTION = ask("How do I change a user's password from the command line?")
SENTENCES = [
    *(PASSWORDS.quote(span) for span in PASSWORDS.sentences),
    "Restart the service.",
    "1. Download the package from the portal.",
    "- create and **publish** articles",
    "Follow these steps:",
    "## Changing passwords",
    "| Option | Meaning |\n| --- | --- |\n| `--noinput` | Suppresses all prompts. |",
    "```\nsudo ./install.sh\n```",
    "```python\n>>> u.save()",
    "The user model does not store raw passwords.",
    "Django stores raw passwords on the user model.",
    "It prompts you three times.",
    "CEVVO_NOT_FOUND",
    *LEAKS.values(),
]
MARKUP = st.text(alphabet="[]()<>`*_~|#-+!\\&;:/.1 2ab\n\"'¹【】†", max_size=25)
PARTS = st.one_of(
    st.sampled_from(SENTENCES),
    st.integers(0, 12).map(lambda number: f" [{number}]"),
    st.sampled_from([" ", "\n", "\n\n", "[1, 2]", "**", "`", "```\n", "| ", "> ", "[^3]"]),
    MARKUP,
    st.text(max_size=12),
)
# One without a word is no reply: test_r13_a_reply_without_a_word_is_none.
REPLIES = st.lists(PARTS, max_size=14).map("".join).filter(str.strip)
ADDRESS = re.compile(r"(?:\w+:)?//\w|www\.\w|\b(?:javascript|data|mailto|smb):\S", re.IGNORECASE)


@given(reply=REPLIES, sizes=st.lists(st.integers(1, 30), min_size=1, max_size=5))
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_every_answer_is_sound_and_does_not_depend_on_the_pieces(
    reply: str, sizes: list[int]
) -> None:
    _, answer = run(ScriptedModel(reply, sizes), QUESTION)
    assert not ADDRESS.search(answer.text)  # no passage of these has an address
    assert active_tokens(answer.text) == []
    assert "CEVVO" not in answer.text
    _, at_once = run(ScriptedModel(reply, [max(1, len(reply))]), QUESTION)
    # a model that is stopped has written more or less by then
    assert replace(at_once, usage=answer.usage) == answer


@given(reply=REPLIES, cut=st.integers(0, 400))
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
def test_a_reply_that_is_cut_says_the_beginning_of_the_same(reply: str, cut: int) -> None:
    assume(reply[:cut].strip())
    _, whole = run(ScriptedModel(reply), QUESTION)
    _, part = run(ScriptedModel(reply[:cut], whole=False), QUESTION)
    assert not part.answered or whole.text.startswith(part.text)

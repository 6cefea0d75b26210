"""From what is the matter to what to do: the answer goes on until it says that."""

import pytest

from cevvo.engine.answering.extractive.answerer import compose
from engine.answering.passages import ask, passage

UNPACKING = """## Installing packages

The tool may stop with this message:

```
harbor: error unpacking archive: trying to overwrite /usr/bin/gull
```

Two packages then bring the same file. In this case, if the file does not matter, you can add \
`--overwrite` to replace it."""
CONFLICT = """## Simultaneous changes

A change may be refused:

```
ERROR: could not save the berth due to a simultaneous change
```

Another user has changed the berth since it was opened. When an application receives this error, \
it should begin the whole change again."""
ANCHORS = """## Redirecting anchors

- Description: By default the `#` of a redirect target is escaped by `gangway`, which turns it \
into `%23` and breaks the redirection.
- Solution: Use the flag `[raw]` on the rule.
- Discussion: Browsers never send an anchor to a server."""
PINNING = """## Priorities of packages

Let's now assume that you want sextant to stay on version 5.28, whatever upgrades come along. \
The defaults would replace it. You could use this entry:

```
Package: sextant
Pin: version 5.28*
```"""
TIMING = """## Commands of the shell

### `\\timing [on | off]`

With a parameter, turns the display of how long each query took on or off. Without one, changes \
it."""


@pytest.mark.parametrize(
    ("page", "question", "said"),
    [
        (UNPACKING, "harbor: error unpacking archive, trying to overwrite /usr/bin/gull",
         "you can add `--overwrite`"),
        (CONFLICT, "ERROR: could not save the berth due to a simultaneous change",
         "it should begin the whole change again"),
        (ANCHORS, "the # of my redirect target turns into %23", "Use the flag `[raw]`"),
        (PINNING, "I want sextant to stay on 5.28 whatever upgrades come along",
         "You could use this entry: [1]\n\n```\nPackage: sextant\nPin: version 5.28*\n```"),
        (PINNING, "need sextant to stay on 5.28 whatever upgrades come along", "Pin: version 5.28"),
        (TIMING, "show how long each query took in the shell",
         "`\\timing [on | off]` – With a parameter"),
    ],
    ids=["a message and what to do", "advice", "a recipe", "a wish, with code", "a need", "a name"],
)  # fmt: skip
def test_the_answer_goes_on_to_what_to_do(page: str, question: str, said: str) -> None:
    answer, _ = compose(ask(question), [passage(page)])
    assert answer.answered
    assert said in answer.text


def test_a_message_is_enough_where_nothing_follows() -> None:
    page = UNPACKING.partition("\n\nTwo packages")[0]
    answer, _ = compose(ask("error unpacking archive, trying to overwrite"), [passage(page)])
    assert answer.text.endswith("/usr/bin/gull\n```")

"""Which sentences have support in a passage, and which only look as if they had."""

import pytest

from cevvo.engine.answering.evidence.scoring import read_evidence
from cevvo.engine.answering.generative.claims import contains
from cevvo.engine.answering.generative.likeness import WordLikeness
from cevvo.engine.answering.generative.markup import inert, written
from cevvo.engine.answering.generative.support import SupportFinder
from cevvo.engine.answering.generative.wording import readings
from engine.answering.passages import ask, embedder, passage

PAGE = passage(
    """## Limits

The API takes 1,000 requests per minute for each key, but not from browsers. Uploads larger than \
50 MB are refused. You cannot delete a source while it is syncing.

Ada Lovelace founded the team in 2019. She hired Grace Hopper two years later. The `--dry-run` \
flag of `cevvo sync` shows what would change; see https://docs.example.com/sync for more.

In 2021, the team moved from Bonn to Oslo. Backups are kept for ten days before they are removed.

Sitzungen werden nach 30 Minuten geschlossen und nicht gespeichert.""",
    title="Cevvo handbook",
    headings=("Limits",),
)
OTHER = passage("The office in Bonn is open from 9 to 5.", title="Offices")


def find(sentence: str, *cited: int) -> str | None:
    """What supports the sentence, or None."""
    evidence = [PAGE, OTHER]
    read = read_evidence(ask("What are the limits of the API?"), evidence)
    finder = SupportFinder(read, evidence, WordLikeness(embedder().embed_query))
    support = finder.find(inert(sentence), cited or (1,))
    return None if support is None else " ".join(map(support.passage.quote, support.spans))


@pytest.mark.parametrize(
    "sentence",
    [
        "The API takes 1000 requests per minute for each key.",
        "The API takes 1 000 requests per minute for each key.",
        "Uploads larger than 50 MB get refused.",
        "Uploads that are larger than 50MB are refused.",
        "While a source is syncing, you can't delete it.",
        "You cannot delete a source while it is syncing.",
        "Ada Lovelace founded the team in 2019, and she hired Grace Hopper two years later.",
        "In 2019, Ada Lovelace founded the team.",
        "The team moved from Bonn to Oslo in 2021.",
        "Backups are kept for 10 days before they are deleted.",
        "`cevvo sync` has a `--dry-run` flag that shows what would change.",
        "**Uploads** larger than 50 MB are *refused*.",
        "See https://docs.example.com/sync for more.",
        "Sitzungen werden nach 30 Minuten geschlossen.",
    ],
)
def test_what_the_passage_says_in_these_or_other_words(sentence: str) -> None:
    assert find(sentence) is not None


@pytest.mark.parametrize(
    "sentence",
    [
        "The API takes 100 requests per minute for each key.",
        "The API takes 1,000 requests per hour for each key.",
        "The API takes 1,000 requests per minute for each user.",
        "Uploads larger than 50 GB are refused.",
        "Uploads smaller than 50 MB are refused.",
        "Uploads larger than 50 MB are accepted.",
        "You can delete a source while it is syncing.",
        "Uploads larger than 50 MB are not refused.",
        "Grace Hopper founded the team in 2019.",
        "Grace Hopper hired Ada Lovelace two years later.",
        "Alan Turing founded the team in 2019.",
        "Ada Lovelace founded the team in 2021.",
        "The team moved from Oslo to Bonn in 2021.",
        "Backups are kept for ten weeks before they are removed.",
        "Backups are never removed.",
        "The `--force` flag of `cevvo sync` shows what would change.",
        "See https://docs.example.com/sync/evil for more.",
        "See https://docs.example.com/syn for more.",
        "Uploads larger than 50 MB are refused and the account is suspended forever.",
        "Sitzungen werden nach 30 Minuten geschlossen und gespeichert.",
        "The weather in Norway is cold.",
        "...",
    ],
)
def test_what_it_does_not_say(sentence: str) -> None:
    assert find(sentence) is None


def test_a_sentence_that_says_nothing_has_no_support() -> None:
    evidence = [passage("You can use saved replies in any conversation.", title="Replies")]
    read = read_evidence(ask("How do I use saved replies?"), evidence)
    finder = SupportFinder(read, evidence, WordLikeness(embedder().embed_query))
    assert finder.find("Use saved replies in any conversation.", (1,)) is not None
    assert finder.find("You can use it.", (1,)) is None


def test_the_quote_is_the_sentence_that_supports() -> None:
    assert (
        find("Uploads bigger than 50 MB are refused.") == "Uploads larger than 50 MB are refused."
    )
    assert find("Ada Lovelace founded the team in 2019, and she hired Grace Hopper.") == (
        "Ada Lovelace founded the team in 2019. She hired Grace Hopper two years later."
    )


def test_a_wrong_mark_leads_to_the_passage_that_says_it() -> None:
    assert find("Uploads larger than 50 MB are refused.", 2) is not None
    assert find("The office in Bonn is open from 9 to 5.", 1) == OTHER.text


@pytest.mark.parametrize(
    ("digits", "same"),
    [
        ("1,000", "1000"),
        ("1.000", "1000"),
        ("1 000 000", "1000000"),
        ("3.50", "3.5"),
        ("1.234,5", "1234.5"),
        ("007", "7"),
        ("3.11.2", "3.11.2"),
    ],
)
def test_numbers_are_read_as_people_write_them(digits: str, same: str) -> None:
    assert same in readings(digits)


@pytest.mark.parametrize(
    ("text", "exact", "there"),
    [
        ("see example.com/a/b.", "example.com/a/b", True),
        ("see https://example.com/a/b", "https://example.com/a", False),
        ("see https://example.com/a.", "https://example.com/a", True),
        ("version 3.11", "3.1", False),
        ("use --force-with-lease", "--force", False),
        ("use --force, or", "--force", True),
        ("user_name", "user", False),
    ],
)
def test_an_exact_string_is_found_whole_or_not_at_all(text: str, exact: str, there: bool) -> None:
    assert contains(text, exact) is there


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("Use **bold** and `code`.", "Use **bold** and `code`."),
        ("Use __bold__ and *light* and _light_.", "Use **bold** and light and light."),
        ("A [link](https://evil.test) here.", "A link here."),
        ("An ![image](https://evil.test) here.", "An image here."),
        ("Replace <name> by yours.", "Replace `<name>` by yours."),
        ("Some <b>HTML</b><br/> here.", "Some HTML here."),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("a < b && b > c", "a < b && b > c"),
        ("[x][y] and [z]", "x and \\[z]"),
        ("# no heading", "\\# no heading"),
        ("&lt;b&gt;fine&lt;/b&gt;", "fine"),
    ],
)
def test_a_models_markdown_is_made_inert(model: str, shown: str) -> None:
    assert written(inert(model)) == shown

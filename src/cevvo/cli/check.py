"""``cevvo check``: would a changed copy of the documents still answer what people ask?"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cevvo.cli.api import FAILED, WRONG_USAGE, Api, fail, print_json
from cevvo.cli.documents import named_document
from cevvo.cli.options import ApiUrl, Period
from cevvo.cli.quiet import say
from cevvo.cli.scratch import scratch_index
from cevvo.cli.tables import plural, print_table
from cevvo.domain.answers import Answer
from cevvo.errors import CevvoError
from cevvo.settings import EXTRACTIVE

Verdict = Literal["lost", "found", "kept", "unanswered"]
_ORDER: tuple[Verdict, ...] = ("lost", "found", "kept", "unanswered")
_GAPS = 50
_QUOTE_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that people ask, how many conversations did, and what it is answered today."""

    question: str
    count: int
    closed_gap: bool
    today: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """The same question, asked of the changed copy."""

    asked: Asked
    then: Answer

    @property
    def verdict(self) -> Verdict:
        """What the change would do to it."""
        if self.asked.today["answered"]:
            return "kept" if self.then.answered else "lost"
        return "found" if self.then.answered else "unanswered"


def check(
    documents: Annotated[
        str, typer.Argument(metavar="FOLDER|URL", help="The changed copy of the documents.")
    ],
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="SRC", help="It is a copy of this source (src_…). (all sources)"),
    ] = None,
    period: Period = "90d",
    limit: Annotated[int, typer.Option(min=1, max=50, help="Top questions at most.")] = 50,
    url: ApiUrl = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it all, for programs.")] = False,
) -> None:
    """Ask a changed copy of your documents what people ask, before it is published.

    Examples:

    cevvo check ./docs --source src_…

    cevvo check http://127.0.0.1:8000 --json

    The questions are the top questions and the closed gaps of a running server. Each is answered by
    quotations, once out of the server's sources and once out of the copy, which gets an index of
    its own that is gone afterwards. Exit 1: a question that is answered today would not be.
    """
    api = Api.find(url)
    copy = named_document(documents)
    asked = questions_of(api, period, limit, source or [])
    try:
        skipped, checked = asyncio.run(_checked(copy, asked))
    except CevvoError as error:
        fail(error.message, WRONG_USAGE)
    lost = [each for each in checked if each.verdict == "lost"]
    if as_json:
        print_json(
            {
                "passed": not lost,
                "questions": [to_json(each) for each in checked],
                "skipped": skipped,
            }
        )
    else:
        _print_report(checked, skipped)
    if lost:
        fail(f"{plural(len(lost), 'question')} answered today would not be answered.", FAILED)


def questions_of(api: Api, period: str, limit: int, source_ids: Sequence[str]) -> list[Asked]:
    """What people ask, the most frequent first, and what it is answered today. Each is asked as a
    test, by quotations."""
    top = api.get("analytics", "top-questions", period=period, limit=limit)["data"]
    gaps = api.get("analytics", "coverage-gaps", period=period, limit=_GAPS, status="closed")[
        "data"
    ]
    closed = {_words(gap["question"]) for gap in gaps}
    questions: dict[str, dict[str, Any]] = {}
    for each in (*top, *gaps):
        questions.setdefault(_words(each["question"]), each)
    found = []
    for words, each in questions.items():
        body = {
            "message": each["question"],
            "model": EXTRACTIVE,
            "source_ids": list(source_ids) or None,
            "test": True,
        }
        today = api.post("chat", body=body)
        found.append(Asked(each["question"], each["count"], words in closed, today))
    return found


def _words(question: str) -> str:
    return " ".join(question.casefold().split())


async def _checked(
    documents: str | Path, asked: Sequence[Asked]
) -> tuple[list[str], list[Checked]]:
    async with scratch_index(documents) as scratch:
        found = [Checked(each, await scratch.ask(each.question)) for each in asked]
        return scratch.skipped, sorted(found, key=lambda each: _ORDER.index(each.verdict))


def to_json(checked: Checked) -> dict[str, Any]:
    """One question for programs."""
    today, then = checked.asked.today, checked.then
    return {
        "question": checked.asked.question,
        "count": checked.asked.count,
        "closed_gap": checked.asked.closed_gap,
        "verdict": checked.verdict,
        "today": {
            "answered": today["answered"],
            "confidence": round(today["confidence"], 3),
            "answer": today["answer"],
            "cited": [each["title"] for each in today["sources"]],
            "quotes": [each["quote"] for each in today["citations"]],
        },
        "then": {
            "answered": then.answered,
            "confidence": round(then.confidence, 3),
            "answer": then.text,
            "cited": [each.title for each in then.sources],
            "quotes": [each.quote for each in then.citations],
        },
    }


def _print_report(checked: Sequence[Checked], skipped: Sequence[str]) -> None:
    for line in skipped:
        typer.secho(f"skipped {line}", fg=typer.colors.YELLOW, err=True)
    counts = {verdict: sum(each.verdict == verdict for each in checked) for verdict in _ORDER}
    say(
        f"{plural(len(checked), 'question')}: {counts['kept']} stay answered, {counts['lost']} "
        f"would be lost, {counts['found']} would be found, {counts['unanswered']} unanswered "
        "today and then."
    )
    print_table(
        ("verdict", "asked", "question", "answered today by"),
        (
            (each.verdict, each.asked.count, each.asked.question, _rests_on(each.asked.today))
            for each in checked
            if each.verdict in ("lost", "found")
        ),
        only="question",
    )


def _rests_on(today: dict[str, Any]) -> str | None:
    """The page that answers it today, and its words."""
    if not today["citations"]:
        return None
    quote = " ".join(today["citations"][0]["quote"].split())
    cut = quote if len(quote) <= _QUOTE_CHARACTERS else quote[: _QUOTE_CHARACTERS - 1] + "…"
    return f"{today['sources'][0]['title']}: {cut}"

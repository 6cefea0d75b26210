"""``cevvo eval``: how well a running server answers the questions of a file."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from cevvo.cli.api import FAILED, WRONG_USAGE, Api, fail, print_json
from cevvo.cli.options import ApiUrl
from cevvo.cli.quiet import is_quiet
from cevvo.cli.tables import console, plural, print_facts, print_table
from cevvo.engine.evaluation.cases import Case, read_cases
from cevvo.engine.evaluation.figures import Figures, Share, figures
from cevvo.engine.evaluation.verdicts import Outcome, Reply, Verdict, judge
from cevvo.errors import InvalidRequest

_FAULTS = (Verdict.INVENTED, Verdict.WRONG, Verdict.INCOMPLETE, Verdict.NOT_ANSWERED)


def evaluate(
    questions: Annotated[Path, typer.Argument(help="CSV with a header line, or JSON Lines.")],
    url: ApiUrl = None,
    source: Annotated[
        list[str] | None, typer.Option(metavar="SRC", help="Search only this source (src_…).")
    ] = None,
    fail_under: Annotated[
        float | None, typer.Option(min=0, max=1, help="Exit 1 if a smaller share is right.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print figures and all results, for programs.")
    ] = False,
) -> None:
    """Ask a running server the questions of a file and judge the answers.

    Examples:

    cevvo eval questions.csv

    cevvo eval questions.jsonl --source src_… --fail-under 0.9

    Columns: question, and as far as you know expected (phrases of which a right answer has one),
    page (addresses that answer it, or their ends), answerable (true or false), thread (rows with
    the same value are one conversation). Several values of a cell are separated by |.

    The questions are marked as a test and count in no figure of the analytics.
    """
    try:
        cases = read_cases(questions)
    except InvalidRequest as error:
        fail(error.message, WRONG_USAGE)
    api = Api.find(url)
    asking = ask_cases(lambda body: api.post("chat", body=body), cases, source)
    outcomes = list(_shown(asking, len(cases)))
    result = figures(outcomes)
    if as_json:
        print_json({"figures": result.to_json(), "results": [to_json(each) for each in outcomes]})
    elif is_quiet():
        typer.echo(f"{result.right.value or 0:.3f}")
    else:
        _print_figures(result)
        _print_faults(outcomes)
    if fail_under is not None and (result.right.value or 0) < fail_under:
        fail(f"{_share(result.right)} are right; --fail-under asks for {fail_under:.0%}.", FAILED)


def ask_cases(
    post: Callable[[dict[str, Any]], dict[str, Any]],
    cases: Sequence[Case],
    source_ids: Sequence[str] | None = None,
) -> Iterator[Outcome]:
    """Ask one after the other, as a test, and judge. ``post`` sends the body of a ``/chat``.

    A case with a thread goes on in the conversation that the first one of its name began.
    """
    threads: dict[str, str] = {}
    for case in cases:
        body = {
            "message": case.question,
            "thread_id": threads.get(case.thread or ""),
            "source_ids": list(source_ids) if source_ids else None,
            "include": ["retrieved"],
            "test": True,
        }
        started = time.monotonic()
        answer = post(body)
        milliseconds = (time.monotonic() - started) * 1000
        if case.thread:
            threads[case.thread] = answer["thread_id"]
        yield judge(case, _reply(answer, milliseconds))


def _reply(answer: dict[str, Any], milliseconds: float) -> Reply:
    return Reply(
        text=answer["answer"],
        quotes=tuple(citation["quote"] for citation in answer["citations"]),
        cited=tuple(_place(source) for source in answer["sources"]),
        retrieved=tuple(_place(passage) for passage in answer["retrieved"]),
        answered=answer["answered"],
        confidence=answer["confidence"],
        milliseconds=milliseconds,
        thread=answer["thread_id"],
    )


def _place(page: dict[str, Any]) -> str:
    place: str = page["url"] or page["title"]
    return place


def to_json(outcome: Outcome) -> dict[str, Any]:
    """One result for programs, with the columns of its row that are nobody's here."""
    reply = outcome.reply
    return {
        **outcome.case.more,
        "line": outcome.case.line,
        "question": outcome.case.question,
        "verdict": outcome.verdict.value,
        "why": reason(outcome),
        "answered": reply.answered,
        "confidence": round(reply.confidence, 3),
        "answer": reply.text,
        "cited": list(reply.cited),
        "rank": outcome.rank,
        "ms": round(reply.milliseconds, 1),
        "thread_id": reply.thread,
    }


def reason(outcome: Outcome) -> str:
    """Why the verdict is no better, in a few words; empty for one that is right."""
    cited = outcome.reply.cited[0] if outcome.reply.cited else "nothing"
    if outcome.verdict is Verdict.INVENTED:
        return f"the sources do not say; quotes {cited}"
    if outcome.verdict is Verdict.INCOMPLETE:
        return f"cites the page, but does not say {_expected(outcome)}"
    if outcome.verdict is Verdict.WRONG:
        return f"does not say {_expected(outcome)}; cites {cited}; {_found(outcome)}"
    if outcome.verdict is Verdict.NOT_ANSWERED:
        return _found(outcome)
    return ""


def _expected(outcome: Outcome) -> str:
    return " or ".join(f'"{phrase}"' for phrase in outcome.case.expected) or "it"


def _found(outcome: Outcome) -> str:
    if not outcome.case.pages:
        return "where it is written is not given"
    if outcome.rank is None:
        return "the page was not found"
    return f"the page was found, in place {outcome.rank}"


def _shown(outcomes: Iterator[Outcome], total: int) -> Iterator[Outcome]:
    """With a bar on a terminal."""
    screen = Console(stderr=True)
    with Progress(
        console=screen, transient=True, disable=is_quiet() or not screen.is_terminal
    ) as progress:
        yield from progress.track(outcomes, total=total, description="asking")


def _share(share: Share) -> str:
    if share.value is None:
        return ""
    low, high = share.interval()
    return f"{share.value:.0%}   {share.count} of {share.of}   ({low:.0%} to {high:.0%})"


def _print_figures(result: Figures) -> None:
    """A name and a share a line; the interval is where the true one lies 19 times of 20."""
    print_facts(
        [
            ("questions", f"{result.questions}   {result.answered} answered"),
            ("right", _share(result.right)),
            ("", None),
            ("the sources say", plural(result.wrong.of, "question")),
            ("  answered right", _share(result.answered_right)),
            ("  incomplete", _share(result.incomplete)),
            ("  wrong", _share(result.wrong)),
            ("  not answered", _share(result.not_answered)),
            ("they do not say", plural(result.invented.of, "question")),
            ("  answered", _share(result.invented)),
            ("the page was found", "" if result.mrr is None else f"MRR {result.mrr:.3f}"),
            ("  first", _share(result.hit1)),
            ("  among five", _share(result.hit5)),
            ("  and cited first", _share(result.cited_first)),
            ("time", f"{result.p50:.0f} ms, 19 of 20 within {result.p95:.0f} ms"),
        ]
    )


def _print_faults(outcomes: Sequence[Outcome]) -> None:
    """The worst sort first, in it the surest answer."""
    faults = [outcome for outcome in outcomes if outcome.verdict in _FAULTS]
    faults.sort(key=lambda each: (_FAULTS.index(each.verdict), -each.reply.confidence))
    if not faults:
        return
    console().print()
    print_table(
        ("verdict", "line", "question", "why"),
        ((o.verdict.value, o.case.line, o.case.question, reason(o)) for o in faults),
    )

"""How an answer looks in a terminal."""

from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_HANDOVER = {
    "customer_request": "A person was asked for.",
    "missing_knowledge": "A person should take over: the sources do not say.",
    "policy": "A person should take over: this topic is not to be answered.",
}


def print_answer(console: Console, answer: dict[str, Any], seconds: float) -> None:
    """Print the API's answer to ``POST /chat``: text, sources, one line about how it came."""
    console.print(Padding(Markdown(answer["answer"]), (0, 2)))
    sources = Table.grid(padding=(0, 2))
    for number, source in enumerate(answer["sources"], 1):
        place = next((c["url"] for c in answer["citations"] if c["source"] == number), None)
        sources.add_row(Text(f"  [{number}]"), Text(source["title"]), Text(place or ""))
    if answer["sources"]:
        console.print()
        console.print(sources)
    # a confidence of 1: refused, and surely so
    if not answer["answered"] and answer["confidence"] < 1 and answer.get("saved", True):
        console.print(
            "  Recorded as a coverage gap if it is about your documents. See: cevvo gaps",
            style="yellow",
        )
    if handover := answer.get("handover"):
        console.print(f"  {_HANDOVER[handover['reason']]}", style="yellow")
    if answer["degraded"]:
        console.print(
            "  The language model was not available. The server's log says why "
            "(model_failed, model_unusable).",
            style="yellow",
        )
    given_again = " · given again" if answer.get("cached") else ""
    console.print(
        Text(
            f"\n  {seconds:.2f} s · {answer['model']} · thread {answer['thread_id']}"
            f" · confidence {confidence_word(answer['confidence'])}{given_again}",
            style="dim",
        )
    )


def confidence_word(confidence: float) -> str:
    """A calibrated probability in a word."""
    return "high" if confidence >= 0.8 else "medium" if confidence >= 0.5 else "low"

"""How an answer looks in a terminal."""

from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text


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
    if not answer["answered"] and answer["confidence"] < 1:  # 1: refused, and surely so
        console.print("  Recorded as a coverage gap.", style="yellow")
    console.print(
        Text(
            f"\n  {seconds:.2f} s · {answer['model']} · thread {answer['thread_id']}"
            f" · confidence {confidence_word(answer['confidence'])}",
            style="dim",
        )
    )


def confidence_word(confidence: float) -> str:
    """A calibrated probability in a word."""
    return "high" if confidence >= 0.8 else "medium" if confidence >= 0.5 else "low"

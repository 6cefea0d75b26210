"""A bar for long work on a terminal, and nothing in a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

from cevvo.cli.quiet import is_quiet


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """To be told what is being done, how much of it is done and how much there is in all."""
    screen = Console(stderr=True)
    with Progress(
        console=screen, transient=True, disable=is_quiet() or not screen.is_terminal
    ) as progress:
        bar = progress.add_task("", total=None)

        def show(what: str, done: int, total: int) -> None:
            progress.update(bar, description=what, completed=done, total=total)

        yield show

"""``--quiet``, which every command has: it prints only what a script needs.

Of a list that is one word a line (ids, where there are any), of what was made its id, key or link;
where there is nothing to hand on, nothing: the exit code tells. Errors are printed as ever.
"""

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Annotated, Any

import typer

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)
_Option = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print only what a script needs; errors remain.")
]


def is_quiet() -> bool:
    """Whether the command was asked to be."""
    return _quiet.get()


def say(line: str = "") -> None:
    """Print a line for people."""
    if not is_quiet():
        typer.echo(line)


def with_quiet(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the option."""

    @wraps(command)
    def run(*arguments: Any, quiet: bool, **options: Any) -> Any:
        before = _quiet.set(quiet)
        try:
            return command(*arguments, **options)
        finally:
            _quiet.reset(before)

    signature = inspect.signature(command)
    option = inspect.Parameter(
        "quiet", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_Option
    )
    run.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), option]
    )
    run.__annotations__ = command.__annotations__ | {"quiet": _Option}
    return run

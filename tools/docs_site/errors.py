"""The table of error codes, out of the error tree."""

from collections.abc import Iterator

from cevvo import errors

MARK = "<!-- every error code -->"
"""Where ``docs/api.md`` wants it."""


def error_table() -> str:
    """Markdown: status, code and meaning of each error that a client can get."""
    rows = sorted({(kind.status, kind.code, _meaning(kind)) for kind in _answers()})
    lines = [f"| {status} | `{code}` | {meaning} |" for status, code, meaning in rows]
    return "\n".join(["| status | code | when |", "|---|---|---|", *lines])


def _answers() -> Iterator[type[errors.CevvoError]]:
    """The first class of each code, and none that never becomes an answer."""
    seen = set()
    waiting = [errors.CevvoError]
    while waiting:
        kind = waiting.pop(0)
        if kind in (errors.IngestError, errors.StartError):
            continue
        waiting += kind.__subclasses__()
        if (kind.status, kind.code) not in seen:
            seen.add((kind.status, kind.code))
            yield kind


def _meaning(kind: type[errors.CevvoError]) -> str:
    if kind is errors.CevvoError:
        return "Something went wrong on the server; its log has the request id."
    if kind is errors.Unauthenticated:
        kind = errors.InvalidApiKey
    return " ".join(str(kind.__doc__).partition("\n\n")[0].split()).replace("``", "`")

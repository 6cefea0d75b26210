"""CSV in place of JSON, for clients that ask for it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from cevvo.foundation.csv_table import csv_text
from cevvo.foundation.http.attachments import attachment_headers

CSV_TOO: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}
"""How the description shows that a table can be had."""


def wants_csv(request: Request) -> bool:
    """Whether the client asks for ``text/csv`` in its ``Accept`` header."""
    accepted = request.headers.get("accept", "").split(",")
    return any(each.partition(";")[0].strip().lower() == "text/csv" for each in accepted)


def csv_response(
    file_name: str, names: Sequence[str], rows: Iterable[Sequence[object]]
) -> Response:
    """The table as a file to save."""
    headers = attachment_headers(file_name, "text/csv; charset=utf-8")
    return Response(csv_text(names, rows), headers=headers)


def table_response(name: str, shape: type[BaseModel], found: Sequence[BaseModel]) -> Response:
    """Objects of one ``shape`` as a table to save; a field in a field is named ``outer.inner``.

    A list has no place in a row, and is left out.
    """
    columns = list(_columns(shape))
    rows = [[_at(each, column) for column in columns] for each in found]
    return csv_response(f"{name}.csv", columns, rows)


def _columns(shape: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in shape.model_fields.items():
        if get_origin(field.annotation) is list:
            continue
        inner = [
            each
            for each in (field.annotation, *get_args(field.annotation))
            if isinstance(each, type) and issubclass(each, BaseModel)
        ]
        if inner:
            yield from _columns(inner[0], f"{prefix}{name}.")
        else:
            yield prefix + name


def _at(found: object, column: str) -> object:
    for name in column.split("."):
        found = getattr(found, name, None)
    return found

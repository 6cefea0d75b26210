"""CSV in place of JSON, for clients that ask for it."""

from collections.abc import Iterable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from cevvo.foundation.csv_table import csv_text
from cevvo.foundation.http.attachments import attachment_headers


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

"""One line an event, without secrets and without what users wrote."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from cevvo.foundation.access.keys import generate
from cevvo.foundation.telemetry.logging import bind_request, configure, get_logger

log = get_logger(__name__)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    configure()


def test_json_off_a_terminal() -> None:
    stream = io.StringIO()
    configure("info", stream)
    bind_request("req_1")
    log.info("job_finished", job_id="job_1", pages=3)
    log.debug("not_shown")
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "job_finished",
        "job_id": "job_1",
        "pages": 3,
        "level": "info",
        "request_id": "req_1",
    }


def test_fields_on_a_terminal() -> None:
    stream = _Terminal()
    configure("warning", stream)
    log.info("not_shown")
    log.warning("disk_low", free="1 GB")
    assert ' level=warning event=disk_low free="1 GB"' in stream.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), _Terminal()])
def test_s41_a_line_break_in_a_value_makes_no_line(stream: io.StringIO) -> None:
    configure("info", stream)
    log.info("request", path="/a\nevent=forged\r\nlevel=info")
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize("stream", [io.StringIO(), _Terminal()])
def test_s41_keys_are_masked_wherever_they_come_from(stream: io.StringIO) -> None:
    configure("info", stream)
    key = generate("secret")
    log.info("odd", text=f"Authorization: Bearer {key}", other="Bearer abc.def")
    logging.getLogger("a.library").warning("sent %s to %s", key, "somewhere")
    try:
        raise RuntimeError(key)
    except RuntimeError:
        log.exception("failed")
    written = stream.getvalue()
    assert key not in written
    assert key[12:] not in written
    assert "abc.def" not in written
    assert written.count(key[:12] + "…") == 3


def test_exceptions_say_where_but_do_not_quote_the_input() -> None:
    class Body(BaseModel):
        number: int

    stream = io.StringIO()
    configure("info", stream)
    try:
        Body.model_validate({"number": "the user's words"})
    except ValidationError as error:
        log.error("failed", exc_info=error)
    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise RuntimeError("second") from error
    except RuntimeError:
        log.exception("failed")
    quoted, chained = (json.loads(line) for line in stream.getvalue().splitlines())
    assert quoted["error"] == "ValidationError"
    assert "the user's words" not in stream.getvalue()
    assert chained["error"] == "RuntimeError: second <- KeyError: 'first'"
    assert any("test_logging.py" in frame for frame in chained["trace"])

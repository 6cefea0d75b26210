"""Logs: one line an event on stderr, ``key=value`` on a terminal and JSON anywhere else.

Lines carry the request id of whatever request they belong to. What users wrote never goes into a
log line; whatever looks like an API key is masked, wherever it came from.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterable
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

_SECRET = re.compile(r"(cevvo_[sp]k_\w{3})\w+|(?<=Bearer )[^\s\"',\\]+", re.IGNORECASE)
_HANDLER = "cevvo"
_NOISY = ("uvicorn.access", "httpx2", "httpcore2", "alembic")


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Send every log, this program's and its libraries', to ``stream`` (stderr)."""
    stream = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_fields,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    render: structlog.typing.Processor = (
        structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
        if stream.isatty()
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(stream)
    handler.name = _HANDLER
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                render,
                _mask_secrets,
            ],
        )
    )
    root = logging.getLogger()
    for earlier in [each for each in root.handlers if each.name == _HANDLER]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module: ``log.info("job_finished", job_id=…)``, an event with its fields."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def bind_request(request_id: str) -> None:
    """Put ``request_id`` on every line that the current task logs from now on."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


def bind_trace(trace_id: str) -> None:
    """Put ``trace_id``, 32 hex digits, on them too."""
    structlog.contextvars.bind_contextvars(trace_id=trace_id)


def _exception_fields(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """``exc_info`` as ``error`` and ``trace``.

    Of an exception that quotes its input (a failed validation) only the kind is kept.
    """
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = " <- ".join(_described(each) for each in _with_causes(error))
        event["trace"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event


def _described(error: BaseException) -> str:
    kind = type(error)
    quotes_input = kind.__module__.startswith(("pydantic", "fastapi"))
    return kind.__name__ if quotes_input else f"{kind.__name__}: {error}"


def _with_causes(error: BaseException) -> Iterable[BaseException]:
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        following = following.__cause__ or following.__context__
    return seen


def _mask_secrets(_logger: WrappedLogger, _name: str, line: Any) -> str:
    return _SECRET.sub(lambda match: f"{match.group(1) or ''}…", str(line))

"""Traces of requests for OpenTelemetry: off, and free, unless the environment asks for them.

Set up by OpenTelemetry's own variables (``OTEL_EXPORTER_OTLP_ENDPOINT`` and so on), sent by OTLP
over HTTP. A span has names, numbers and the request's id: never what a user wrote or a document
says, and of an error its kind alone. Nothing here is OpenTelemetry's global, so that libraries
which look for that send nothing of their own.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from cevvo import __version__
from cevvo.errors import StartError

Value = str | int | float | bool
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_OFF: AbstractContextManager[Any] = nullcontext()
_tracer: Any = None  # the library is not there to name its type where it is not used


def configure() -> Callable[[], None]:
    """Begin to trace if the environment asks for it; what ends that, and sends what is left.

    Raises StartError where that needs the extra ``otel``, or what it asks for is not to be had.
    """
    global _tracer
    if not _asked_for(os.environ):
        return lambda: None
    try:  # a second of imports and seven packages, for those who want it
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise StartError(
            "OTEL_ variables ask for traces, which need a few more packages: "
            'pip install "cevvo[otel]". Or set OTEL_SDK_DISABLED=true.'
        ) from error
    named = "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    service = {} if named or os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "cevvo"}
    provider = TracerProvider(
        resource=Resource.create({"service.version": __version__} | service),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("cevvo", __version__)

    def end() -> None:
        global _tracer
        _tracer = None
        provider.shutdown()

    return end


def _asked_for(environment: Mapping[str, str]) -> bool:
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if exporter == "none" or not (exporter or any(environment.get(n) for n in _ENDPOINTS)):
        return False
    protocol = next((environment[n] for n in _PROTOCOLS if environment.get(n)), "http/protobuf")
    if exporter not in ("", "otlp") or protocol != "http/protobuf":
        raise StartError(
            "Traces are sent by OTLP over HTTP alone: OTEL_TRACES_EXPORTER is otlp (or none), "
            "OTEL_EXPORTER_OTLP_PROTOCOL is http/protobuf."
        )
    return True


def is_on() -> bool:
    """Whether spans go anywhere."""
    return _tracer is not None


def span(name: str, **attributes: Value) -> AbstractContextManager[Any]:
    """A stage of what is being done, from entering to leaving. Do not yield inside it."""
    return _OFF if _tracer is None else _current(name, attributes)


def span_beside(name: str, **attributes: Value) -> AbstractContextManager[Any]:
    """As ``span``, for generators: what runs between their yields is no part of it."""
    return _OFF if _tracer is None else _beside(name, attributes)


@contextmanager
def request_span(method: str, headers: Mapping[str, str]) -> Iterator[Any]:
    """The span of a request, part of the caller's trace if its ``traceparent`` names one."""
    from opentelemetry.propagate import extract  # see ``configure``
    from opentelemetry.trace import SpanKind

    with _tracer.start_as_current_span(
        method,
        context=extract(headers),
        kind=SpanKind.SERVER,
        attributes={"http.request.method": method},
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        yield opened


@contextmanager
def _current(name: str, attributes: Mapping[str, Value]) -> Iterator[Any]:
    with (
        _tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as opened,
        _failing(opened),
    ):
        yield opened


@contextmanager
def _beside(name: str, attributes: Mapping[str, Value]) -> Iterator[Any]:
    opened = _tracer.start_span(name, attributes=attributes)
    try:
        with _failing(opened):
            yield opened
    finally:
        opened.end()


@contextmanager
def _failing(opened: Any) -> Iterator[None]:
    """The kind of the error that leaves a span: its message may quote somebody."""
    try:
        yield
    except BaseException as error:
        opened.set_attribute("error.type", type(error).__name__)
        raise

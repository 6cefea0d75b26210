"""Figures of the server for Prometheus: all that there are, by their names.

Counted where it happens: ``metrics.REPLIES.labels("answered").inc()``. A label takes its values
from a short list (routes, statuses, kinds of jobs, configured models): never an id, a key or what
a user wrote, as each new value is a new series that is kept for good.

Names follow https://prometheus.io/docs/practices/naming/: base units, ``_total`` for what only
grows. docs/operating.md lists them.
"""

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
_SHORT = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)

disable_created_metrics()  # type: ignore[no-untyped-call] # series that nothing asks for
_registry = CollectorRegistry()
ProcessCollector(registry=_registry)
PlatformCollector(registry=_registry)
GCCollector(registry=_registry)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(name, meaning, labels, registry=_registry)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(name, meaning, labels, registry=_registry)


def _histogram(
    name: str, meaning: str, *labels: str, buckets: tuple[float, ...] = _SECONDS
) -> Histogram:
    return Histogram(name, meaning, labels, registry=_registry, buckets=buckets)


REQUESTS = _counter(
    "cevvo_http_requests_total",
    "Requests that have ended, by route and status.",
    "method",
    "route",
    "status",
)
REQUEST_SECONDS = _histogram(
    "cevvo_http_request_duration_seconds",
    "From a request to the end of its response; of a stream, to its last event.",
    "method",
    "route",
)
IN_FLIGHT = _gauge(
    "cevvo_http_requests_in_flight", "Requests to the API that are being served; see SHED."
)
STREAMS = _gauge("cevvo_streams_open", "Event streams that are open.")
SHED = _counter(
    "cevvo_requests_shed_total", "Requests refused with 503 as there was too much to do.", "kind"
)
ERRORS = _counter(
    "cevvo_errors_total",
    "Errors that were answered, by their code; limits are rate_limit_exceeded and budget_exceeded.",
    "code",
)

REPLIES = _counter("cevvo_replies_total", "Replies to messages, by what became of them.", "outcome")
STAGE_SECONDS = _histogram(
    "cevvo_reply_stage_duration_seconds",
    "The stages of a reply: understand, search, answer.",
    "stage",
)
FIRST_TOKEN_SECONDS = _histogram(
    "cevvo_reply_first_token_seconds", "From a message to the first words of its reply."
)
MODEL_TOKENS = _counter(
    "cevvo_model_tokens_total", "Tokens that language models read and wrote.", "model", "kind"
)
MODEL_ERRORS = _counter(
    "cevvo_model_errors_total", "Calls of language models that failed.", "model", "kind"
)

JOBS = _gauge(
    "cevvo_jobs", "Jobs that wait or run, of all servers on this database.", *("kind", "status")
)
WORKERS = _gauge("cevvo_workers", "Processes that work on the jobs of this database.")
OLDEST_JOB_SECONDS = _gauge(
    "cevvo_jobs_oldest_due_seconds",
    "How long the job that has been due for longest waits to be taken; 0 if none is.",
)
JOBS_ENDED = _counter(
    "cevvo_jobs_ended_total", "Runs of jobs that have ended on this server.", "kind", "outcome"
)
JOB_SECONDS = _histogram(
    "cevvo_job_duration_seconds",
    "Runs of jobs.",
    "kind",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)
FETCHES = _counter(
    "cevvo_fetches_total", "Pages and files that were fetched, by how that went.", "outcome"
)
PASSAGES_EMBEDDED = _counter(
    "cevvo_embedded_passages_total", "Passages that went through the embedding model."
)
EMBEDDING_SECONDS = _counter(
    "cevvo_embedding_seconds_total", "Seconds that the embedding model had passages to work on."
)

WRITES_WAITING = _gauge("cevvo_database_writes_waiting", "Writes that somebody waits for.")
WRITES = _counter("cevvo_database_writes_total", "Writes that were done or refused.")
COMMIT_SECONDS = _histogram(
    "cevvo_database_commit_duration_seconds",
    "Transactions that write: on SQLite with all that waits, on Postgres with each try.",
    buckets=_SHORT,
)
DATABASE_BYTES = _gauge("cevvo_database_bytes", "Size of the database.")
DOCUMENTS = _gauge("cevvo_index_documents", "Documents that can be found, counted each minute.")
CHUNKS = _gauge("cevvo_index_chunks", "Chunks that can be found, counted each minute.")

LOOP_LAG_SECONDS = _histogram(
    "cevvo_event_loop_lag_seconds", "How late the event loop is, twice a second.", buckets=_SHORT
)


def exposition() -> bytes:
    """All of them, and those of the process, in the text format; media type ``CONTENT_TYPE``."""
    return generate_latest(_registry)

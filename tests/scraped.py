"""What Prometheus would read, as numbers."""

from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from cevvo.foundation.telemetry import metrics

Series = tuple[str, frozenset[tuple[str, str]]]


def series(text: str) -> dict[Series, float]:
    """All of an exposition, by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    """The sum of the series of that name that have these labels."""
    return sum(
        each
        for (found, its), each in series(text).items()
        if found == name and its >= set(labels.items())
    )


def label_values(text: str) -> Iterator[str]:
    """The values of all labels, but those of buckets."""
    for _, labels in series(text):
        yield from (each for label, each in labels if label != "le")


def figures() -> dict[str, set[str]]:
    """The server's own figures by their names, with their labels."""
    found = {}
    for each in vars(metrics).values():
        if isinstance(each, Counter | Gauge | Histogram):
            (family,) = each.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found[name] = set(each._labelnames)  # which no public method tells
    return found


def queried() -> dict[str, set[str]]:
    """The names that a query may have, with the labels of each."""
    found: dict[str, set[str]] = {
        name: set() for name, _ in series(metrics.exposition().decode()) if "cevvo_" not in name
    }
    for name, labels in figures().items():
        parts = ("_bucket", "_count", "_sum") if name.endswith("_seconds") else ("",)
        found |= {name + part: labels for part in (*parts, "")}
    return found

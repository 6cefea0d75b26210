"""What was measured as a section of docs/performance.md: medians of the runs and their spread,
ratios of figures of the same run."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cevvo_evals.load.plot import Line, chart
from cevvo_evals.peers.measuring import CLIENTS, Figures

LEAST = "the least"
"""The name under which a run has the figures of what nothing can avoid."""
OURS = "Cevvo"
Run = Mapping[str, Figures]
"""The figures of every system, by its name."""
_FIGURES: Sequence[tuple[str, str, str]] = (
    ("packages", "packages installed", ".0f"),
    ("megabytes", "MB on disk, compiled", ".0f"),
    ("seconds_to_ready", "start to ready, s", ".1f"),
    ("memory_idle", "memory idle, MB", ".0f"),
    ("memory_after", "… after all of this", ".0f"),
    ("documents_per_second", "documents taken in a second", ".1f"),
    ("cpu_per_document", "CPU ms a document", ".0f"),
    ("model_share", "… of it in the embedding model", ".2f"),
    ("times_embedded", "tokens embedded for each in the text", ".2f"),
    ("p50", "a question, one client: p50, ms", ".1f"),
    ("p95", "… p95", ".1f"),
    ("p99", "… p99", ".1f"),
    ("cpu_per_question", "CPU ms a question", ".1f"),
    ("questions_per_second", f"questions a second, {CLIENTS} clients", ".0f"),
    ("p99_together", "… their p99, ms", ".0f"),
    ("ndcg10", "nDCG@10 of what it finds", ".3f"),
    ("says_no_off_topic", "says that it does not know: questions about other things", ".2f"),
    ("says_no_near", "… near ones that no document answers", ".2f"),
    ("says_no_answerable", "… ones that a document answers (wrongly)", ".2f"),
)
_MORE = (
    f"What {OURS} does in the same time and the others do not: it writes an answer of verified "
    "quotations with their places, decides whether there is one, keeps the conversation, and "
    "records what its analytics and gaps are made of, on disk; documents pass a durable queue. "
    "LlamaIndex and Haystack, as set up here, keep all in memory and lose it when they stop."
)
_NOT_RUN = "txtai, Open WebUI and DocsGPT (1.4 to 5.8 GB installed) were not run."


@dataclass(frozen=True, slots=True)
class Setting:
    """What the figures were measured on, in words and numbers for the text."""

    collection: str
    documents: int
    questions: int
    unanswered: int
    command: str
    told: str
    failed: Mapping[str, str]
    package_over_network: float


def spread(values: Sequence[float], form: str) -> str:
    """The median, and the lowest and highest where these read otherwise."""
    shown = [format(value, form) for value in (min(values), statistics.median(values), max(values))]
    return shown[1] if shown[0] == shown[2] else f"{shown[1]} ({shown[0]}–{shown[2]})"


def ratios(runs: Sequence[Run], figure: str, above: str, below: str) -> list[float]:
    """``figure`` of one system by that of another, for each run in which both have it."""
    return [
        run[above][figure] / run[below][figure]
        for run in runs
        if figure in run[above] and figure in run[below]
    ]


def section_of(runs: Sequence[Run], setting: Setting) -> str:
    """The figures as a section of the documentation."""
    names = [name for name in runs[0] if name != LEAST]
    failed = [f"{name} did not install: {why}." for name, why in setting.failed.items()]
    rounds = f"the median of {len(runs)} rounds, in brackets the lowest and highest"
    parts = [
        "## Beside others",
        "![Time of a question and quality of what is found](images/peers.svg)",
        f"`{setting.command}` ({setting.told}). {setting.documents:,} documents of "
        f"{setting.collection}, one a request from as many clients as cores; {setting.questions} "
        f"questions one after the other, as many from {CLIENTS} clients, none twice; "
        f"{setting.unanswered} questions of each kind that has no answer. Each figure is "
        f"{rounds if len(runs) > 1 else 'of one round'}; systems took turns, each on an empty "
        "folder, memory and CPU with their child processes. The least is what none can avoid: "
        "embedding every passage once, and for a question embedding it and looking at every "
        "vector.",
        "The peers are served by FastAPI, by the scripts in `evals/peers`: Chroma inside that "
        "process, LlamaIndex and Haystack with vectors and BM25 fused by reciprocal rank. All "
        "embed in their own process with the same network and weights, passages cut to what the "
        "model reads. That network is Cevvo's int8 graph: the file in which the weights are "
        f"published takes {setting.package_over_network:.1f} times the processor time. They "
        f"return ten passages, {OURS}'s chat eight. {OURS} does not tell what its model took: "
        "that figure is from the least's.",
        _figures(runs, names),
        "The same as ratios of figures of the same round:",
        _ratios(runs, names),
        _MORE,
        " ".join([*failed, _NOT_RUN]),
    ]
    return "\n\n".join(parts)


def _figures(runs: Sequence[Run], names: Sequence[str]) -> str:
    columns = [*names, LEAST]
    rows = [
        [words, *(_cell([run[name].get(key) for run in runs], form) for name in columns)]
        for key, words, form in _FIGURES
    ]
    return _table(["", *columns], rows)


def _cell(values: Sequence[float | None], form: str) -> str:
    had = [value for value in values if value is not None]
    return spread(had, form) if had else ""


def _ratios(runs: Sequence[Run], names: Sequence[str]) -> str:
    taken, asked, p50 = "documents_per_second", "questions_per_second", "p50"
    columns: Sequence[tuple[str, Callable[[str], list[float]]]] = (
        ("documents/s, of the least's", lambda name: ratios(runs, taken, name, LEAST)),
        ("p50, times the least", lambda name: ratios(runs, p50, name, LEAST)),
        ("questions/s, of the least's", lambda name: ratios(runs, asked, name, LEAST)),
        (f"{OURS}'s documents/s by its", lambda name: ratios(runs, taken, OURS, name)),
        (f"its p50 by {OURS}'s", lambda name: ratios(runs, p50, name, OURS)),
        (f"{OURS}'s questions/s by its", lambda name: ratios(runs, asked, OURS, name)),
    )
    rows = [[name, *(_cell(ratio(name), ".2f") for _, ratio in columns)] for name in names]
    return _table(["", *(words for words, _ in columns)], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, ["---"] * len(heads), *rows])


def drawn(runs: Sequence[Run]) -> str:
    """A point for each system: p50 of a question with one client, and nDCG@10; medians."""
    return chart(
        "Time of a question and quality of what is found: up and to the left is better",
        "ms at p50, one client",
        "nDCG@10",
        [
            Line(name, [(_median(runs, name, "p50"), _median(runs, name, "ndcg10"))])
            for name in runs[0]
            if name != LEAST
        ],
    )


def _median(runs: Sequence[Run], name: str, figure: str) -> float:
    return statistics.median(run[name][figure] for run in runs)

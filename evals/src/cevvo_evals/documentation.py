"""How well questions about real documentation sites are answered, from crawl to answer.

    python -m cevvo_evals.documentation --data-dir DIR
    python -m cevvo_evals.documentation --data-dir DIR --site django --site apache --json

Each site (``cevvo_evals.documentation_questions``) is crawled over loopback into a workspace of its
own; then its questions go through ``/chat``, as ``cevvo eval`` asks and judges them. What was
crawled stays in DIR/SITE and is used again; without ``--data-dir`` it is gone afterwards.

Baselines of the same run, over the same index: the pages by the best passage of the lexical and of
the dense search alone, each question as it stands; ``says`` is the share whose best passage has an
expected phrase. Intervals are Wilson's, 95 %. AUROC is of ``confidence``, of questions that the
site answers over those that it does not. Single results are shown of ``tune`` only.
"""

import argparse
import asyncio
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cevvo.cli.eval import ask_cases, to_json
from cevvo.domain.time import Millis
from cevvo.engine.evaluation.cases import Case
from cevvo.engine.evaluation.figures import Share, figures
from cevvo.engine.evaluation.verdicts import Outcome, Verdict, rank_of, says
from cevvo.engine.retrieval.terms import index_terms
from cevvo.features.workspaces.repository import ensure_default
from cevvo.foundation.db.opening import open_database
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.search.base import Hit, SearchQuery
from cevvo.providers.search.configured import search_index
from cevvo_evals.calibration_figures import auroc
from cevvo_evals.corpus import shown
from cevvo_evals.documentation_questions import SITES, SPLITS, Site, Split
from cevvo_evals.server import RunningServer, running_server, static_site

SEARCHES: dict[str, Callable[[Hit], float | None]] = {
    "lexical": lambda hit: hit.lexical,
    "dense": lambda hit: hit.dense,
}
_DEPTH = 200  # hits asked of each search, as the retriever asks


@dataclass(frozen=True, slots=True)
class Best:
    """What one search alone brings up: the place of a gold page, and whether the best says it."""

    case: Case
    rank: int | None
    says: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """One site: pages crawled, outcomes and what each search alone has, question by question."""

    pages: int
    outcomes: list[Outcome]
    alone: dict[str, list[Best]]


def measure(site: Site, data_dir: Path, threads: int) -> Measured:
    """Crawl, unless ``data_dir`` has the site already, and ask."""
    cases = site.cases()
    with (
        static_site(site.folder) as host,
        running_server(
            data_dir,
            CEVVO_ALLOW_PRIVATE_NETWORKS=host,
            CEVVO_EMBEDDING_THREADS=str(threads),
        ) as server,
    ):
        pages = _crawled(server, f"http://{host}/{site.start}")
        post = _poster(server)
        post({"message": cases[0].question, "test": True})  # what is loaded once is not timed
        asked = ask_cases(post, list(shown(cases, f"{site.name}: asking")))
        outcomes = list(asked)
    alone = asyncio.run(search_alone(data_dir, cases, threads))
    return Measured(pages, outcomes, alone)


def _crawled(server: RunningServer, url: str) -> int:
    """How many pages there are, once there are any."""
    sources = server.client.get("/sources").raise_for_status().json()["data"]
    if not sources:
        body = {"name": "Documentation", "type": "website", "url": url}
        sources = [server.client.post("/sources", json=body).raise_for_status().json()]
    pages: int = server.wait_for_source(sources[0]["id"])["document_count"]
    return pages


def _poster(server: RunningServer) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def post(body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = server.client.post("/chat", json=body).raise_for_status().json()
        return answer

    return post


async def search_alone(
    data_dir: Path, cases: Sequence[Case], threads: int
) -> dict[str, list[Best]]:
    """What each of ``SEARCHES`` finds by itself, for every answerable question."""
    embedder = MiniLmEmbedder(threads)
    alone: dict[str, list[Best]] = {name: [] for name in SEARCHES}
    db = open_database(data_dir)
    try:
        index = search_index(db, embedder.model_id, embedder.dimensions)
        workspace = await db.write(lambda connection: ensure_default(connection, Millis(0)))
        for case in cases:
            if not case.pages:
                continue
            terms = tuple(dict.fromkeys(index_terms(case.question, "en")))
            query = SearchQuery(terms, embedder.embed_query(case.question))
            hits = await index.search(workspace, query, _DEPTH)
            for name, score in SEARCHES.items():
                ranked = sorted(hits, key=lambda hit: -(score(hit) or -1.0))[:50]
                passages = await index.load(workspace, [hit.chunk_id for hit in ranked])
                places = [passage.url or passage.title for passage in passages]
                spoken = bool(passages) and says(passages[0].text, case.expected)
                alone[name].append(Best(case, rank_of(places, case.pages), spoken))
    finally:
        db.close()
    return alone


def report(measured: Sequence[Measured], split: Split) -> dict[str, Any]:
    """Figures of the questions of one split over these sites, and the baselines."""
    outcomes = [o for m in measured for o in m.outcomes if o.case.more["split"] == split]
    follow_ups = [o for o in outcomes if o.case.more["kind"] == "follow-up"]
    confidence = {
        answerable: [o.reply.confidence for o in outcomes if o.case.answerable is answerable]
        for answerable in (True, False)
    }
    return {
        **figures(outcomes).to_json(),
        "auroc": round(auroc(confidence[True], confidence[False]), 3),
        "follow_ups_right": figures(follow_ups).right.to_json(),
        "alone": {
            name: _baseline(
                [b for m in measured for b in m.alone[name] if b.case.more["split"] == split]
            )
            for name in SEARCHES
        },
    }


def _baseline(found: Sequence[Best]) -> dict[str, Any]:
    ranks = [math.inf if best.rank is None else best.rank for best in found]
    return {
        "hit1": Share(sum(rank == 1 for rank in ranks), len(ranks)).to_json(),
        "hit5": Share(sum(rank <= 5 for rank in ranks), len(ranks)).to_json(),
        "mrr": round(sum(1 / rank for rank in ranks) / len(ranks), 3),
        "says": Share(sum(best.says for best in found), len(found)).to_json(),
    }


def run(sites: Sequence[Site], data_dir: Path, threads: int) -> dict[str, Any]:
    """All figures, and the single results of ``tune``."""
    measured = {site.name: measure(site, data_dir / site.name, threads) for site in sites}
    total = list(measured.values())
    return {
        "pages": {name: each.pages for name, each in measured.items()},
        "splits": {
            split: {
                **{name: report([each], split) for name, each in measured.items()},
                "total": report(total, split),
            }
            for split in SPLITS
        },
        "tune": [
            to_json(outcome)
            for each in total
            for outcome in each.outcomes
            if outcome.case.more["split"] == "tune"
        ],
    }


_ROWS = ("hit1", "hit5", "mrr", "cited_first", "right", "answered_right", "incomplete", "wrong",
         "not_answered", "invented", "auroc", "follow_ups_right", "p50_ms", "p95_ms")  # fmt: skip


def table(splits: dict[str, Any]) -> str:
    """Markdown: a row a figure, a column a site and split; intervals of the totals."""
    columns = [(split, site) for split, sites in splits.items() for site in sites]
    lines = ["| | " + " | ".join(f"{site}, {split}" for split, site in columns) + " |"]
    lines.append("|---" * (1 + len(columns)) + "|")
    for row in _ROWS:
        cells = [_cell(splits[split][site][row], site) for split, site in columns]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    for name in SEARCHES:
        for row in ("hit1", "hit5", "mrr", "says"):
            cells = [
                _cell(splits[split][site]["alone"][name][row], site) for split, site in columns
            ]
            lines.append(f"| {name} alone: {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: Any, site: str) -> str:
    if not isinstance(value, dict):
        return str(value)
    if value["share"] is None or site != "total":
        return str(value["share"])
    low, high = value["interval"]
    return f"{value['share']} ({low}–{high})"


def _faults(results: Sequence[dict[str, Any]]) -> str:
    return "\n".join(
        f"{each['verdict']:>12}  {each['id']}  {each['question']}\n{'':14}{each['why']}"
        for each in results
        if each["verdict"] != Verdict.RIGHT
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--site", action="append", choices=SITES, help="all if not given")
    parser.add_argument("--data-dir", type=Path, help="where what was crawled is kept")
    parser.add_argument("--threads", type=int, default=0, help="of the model; 0: one per core")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    sites = [SITES[name] for name in arguments.site or SITES]
    for site in sites:
        if not site.folder.exists():
            parser.error(f"{site.name} needs Debian's package {site.package}")
    with ExitStack() as stack:
        folder = arguments.data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        result = run(sites, folder, arguments.threads)
    if arguments.json:
        print(json.dumps(result, indent=2, ensure_ascii=False))
        return
    print(f"pages: {result['pages']}\n\n{table(result['splits'])}\n\n{_faults(result['tune'])}")


if __name__ == "__main__":
    main()

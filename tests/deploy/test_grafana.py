"""The example dashboard asks for what the server has."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from scraped import figures, queried

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"\b(?:cevvo|process|python)_\w+")
PANELS: list[dict[str, Any]] = [
    each
    for each in json.loads((ROOT / "deploy/grafana/cevvo.json").read_text())["panels"]
    if each["type"] != "row"
]


def asked_by(panel: dict[str, Any]) -> set[str]:
    """The figures that a panel's queries name."""
    return {name for target in panel["targets"] for name in NAME.findall(target["expr"])}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_each_query_names_figures_and_labels_that_there_are(panel: dict[str, Any]) -> None:
    known = queried()
    for target in panel["targets"]:
        query = target["expr"]
        asked = set(NAME.findall(query))
        assert asked
        assert asked - set(known) == set()
        assert query.count("(") == query.count(")")
        labels = {"job", "instance", "le"}.union(*(known[name] for name in asked))
        for by in re.findall(r"by \(([^)]*)\)", query):
            assert {label.strip() for label in by.split(",")} <= labels, query
        for matched in re.findall(r"[{,](\w+)=", query):
            assert matched in labels, query
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= labels


def test_all_figures_of_the_server_are_on_the_dashboard() -> None:
    asked = set().union(*(asked_by(panel) for panel in PANELS))
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked}
    left_out = {"cevvo_job_duration_seconds"}  # a number for each kind of job, rarely looked at
    assert set(figures()) - shown == left_out


def test_panels_do_not_lie_on_each_other() -> None:
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in PANELS)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


def test_every_figure_is_described_with_its_labels() -> None:
    page = (ROOT / "docs/operating.md").read_text()
    rows = re.findall(r"^\| `(cevvo_\w+)` \|(.*?)\|", page, re.MULTILINE)
    described = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert described == figures()

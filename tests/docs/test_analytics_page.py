"""The page on analytics: its example is counted, its commands are run."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.features.analytics.schemas import EXPLANATION, OverviewObject
from cevvo.features.analytics.service import AnalyticsService
from cevvo.foundation.db.tables import turns, workspaces
from docs.test_pages import DOCS, Reader, reader, silent, site
from stores import made

__all__ = ["reader", "silent", "site"]

PAGE = DOCS / "analytics.md"
WORKSPACE, NOW = WorkspaceId("ws_page"), Millis(1_773_500_000_000)


def asked(number: int, story: str) -> list[dict[str, Any]]:
    """The turns that a line of the example tells of."""
    rows: list[dict[str, Any]] = []
    for event in re.split(r", (?:then )?", story):
        if event in ("answered", "unanswered"):
            place = len(rows)
            rows.append(
                {
                    "id": f"turn_{number}_{place}",
                    "workspace_id": WORKSPACE,
                    "conversation_id": f"thr_{number}",
                    "asked_at": NOW - 3_600_000 * number + 60_000 * place,
                    "kind": "question",
                    "answered": event == "answered",
                    "rating": None,
                    "rephrased": False,
                    "escalated": False,
                    "off_topic": False,
                    "is_test": False,
                }
            )
            continue
        name, value = {
            "rated positive": ("rating", "positive"),
            "rated negative": ("rating", "negative"),
            "asked again": ("rephrased", True),
            "a person was asked for": ("escalated", True),
        }[event]
        rows[-1][name] = value
    return rows


def test_the_worked_example(tmp_path: Path) -> None:
    part = PAGE.read_text().partition("## A worked example")[2].partition("\n## ")[0]
    stories = re.findall(r"^\| (\d) \| (.+) \| (yes|no) \|$", part, re.MULTILINE)
    shown = json.loads(part.partition("```json")[2].partition("```")[0])
    with made(tmp_path) as db:
        rows = [row for number, story, _ in stories for row in asked(int(number), story)]
        names = {"id": WORKSPACE, "name": "Page", "created_at": 0}
        db.write_now(lambda c: c.execute(insert(workspaces), names))
        db.write_now(lambda c: c.execute(insert(turns), rows))
        service = AnalyticsService(db, lambda: NOW)
        counted = OverviewObject.of(asyncio.run(service.overview(WORKSPACE, "7d"))).model_dump()
    assert shown.items() <= counted.items()
    assert [well for *_, well in stories].count("yes") == round(7 * shown["resolution_rate"])


def test_the_commands(reader: Reader, tmp_path: Path) -> None:
    assert reader.follow(PAGE) == 1


def test_the_explanation_is_there() -> None:
    heading = EXPLANATION.partition("#")[2].replace("-", " ").capitalize()
    assert f"\n## {heading}\n" in PAGE.read_text()
    assert EXPLANATION.partition("#")[0].endswith("docs/analytics.md")

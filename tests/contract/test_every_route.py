"""What every route promises, held against every route that the server itself describes.

The routes come out of ``/openapi.json``, and so do the bodies: a route that is added later is
tested here without a line more. A new kind of id needs an entry in ``IDS``.
"""

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from cevvo.domain.access import ALL_SCOPES
from cevvo.domain.ids import base62, new_id
from cevvo.foundation.access.keys import generate, key_hash
from conftest import Server, create_key

NO_KEY_NEEDED = ("/healthz", "/readyz", "/docs", "/openapi.json", "/")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
IDS = {  # the names that ids have in paths and bodies, and whose id is meant
    "source_id": "source",
    "source_ids": "source",
    "document_id": "document",
    "conversation_id": "thread",
    "thread_id": "thread",
    "message_id": "message",
    "job_id": "job",
}
PREFIXES = {"source": "src", "document": "doc", "thread": "thr", "message": "msg", "job": "job"}
STRAY_IDS = {"user_id"}  # end in "_id" and are the client's own
DEEP = "[" * 100_000
WHOLE_BODIES = {
    "none": b"",
    "null": b"null",
    "array": b"[]",
    "number": b"1e999",
    "string": b'"x"',
    "boolean": b"true",
    "cut off": b'{"message": ',
    "single quotes": b"{'message': 'x'}",
    "not UTF-8": b'{"message": "\xff\xfe"}',
    "NUL bytes": b"\0" * 100,
    "nested arrays": DEEP.encode(),
    "nested objects": b'{"a":' * 50_000,
    "two values": b"{} {}",
    "many digits": b'{"message": ' + b"9" * 10_000 + b"}",
    "over 1 MB": b'{"message": "' + b"x" * 1_100_000 + b'"}',
}
OTHER_TYPES = {
    "cut off": ("text/plain", "multipart/form-data", None),
    "NUL bytes": ("x", "application/json; charset=x"),
}
VALUES: dict[str, list[Any]] = {  # of each type of JSON
    "null": [None],
    "boolean": [True, False],
    "number": [0, -1, 1.5, 10**30, -(10**400), float("inf"), float("nan")],
    "string": ["", " ", "\0", "\ud800", "\u202e", "x" * 20_000, "../../etc/passwd", '" OR 1 NEAR('],
    "array": [[], [None], [[]], [{}], ["x"] * 1000, [1]],
    "object": [{}, {"": {}}, {"a": {"a": {"a": []}}}, {"\ud800": "\ud800"}],
}
QUERY_VALUES = ("", "0", "-1", "1.5", "x", "null", "9" * 5000, "\0", "١", "%ff", "true", "1e3")


@dataclass(frozen=True)
class Operation:
    """One method of one path. ``body`` is the resolved schema of its JSON or form fields."""

    method: str
    path: str
    parameters: list[dict[str, Any]]
    media_type: str | None
    body: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def names(self, place: str) -> list[str]:
        """Parameters in ``path`` or ``query``, or fields of the ``body``."""
        if place == "body":
            return list(self.body.get("properties", {}))
        return [each["name"] for each in self.parameters if each["in"] == place]

    def url(self, ids: dict[str, str]) -> str:
        """The path with an id in each place."""
        values = {name: ids[IDS[name]] for name in self.names("path")}
        return self.path.removeprefix("/api/v1").format(**values)

    def takes(self, url: str) -> bool:
        """Whether the path's template matches this one."""
        return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", self.path), url) is not None

    def example(self) -> dict[str, Any]:
        """A body that fits, out of the description's own examples."""
        whole: dict[str, Any] = self.body.get("examples", [{}])[0]
        fields = self.body.get("properties", {})
        single = {
            name: fields[name]["examples"][0]
            for name in self.body.get("required", [])
            if name not in whole and fields[name].get("examples")
        }
        return single | whole

    def send(
        self, client: httpx2.Client, ids: dict[str, str], fields: dict[str, Any]
    ) -> httpx2.Response:
        """Send it with ``fields`` in the body, if it takes one."""
        if self.media_type is None:
            return client.request(self.method, self.url(ids))
        if self.media_type == "multipart/form-data":
            file = {"file": ("note.md", b"# Note\n\nA few words.\n")}
            data = {name: value for name, value in fields.items() if name != "file"}
            return client.request(self.method, self.url(ids), files=file, data=data)
        content = json.dumps(fields)
        headers = {"Content-Type": "application/json"}
        return client.request(self.method, self.url(ids), content=content, headers=headers)


@dataclass
class Tenant:
    """A client of one workspace, and the ids of one object of each kind in it."""

    client: httpx2.Client
    ids: dict[str, str]


def resolved(schema: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to."""
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


@pytest.fixture(scope="module")
def operations(server: Server) -> list[Operation]:
    description = httpx2.get(f"{server.url}/openapi.json").json()
    found = []
    for path, item in description["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {})
            media_type = next(iter(content), None)
            schema = resolved(content[media_type]["schema"], description) if media_type else {}
            parameters = operation.get("parameters", [])
            found.append(Operation(method.upper(), path, parameters, media_type, schema))
    assert len(found) >= 16
    return found


def key_in_database(server: Server, workspace: str, scopes: tuple[str, ...]) -> str:
    """An API key that was never made by the product's own commands."""
    key = generate("secret")
    with sqlite3.connect(server.data_dir / "cevvo.db", timeout=30) as connection:
        connection.execute(
            "INSERT INTO api_keys (id, workspace_id, name, kind, hash, prefix, last_four, scopes,"
            " created_at) VALUES (?, ?, 'test', 'secret', ?, '', '', ?, ?)",
            (new_id("key"), workspace, key_hash(key), json.dumps(scopes), int(time.time() * 1000)),
        )
    connection.close()
    return key


@pytest.fixture(scope="module")
def own_workspace(server: Server) -> str:
    with sqlite3.connect(server.data_dir / "cevvo.db", timeout=30) as connection:
        found = connection.execute("SELECT id FROM workspaces ORDER BY created_at").fetchone()
    connection.close()
    return str(found[0])


def filled(server: Server, key: str) -> Tenant:
    """A tenant with a source, a document, a job and a conversation."""
    client = server.client(key)
    source = client.post("/sources", json={"name": "Files", "type": "file"}).json()["id"]
    note = {"source_id": source, "title": "Opening hours", "content": "We open at nine o'clock."}
    job = client.post("/ingest/text", json=note).json()["job_id"]
    assert server.wait_for_job(client, job)["status"] == "completed"
    documents = client.get(f"/sources/{source}/documents").json()["data"]
    reply = client.post("/chat", json={"message": "When do you open?"}).json()
    ids = {
        "source": source,
        "document": documents[0]["id"],
        "job": job,
        "thread": reply["thread_id"],
        "message": reply["id"],
    }
    return Tenant(client, ids)


@pytest.fixture(scope="module")
def tenant(server: Server) -> Iterator[Tenant]:
    tenant = filled(server, create_key(server.data_dir))
    yield tenant
    tenant.client.close()


@pytest.fixture(scope="module")
def other(server: Server) -> Iterator[Tenant]:
    """Someone else's workspace on the same server."""
    workspace = new_id("wsp")
    with sqlite3.connect(server.data_dir / "cevvo.db", timeout=30) as connection:
        connection.execute("INSERT INTO workspaces VALUES (?, 'Other', 9e15)", (workspace,))
    connection.close()
    tenant = filled(server, key_in_database(server, workspace, ALL_SCOPES))
    yield tenant
    tenant.client.close()


@pytest.fixture
def nothing() -> dict[str, str]:
    """Ids that nothing has."""
    return {kind: f"{prefix}_{base62(22)}" for kind, prefix in PREFIXES.items()}


def wrong_shape(response: httpx2.Response, status: int | None = None) -> str | None:
    """What is wrong with it as an error; None when it is one as documented."""
    if status is not None and response.status_code != status:
        return f"{response.status_code} instead of {status}: {response.text[:200]}"
    if not 400 <= response.status_code < 500:
        return f"{response.status_code}: {response.text[:200]}"
    if response.request.method == "HEAD":
        return None
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return f"{response.status_code} without the error shape: {response.text[:200]!r}"
    if set(error) != {"code", "message", "param", "request_id"} or not error["message"]:
        return f"not the error shape: {error}"
    if error["request_id"] != response.headers["x-request-id"]:
        return f"another request id than its header's: {error}"
    return None


def fails(response: httpx2.Response) -> str | None:
    """What is wrong with an answer that may be a success or an error of the client's."""
    return None if response.status_code < 300 else wrong_shape(response)


def test_s15_without_a_key_no_route_and_no_method_answers(
    server: Server, operations: list[Operation], nothing: dict[str, str]
) -> None:
    faults = []
    urls = {operation.url(nothing) for operation in operations} | {"", "/", "/nothing"}
    with httpx2.Client(base_url=f"{server.url}/api/v1") as client:
        for url in urls:
            for method in METHODS:
                response = client.request(method, url)
                fault = wrong_shape(response, 401)
                if fault or response.headers.get("www-authenticate") != "Bearer":
                    faults.append(f"{method} {url}: {fault}")
    assert not faults, "\n".join(faults)


def test_other_methods_are_refused_and_those_there_are_named(
    tenant: Tenant, operations: list[Operation], nothing: dict[str, str]
) -> None:
    faults: list[str] = []
    described: dict[str, set[str]] = {}
    for operation in operations:  # a path may be a place in another's template, too
        url = operation.url(nothing)
        described[url] = {each.method for each in operations if each.takes(f"/api/v1{url}")}
    for url, methods in described.items():
        for method in set(METHODS) - methods:
            response = tenant.client.request(method, url)
            allowed = set(response.headers.get("allow", "").split(", "))
            if (fault := wrong_shape(response, 405)) or allowed != methods:
                faults.append(f"{method} {url} allows {allowed}: {fault}")
    assert not faults, "\n".join(faults)


def test_what_needs_no_key(server: Server) -> None:
    with httpx2.Client(base_url=server.url) as client:
        assert [client.get(path).status_code for path in NO_KEY_NEEDED[:-1]] == [200] * 4


def test_each_route_needs_exactly_one_scope(
    server: Server, operations: list[Operation], own_workspace: str, nothing: dict[str, str]
) -> None:
    faults = []
    clients = {
        scope: server.client(key_in_database(server, own_workspace, (scope,) if scope else ()))
        for scope in ("", "chat", "read", "ingest", "admin")
    }
    for operation in operations:
        allowed = []
        for scope, client in clients.items():
            response = operation.send(client, nothing, bodiless(operation))
            if response.status_code != 403:
                allowed.append(scope)
            elif fault := wrong_shape(response, 403):
                faults.append(f"{operation}: {fault}")
        if allowed[-1:] != ["admin"] or len(allowed) > 2 or "" in allowed:
            faults.append(f"{operation} is open to {allowed}")
    for client in clients.values():
        client.close()
    assert not faults, "\n".join(faults)


def bodiless(operation: Operation) -> dict[str, Any]:
    """A body that no endpoint accepts, in a form that every one understands."""
    return dict.fromkeys(operation.body.get("properties", {}), "\0" * 20_000)


def test_r26_odd_bodies_are_refused_in_the_error_shape(
    tenant: Tenant, operations: list[Operation]
) -> None:
    faults = []
    for operation in operations:
        for name, body in WHOLE_BODIES.items():
            for content_type in ("application/json", *OTHER_TYPES.get(name, ())):
                headers = {} if content_type is None else {"Content-Type": content_type}
                response = tenant.client.request(
                    operation.method,
                    operation.url(tenant_like(tenant)),
                    content=body,
                    headers=headers,
                )
                check = wrong_shape if operation.body.get("required") else fails
                if fault := check(response):
                    faults.append(f"{operation}, {name} as {content_type}: {fault}")
    assert not faults, "\n".join(faults)


def tenant_like(tenant: Tenant) -> dict[str, str]:
    """Ids of the tenant's that nothing has, so that no odd request does harm."""
    return {
        kind: value[:-1] + ("0" if value[-1] != "0" else "1") for kind, value in tenant.ids.items()
    }


def accepted_types(schema: dict[str, Any]) -> set[str]:
    """The types of JSON that a field takes; all of them where its description leaves that open."""
    if "anyOf" in schema:
        return set().union(*(accepted_types(each) for each in schema["anyOf"]))
    if "$ref" in schema:
        return {"object"}
    kind = schema.get("type")
    return {"number" if kind == "integer" else kind} if kind else set(VALUES)


def test_r26_odd_values_of_every_field(tenant: Tenant, operations: list[Operation]) -> None:
    faults = []
    for operation in operations:
        if operation.media_type != "application/json":
            continue
        for name, schema in operation.body["properties"].items():
            accepted = accepted_types(schema)
            for kind, values in VALUES.items():
                for value in values:
                    fields = operation.example() | {name: value}
                    response = operation.send(tenant.client, tenant_like(tenant), fields)
                    fault = fails(response)
                    if fault is None and kind not in accepted:
                        fault = wrong_shape(response, 400)
                        param = str(response.json().get("error", {}).get("param"))
                        if fault is None and param.split("[")[0].split(".")[0] != name:
                            fault = f"names {param!r}: {response.text}"
                    if fault:
                        faults.append(f"{operation} {name}={value!r:.60}: {fault}")
    assert not faults, "\n".join(faults)


def test_r26_odd_query_values(tenant: Tenant, operations: list[Operation]) -> None:
    faults = []
    for operation in operations:
        for name in operation.names("query"):
            for value in QUERY_VALUES:
                response = tenant.client.request(
                    operation.method, operation.url(tenant.ids), params={name: value}
                )
                if fault := fails(response):
                    faults.append(f"{operation} {name}={value[:20]!r}: {fault}")
                elif response.status_code == 400 and response.json()["error"]["param"] != name:
                    faults.append(f"{operation} {name}={value[:20]!r} names {response.text}")
    assert not faults, "\n".join(faults)


def test_r26_odd_ids_in_paths(
    tenant: Tenant, operations: list[Operation], nothing: dict[str, str]
) -> None:
    odd = ("%00", "%ff", "%ED%A0%80", "..%2f..%2fetc", "'", "%22", "x" * 5000, "%E2%80%AE", "%20")
    faults = []
    for operation in operations:
        for name in operation.names("path"):
            for value in odd:
                ids = nothing | {IDS[name]: value}
                response = operation.send(tenant.client, ids, operation.example())
                if fault := wrong_shape(response):
                    faults.append(f"{operation} {name}={value[:20]}: {fault}")
    assert not faults, "\n".join(faults)


def test_s5_fields_that_are_not_the_clients_to_set_change_nothing(tenant: Tenant) -> None:
    more = {"id": "src_mine", "workspace_id": "wsp_x", "status": "synced", "document_count": 9}
    made = tenant.client.post("/sources", json={"name": "A", "type": "text"} | more).json()
    changed = tenant.client.put(f"/sources/{made['id']}", json={"name": "B"} | more).json()
    shown = tenant.client.get(f"/sources/{made['id']}").json()
    assert changed == shown
    assert (made["status"], shown["status"], shown["document_count"]) == ("pending", "pending", 0)
    assert tenant.client.get("/sources/src_mine").status_code == 404


def everything(tenant: Tenant) -> dict[str, Any]:
    """All that a tenant has, as it sees it."""
    source, thread = tenant.ids["source"], tenant.ids["thread"]
    paths = (
        "/sources",
        f"/sources/{source}/documents/{tenant.ids['document']}",
        "/conversations",
        f"/conversations/{thread}",
        f"/ingest/status/{tenant.ids['job']}",
        "/analytics/overview",
    )
    return {path: tenant.client.get(path).json() for path in paths}


def id_places(operation: Operation) -> list[tuple[str, str]]:
    """Where an id stands: in its path or its body, and under which name."""
    places = [("path", name) for name in operation.names("path")]
    fields = operation.names("body")
    named = [name for name in fields if name.endswith(("_id", "_ids")) and name not in STRAY_IDS]
    return places + [("body", name) for name in named]


def test_s1_s2_another_workspaces_ids_are_ids_that_nothing_has(
    tenant: Tenant, other: Tenant, operations: list[Operation], nothing: dict[str, str]
) -> None:
    before, faults, tried = everything(other), [], 0
    for operation in operations:
        for place, name in id_places(operation):
            answers = []
            for given in (other.ids[IDS[name]], nothing[IDS[name]]):
                ids, fields = dict(tenant.ids), operation.example()
                if place == "path":
                    ids[IDS[name]] = given
                else:
                    fields[name] = [given] if name.endswith("s") else given
                response = operation.send(tenant.client, ids, fields)
                if fault := wrong_shape(response, 404):
                    faults.append(f"{operation} {place} {name}: {fault}")
                request_id = response.headers["x-request-id"]
                answers.append(response.text.replace(given, "ID").replace(request_id, "REQ"))
                tried += 1
            if answers[0] != answers[1]:
                faults.append(f"{operation} {place} {name} tells them apart: {answers}")
    assert not faults, "\n".join(faults)
    assert tried > 30
    assert everything(other) == before

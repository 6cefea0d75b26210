"""Every operation of the API out of ``/openapi.json``, and two tenants to try them with.

A route that is added later is tried by every test that walks, without a line more: its ids are
made or listed by the collection that they belong to, its bodies are the description's examples.
Where that is not enough, `Unlisted` says what to add here.
"""

import json
import re
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2

from cevvo.domain.ids import base62, new_id
from cevvo.foundation.access.cookie import NAME
from cevvo.foundation.access.tokens import new_token, token_hash
from conftest import Server, insert
from conftest import key_in_database as key_in_database  # what a walk is tried with

API = "/api/v1"
SAME_AS = {"conversation_id": "thread_id", "source_ids": "source_id"}  # another name for an id
STRAY_IDS = {"user_id"}  # end in "_id" and are the client's own
PUBLIC: set[str] = {
    "GET /api/v1/session/options",  # the sign-in page has to know what to offer
    "POST /api/v1/session",  # signing in
    "GET /api/v1/session/oidc",  # the same, with an identity provider
    "GET /api/v1/session/oidc/callback",
    "POST /api/v1/setup",  # by a one-time link that the command line prints
    "POST /api/v1/invitations/open",  # by a one-time link
    "POST /api/v1/invitations/accept",
    "POST /api/v1/password-resets",  # says the same to everyone
    "POST /api/v1/password-resets/complete",  # by a one-time link
}
"""Operations of the API that need no key, as ``POST /api/v1/...``. Each needs a reason:
whoever reaches the port may use it."""
Schema = dict[str, Any]
Place = tuple[str, ...]
"""Where a value stands in a body: names, and one of these."""
ITEM = "[]"
ANY_NAME = "product"


class Unlisted(AssertionError):
    """A route needs something that the description does not tell."""


@dataclass(frozen=True)
class Operation:
    """One method of one path. ``body`` is the resolved schema of its JSON or form fields."""

    server: str
    method: str
    path: str
    parameters: list[Schema]
    media_type: str | None
    body: Schema
    security: list[Schema] = field(default_factory=list)
    answers: Schema = field(default_factory=dict)  # the schema of its success, in JSON
    schemas: Schema = field(default_factory=dict, repr=False)
    is_endless: bool = False  # a stream that goes on until the client leaves

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_open(self) -> bool:
        """Whether its description says that it needs no key."""
        return self.security == [] or {} in self.security

    @property
    def is_for_people(self) -> bool:
        """Whether it takes a session, and no key."""
        return self.security == [{"Session": []}]

    def names(self, place: str) -> list[str]:
        """Parameters in ``path`` or ``query``, or fields of the ``body``."""
        if place == "body":
            return list(self.body.get("properties", {}))
        return [each["name"] for each in self.parameters if each["in"] == place]

    def url(self, ids: dict[str, str]) -> str:
        """The whole URL with an id in each place of the path."""
        values = {name: id_of(ids, name, self) for name in self.names("path")}
        return self.server + self.path.format(**values)

    def takes(self, url: str) -> bool:
        """Whether the path's template matches this URL's."""
        template = re.escape(self.server) + re.sub(r"\{\w+\}", "[^/]+", self.path)
        return re.fullmatch(template, url) is not None

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

    def own_example(self, ids: dict[str, str]) -> dict[str, Any]:
        """The same with the ids of a tenant in it; ids that it leaves out stay out."""
        fields = dict(self.example())
        for path in self.id_fields():
            if path[0] in fields:
                fields = with_value(fields, path, id_of(ids, name_of(path), self))
        return fields

    def id_fields(self) -> list[Place]:
        """Where the body has ids."""
        return [place for place in self.text_fields() if is_id(name_of(place))]

    def text_fields(self) -> list[Place]:
        """Where the body has text of the client's own choice."""
        return list(dict.fromkeys(_texts(self.body, self.schemas, ())))

    def send(
        self,
        client: httpx2.Client,
        ids: dict[str, str],
        fields: dict[str, Any],
        **more: Any,
    ) -> httpx2.Response:
        """Send it with ``fields`` in the body, if it takes one."""
        if self.media_type is None:
            return self.request(client, self.url(ids), **more)
        if self.media_type == "multipart/form-data":
            content = fields.get("file", "# Note\n\nA few words.\n")
            file = {"file": (more.pop("file_name", "note.md"), str(content).encode())}
            data = {name: value for name, value in fields.items() if name != "file"}
            return client.request(self.method, self.url(ids), files=file, data=data, **more)
        headers = {"Content-Type": "application/json"} | more.pop("headers", {})
        content = json.dumps(fields)
        return client.request(self.method, self.url(ids), content=content, headers=headers, **more)

    def request(self, client: httpx2.Client, url: str, **more: Any) -> httpx2.Response:
        """The answer to any such request; of an endless stream its first piece."""
        if not self.is_endless:
            return client.request(self.method, url, **more)
        with client.stream(self.method, url, **more) as response:
            if response.status_code != 200:
                response.read()
                return response
            begun = next(response.iter_bytes())
            headers = [
                each for each in response.headers.multi_items() if each[0] != "transfer-encoding"
            ]
            return httpx2.Response(200, headers=headers, content=begun, request=response.request)


class KeyOrSession(httpx2.Auth):
    """Sends the client's API key, but where a session is asked for, that of an owner.

    The session ends whenever a walk happens to end it; another one then begins.
    """

    def __init__(self, server: Server, workspace: str, operations: list[Operation]) -> None:
        self._server = server
        self._for_people = [each for each in operations if each.is_for_people]
        self._workspace = workspace
        self.person = new_id("per")
        self._token = ""

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Used by httpx2 for every request."""
        url = str(request.url).partition("?")[0]
        if not any(each.method == request.method and each.takes(url) for each in self._for_people):
            yield request
            return
        if not request.headers.pop("authorization", None):
            raise AssertionError("a walk without a key has no session either")
        host = request.url.netloc.decode()
        request.headers["origin"] = f"http://{host}"
        for _ in range(2):
            request.headers["cookie"] = f"{NAME}={self._token}"
            response = yield request
            if response.status_code != 401:
                return
            self._begin()

    def _begin(self) -> None:
        now = int(time.time() * 1000)
        self._token = new_token()
        if not self._server.stored("SELECT id FROM people WHERE id = ?", self.person):
            columns = {"id": self.person, "email": f"{self.person.lower()}@example.com"}
            insert(self._server, "people", columns | {"name": "Owner", "created_at": now})
        member = {"workspace_id": self._workspace, "person_id": self.person}
        query = "SELECT role FROM memberships WHERE person_id = ?"
        if not self._server.stored(query, self.person):
            insert(self._server, "memberships", member | {"role": "owner", "created_at": now})
        session = {"id": new_id("ses"), "hash": token_hash(self._token), "created_at": now}
        until = {"last_used_at": now, "expires_at": now + 3_600_000}
        insert(self._server, "sessions", member | session | until)


@dataclass
class Tenant:
    """A client of one workspace, and the ids of one object of each kind in it."""

    client: httpx2.Client
    workspace: str
    ids: dict[str, str]


def operations_of(server: Server) -> list[Operation]:
    """All that the server describes."""
    description = httpx2.get(f"{server.url}/openapi.json", timeout=60).json()
    schemas = description["components"]["schemas"]
    found = []
    for path, item in description["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {})
            media_type = next(iter(content), None)
            body = resolved(content[media_type]["schema"], schemas) if media_type else {}
            success = next(
                answer for status, answer in operation["responses"].items() if status < "4"
            )
            answer = success.get("content", {}).get("application/json", {}).get("schema", {})
            found.append(
                Operation(
                    server.url,
                    method.upper(),
                    path,
                    operation.get("parameters", []),
                    media_type,
                    body,
                    operation.get("security", []),
                    resolved(answer, schemas),
                    schemas,
                    method == "get" and "text/event-stream" in success.get("content", {}),
                )
            )
    assert len(found) >= 16
    return found


def resolved(schema: Schema, schemas: Schema) -> Schema:
    """What a reference leads to."""
    if "$ref" not in schema:
        return schema
    found: Schema = schemas[schema["$ref"].rpartition("/")[2]]
    return found


def _texts(schema: Schema, schemas: Schema, at: Place) -> Iterator[Place]:
    schema = resolved(schema, schemas)
    for option in schema.get("anyOf", []):
        yield from _texts(option, schemas, at)
    free = not {"enum", "const", "format"} & set(schema)
    if schema.get("type") == "string" and free:
        yield at
    for name, child in schema.get("properties", {}).items():
        yield from _texts(child, schemas, (*at, name))
    if schema.get("type") == "array":
        yield from _texts(schema["items"], schemas, (*at, ITEM))
    if isinstance(schema.get("additionalProperties"), dict):
        yield (*at, ANY_NAME)


def with_value(fields: Any, place: Place, value: Any) -> Any:
    """A copy of a body with ``value`` in that place: in a list the only item."""
    if not place:
        return value
    name, rest = place[0], place[1:]
    if name == ITEM:
        return [with_value({}, rest, value)]
    inner = fields.get(name) if isinstance(fields, dict) else None
    return (fields or {}) | {name: with_value(inner or {}, rest, value)}


def name_of(place: Place) -> str:
    """What the value in that place is called."""
    return [name for name in place if name not in (ITEM, ANY_NAME)][-1]


def is_id(name: str) -> bool:
    """Whether a name is that of an id which this server gave out."""
    return name.endswith(("_id", "_ids")) and name not in STRAY_IDS


def id_of(ids: dict[str, str], name: str, where: object) -> str:
    """The id that a parameter or field of that name takes."""
    for known in (name, SAME_AS.get(name)):
        if known in ids:
            return ids[known]
    raise Unlisted(
        f"{where} takes `{name}`, of which the tests have none. Make one in `filled`, or name in "
        "SAME_AS the id that it is; if it is the client's own, list it in STRAY_IDS."
    )


def new_workspace(server: Server, name: str = "Other") -> str:
    """A workspace of its own on the same server."""
    workspace = new_id("wsp")
    columns = {"id": workspace, "name": name, "created_at": int(time.time() * 1000)}
    insert(server, "workspaces", columns)
    return workspace


def filled(server: Server, workspace: str, key: str, operations: list[Operation]) -> Tenant:
    """A tenant with a source, a document, a job, a conversation and one of all else."""
    client = server.client(key)
    client.auth = KeyOrSession(server, workspace, operations)
    source = client.post("/sources", json={"name": "Files", "type": "file"}).json()["id"]
    note = {"source_id": source, "title": "Opening hours", "content": "We open at nine o'clock."}
    job = client.post("/ingest/text", json=note).json()["job_id"]
    assert server.wait_for_job(client, job)["status"] == "completed"
    documents = client.get(f"/sources/{source}/documents").json()["data"]
    client.post("/chat", json={"message": "Which colour has your delivery van?"})  # a gap
    reply = client.post("/chat", json={"message": "When do you open?"}).json()
    hook = {"url": "https://webhooks.test/", "events": ["source.failed"]}
    webhook = client.post("/webhooks", json=hook).json()["id"]
    ids = {
        "webhook_id": webhook,
        "delivery_id": client.post(f"/webhooks/{webhook}/test").json()["id"],
        "source_id": source,
        "document_id": documents[0]["id"],
        "job_id": job,
        "thread_id": reply["thread_id"],
        "message_id": reply["id"],
        "workspace_id": workspace,
    }
    tenant = Tenant(client, workspace, ids)
    for operation in sorted(operations, key=lambda each: len(each.path)):
        for name in operation.names("path"):
            if SAME_AS.get(name, name) not in ids:
                ids[name] = _found(tenant, operations, operation, name)
    return tenant


def _found(tenant: Tenant, operations: list[Operation], asked: Operation, name: str) -> str:
    """An id of a kind that is not known here: made in its collection, or the first that it has."""
    collection = asked.path.partition(f"/{{{name}}}")[0]
    there = {each.method: each for each in operations if each.path == collection}
    tried = []
    for method in ("POST", "GET"):
        if method in there:
            response = there[method].send(
                tenant.client, tenant.ids, there[method].own_example(tenant.ids)
            )
            tried.append(f"{there[method]} answered {response.status_code}: {response.text[:200]}")
            if response.status_code < 300:
                answer = response.json()
                items = answer.get("data", [answer])
                found = [item[key] for item in items for key in (name, "id") if key in item]
                if found:
                    return str(found[0])
    raise Unlisted(f"{asked} takes `{name}`: make one in `filled`. {' '.join(tried)}")


def nothing_like(ids: dict[str, str]) -> dict[str, str]:
    """Ids of the same form that nothing has."""
    return {name: f"{value.partition('_')[0]}_{base62(22)}" for name, value in ids.items()}


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

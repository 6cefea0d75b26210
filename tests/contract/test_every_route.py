"""What every route promises, held against every route that the server itself describes.

The routes come out of ``/openapi.json``, and so do the bodies: a route that is added later is
tested here without a line more.
"""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from api_walk import (
    Operation,
    Tenant,
    filled,
    nothing_like,
    operations_of,
    wrong_shape,
)
from conftest import Server, key_in_database

NO_KEY_NEEDED = ("/healthz", "/readyz", "/docs", "/openapi.json", "/")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
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


@pytest.fixture(scope="module")
def operations(server: Server) -> list[Operation]:
    return operations_of(server)


@pytest.fixture(scope="module")
def own_workspace(server: Server) -> str:
    return str(server.stored("SELECT id FROM workspaces ORDER BY created_at")[0][0])


@pytest.fixture(scope="module")
def tenant(server: Server, own_workspace: str, operations: list[Operation]) -> Iterator[Tenant]:
    tenant = filled(server, own_workspace, key_in_database(server, own_workspace), operations)
    yield tenant
    tenant.client.close()


@pytest.fixture
def nothing(tenant: Tenant) -> dict[str, str]:
    """Ids that nothing has."""
    return nothing_like(tenant.ids)


def fails(response: httpx2.Response) -> str | None:
    """What is wrong with an answer that may be a success or an error of the client's."""
    return None if response.status_code < 300 else wrong_shape(response)


def test_other_methods_are_refused_and_those_there_are_named(
    tenant: Tenant, operations: list[Operation], nothing: dict[str, str]
) -> None:
    faults: list[str] = []
    described: dict[str, set[str]] = {}
    for operation in operations:  # a path may be a place in another's template, too
        url = operation.url(nothing)
        described[url] = {each.method for each in operations if each.takes(url)}
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


def test_each_route_needs_exactly_one_scope_or_a_person_or_nothing(
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
        if operation.is_for_people or operation.security == []:
            as_described = allowed == ([] if operation.is_for_people else [*clients])
        else:
            as_described = allowed[-1:] == ["admin"] and len(allowed) <= 2 and "" not in allowed
        if not as_described:
            faults.append(f"{operation} is open to {allowed}")
    for client in clients.values():
        client.close()
    assert not faults, "\n".join(faults)


def bodiless(operation: Operation) -> dict[str, Any]:
    """A body that no endpoint accepts, in a form that every one understands."""
    # Longer than the longest text, and of as many as there are not over the limit of a body.
    return dict.fromkeys(operation.body.get("properties", {}), "\0" * 9_000)


def test_r26_odd_bodies_are_refused_in_the_error_shape(
    tenant: Tenant, operations: list[Operation]
) -> None:
    faults = []
    for operation in operations:
        for name, body in WHOLE_BODIES.items():
            for content_type in ("application/json", *OTHER_TYPES.get(name, ())):
                headers = {} if content_type is None else {"Content-Type": content_type}
                response = operation.request(
                    tenant.client,
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
                response = operation.request(
                    tenant.client, operation.url(tenant.ids), params={name: value}
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
                ids = nothing | {name: value}
                response = operation.send(tenant.client, ids, operation.example())
                if fault := wrong_shape(response):
                    faults.append(f"{operation} {name}={value[:20]}: {fault}")
    assert not faults, "\n".join(faults)

"""Another workspace's ids are ids that nothing has: in paths, queries, bodies and forms."""

import json
import secrets
import socket
from collections.abc import Iterator

import httpx2

from api_walk import (
    Operation,
    Tenant,
    id_of,
    is_id,
    name_of,
    nothing_like,
    with_value,
    wrong_shape,
)
from conftest import on_one_day
from faults.conftest import everything

Where = tuple[str, tuple[str, ...]]
STREAM = "/chat/stream"


def id_places(operation: Operation) -> Iterator[Where]:
    """Where an id stands, and under which names."""
    yield from (("path", (name,)) for name in operation.names("path"))
    yield from (("query", (name,)) for name in operation.names("query") if is_id(name))
    yield from (("body", path) for path in operation.id_fields())


def answer(operation: Operation, tenant: Tenant, place: Where, given: str) -> httpx2.Response:
    """The tenant's request as it should be, but for one id."""
    where, path = place
    ids, fields = tenant.ids, operation.own_example(tenant.ids)
    if where == "path":
        ids = ids | {path[0]: given}
    elif where == "body":
        fields = with_value(fields, path, given)
    query = {path[0]: given} if where == "query" else {}
    return operation.send(tenant.client, ids, fields, params=query)


def fault_of(response: httpx2.Response, place: Where) -> str | None:
    """A filter may find nothing; everything else is not found."""
    if place[0] == "query" and response.status_code == 200 and response.json().get("data") == []:
        return None
    return wrong_shape(response, 404)


def test_s1_s2_s4_another_workspaces_ids_are_ids_that_nothing_has(
    tenant: Tenant, other: Tenant, operations: list[Operation]
) -> None:
    on_one_day(180)  # figures by day are compared
    before, faults, tried = everything(other, operations), [], set()
    nothing = nothing_like(tenant.ids)
    for operation in operations:
        for place in id_places(operation):
            answers = []
            for owner in (other.ids, nothing):
                given = id_of(owner, name_of(place[1]), operation)
                response = answer(operation, tenant, place, given)
                if fault := fault_of(response, place):
                    faults.append(f"{operation} {place}: {fault}")
                request_id = response.headers["x-request-id"]
                answers.append(response.text.replace(given, "ID").replace(request_id, "REQ"))
            tried.add((str(operation), place))
            if answers[0] != answers[1]:
                faults.append(f"{operation} {place} tells them apart: {answers}")
    assert not faults, "\n".join(faults)
    assert len(tried) > 20
    assert ("POST /api/v1/chat/stream", ("body", ("thread_id",))) in tried
    assert everything(other, operations) == before


def test_s4_a_foreign_job_cannot_be_cancelled(tenant: Tenant, other: Tenant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a job that is surely unfinished
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        job = other.client.post("/ingest/url", json={"url": url}).json()["job_id"]
        assert tenant.client.post(f"/ingest/jobs/{job}/cancel").status_code == 404
        status = other.client.get(f"/ingest/status/{job}").json()["status"]
        assert status in ("queued", "processing")
        assert other.client.post(f"/ingest/jobs/{job}/cancel").json()["status"] == "cancelled"


def test_s4_nobody_gets_anothers_reply_by_their_idempotency_key(
    tenant: Tenant, other: Tenant
) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    for path in ("/chat", STREAM):
        threads = []
        for client in (other.client, tenant.client, other.client):
            response = client.post(path, json={"message": "When do you open?"}, headers=headers)
            assert response.status_code == 200
            threads.append(response.headers.get("x-thread-id") or response.json()["thread_id"])
            replayed = response.headers.get("idempotent-replayed")
        assert threads[0] == threads[2] != threads[1]
        assert replayed == "true"


def test_s4_a_foreign_thread_is_not_streamed_to(tenant: Tenant, other: Tenant) -> None:
    thread = f"/conversations/{other.ids['thread_id']}"
    before = other.client.get(thread).json()
    body = {"message": "And on Sundays?", "thread_id": other.ids["thread_id"]}
    response = tenant.client.post(STREAM, json=body)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.text)["error"]["code"] == "not_found"
    assert other.client.get(thread).json() == before

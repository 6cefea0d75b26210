"""``/openapi.json`` is true: what it describes comes back, and every field has an example."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from conftest import Server

JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


@pytest.fixture(scope="module")
def description(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = httpx2.get(f"{server.url}/openapi.json", timeout=60).json()
    return found


def deviations(
    value: Any, schema: dict[str, Any], description: dict[str, Any], where: str
) -> Iterator[str]:
    """Where ``value`` is not what ``schema`` says, both ways: no field more and none less."""
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        found = [list(deviations(value, each, description, where)) for each in options]
        if all(found):
            yield from min(found, key=len)
        return
    types = JSON_TYPES[schema["type"]] if "type" in schema else (object,)
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        yield f"{where} is {value!r}, not of type {schema.get('type')}"
    elif "const" in schema and value != schema["const"]:
        yield f"{where} is {value!r}, not {schema['const']!r}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{where} is {value!r}, not one of {schema['enum']}"
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from deviations(item, schema["items"], description, f"{where}[{number}]")
    elif isinstance(value, dict):
        properties = schema.get("properties", {})
        if not properties and schema.get("additionalProperties"):  # names of any kind
            return
        if set(value) != set(properties):
            yield f"{where} differs in {sorted(set(value) ^ set(properties))}"
        for name in set(value) & set(properties):
            yield from deviations(value[name], properties[name], description, f"{where}.{name}")


def without_example(schema: dict[str, Any]) -> Iterator[str]:
    """The fields that neither have an example nor consist of objects whose fields have."""
    for name, field in schema.get("properties", {}).items():
        described = [field, field.get("items", {}), *field.get("anyOf", [])]
        described += [each.get("items", {}) for each in field.get("anyOf", [])]
        nested = any("$ref" in each or "oneOf" in each for each in described)
        if not nested and "const" not in field and not field.get("examples"):
            yield name


def test_every_field_has_an_example(description: dict[str, Any]) -> None:
    bodies = {"Error", "JsonValue"}
    missing = [
        f"{name}.{field}"
        for name, schema in description["components"]["schemas"].items()
        if name not in bodies and not name.startswith("Body_") and not schema.get("examples")
        for field in without_example(schema)
    ]
    assert not missing


def test_schemas_have_names_that_people_can_read(description: dict[str, Any]) -> None:
    assert [name for name in description["components"]["schemas"] if "__" in name] == []


def test_what_comes_back_is_what_is_described(server: Server, description: dict[str, Any]) -> None:
    tried: set[tuple[str, str]] = set()
    wrong: list[str] = []
    with server.client() as client:

        def call(method: str, path: str, status: int = 200, /, **more: Any) -> Any:
            names = {f"{{{name}}}": value for name, value in ids.items()}
            url = path
            for name, value in names.items():
                url = url.replace(name, value)
            response = client.request(method, url, **more)
            assert response.status_code == status, response.text
            whole = path.removeprefix(server.url) if "://" in path else f"/api/v1{path}"
            tried.add((method.lower(), whole))
            operation = description["paths"][whole][method.lower()]
            described = operation["responses"][str(status)]
            absent = [name for name in described["headers"] if name not in response.headers]
            wrong.extend(f"{method} {path} lacks {name}" for name in absent)
            content = described["content"]
            schema = content["application/json"]["schema"]
            wrong.extend(deviations(response.json(), schema, description, f"{method} {path}"))
            return response.json()

        ids: dict[str, str] = {}
        new = {"name": "Notes", "type": "file"}
        source = ids["source_id"] = call("POST", "/sources", 201, json=new)["id"]
        file = {"file": ("hours.md", b"# Opening hours\n\nThe shop opens at nine o'clock.\n")}
        data = {"source_id": source}
        job = call("POST", "/ingest/upload", 202, files=file, data=data)["job_id"]
        ids["job_id"] = job
        server.wait_for_job(client, job)
        note = {"title": "Closing", "content": "The shop closes at five.", "source_id": source}
        server.wait_for_job(client, call("POST", "/ingest/text", 202, json=note)["job_id"])
        page = {"url": f"{server.url}/docs", "source_id": source}
        server.wait_for_job(client, call("POST", "/ingest/url", 202, json=page)["job_id"])
        call("GET", "/ingest/status/{job_id}")
        listed = call("GET", "/sources/{source_id}/documents")["data"]
        ids["document_id"] = listed[0]["id"]
        call("GET", "/sources/{source_id}/documents/{document_id}")
        call("GET", "/documents/{document_id}")
        uploaded = next(each for each in listed if each["title"] == "Opening hours")
        original = f"/sources/{source}/documents/{uploaded['id']}/original"
        assert client.get(original).content == file["file"][1]
        tried.add(("get", "/api/v1/sources/{source_id}/documents/{document_id}/original"))
        call("GET", "/sources")
        call("GET", "/sources/{source_id}")
        call("PUT", "/sources/{source_id}", json={"name": "Papers"})
        question = {"message": "When does the shop open?", "include": ["retrieved"]}
        answer = call("POST", "/chat", json=question)
        assert call("GET", "/sources/{source_id}/questions")["data"]
        assert answer["citations"]
        assert answer["retrieved"]
        ids["conversation_id"] = answer["thread_id"]
        rating = {"message_id": answer["id"], "rating": "positive", "comment": "Fine."}
        call("POST", "/feedback", json=rating)
        call("POST", "/chat", json={"message": "Who was Tutankhamun's mother?"})
        said = {"messages": [{"role": "user", "content": "When does the shop open?"}]}
        assert call("POST", f"{server.url}/v1/chat/completions", json=said)["cevvo"]["citations"]
        call("GET", f"{server.url}/v1/models")
        call("POST", f"{server.url}/v1/embeddings", json={"model": "auto", "input": "shop"})
        ids["message_id"] = answer["id"]
        assert call("GET", "/messages/{message_id}/trace")["trace"]["candidates"]
        assert call("POST", "/messages/{message_id}/replay")["same"]
        gap = call("GET", "/analytics/coverage-gaps")["data"][0]
        ids["gap_id"] = gap["id"]
        assert call("GET", "/analytics/coverage-gaps/{gap_id}")["conversations"]
        call("PUT", "/analytics/coverage-gaps/{gap_id}", json={"status": "open"})
        written = {"title": "Tutankhamun", "content": "Who was his mother? Nobody knows."}
        call("POST", "/analytics/coverage-gaps/{gap_id}/answer", 202, json=written)
        call("GET", "/analytics/stale-answers")
        call("GET", "/analytics/conflicts")
        call("GET", "/conversations")
        call("GET", "/conversations/{conversation_id}")
        call("POST", "/conversations/{conversation_id}/escalate", json={"reason": "Money"})
        for name in ("overview", "top-questions", "coverage-gaps", "timeseries"):
            call("GET", f"/analytics/{name}")
        exported = client.get("/conversations/export").text.splitlines()
        assert answer["thread_id"] in [json.loads(line)["id"] for line in exported]
        tried.add(("get", "/api/v1/conversations/export"))
        call("PUT", "/settings/answers", json={"refuse": [{"topic": "politics"}]})
        call("GET", "/settings/answers")
        call("PUT", "/settings/retention", json=call("GET", "/settings/retention"))
        call("PUT", "/settings/widget", json={"texts": {"en": {"title": "Ask"}}})
        call("GET", "/settings/widget")
        call("GET", "/widget")
        call("PUT", "/settings/widget", json={"texts": None})
        hook = {"url": f"{server.url}/nowhere", "events": ["gap.opened"]}
        ids["webhook_id"] = call("POST", "/webhooks", json=hook)["id"]
        call("GET", "/webhooks/{webhook_id}")
        call("PUT", "/webhooks/{webhook_id}", json={"include_text": True})
        call("POST", "/webhooks/{webhook_id}/rotate", json={})
        ids["delivery_id"] = call("POST", "/webhooks/{webhook_id}/test")["id"]
        call("POST", "/webhooks/{webhook_id}/deliveries/{delivery_id}/retry")
        assert call("GET", "/webhooks/{webhook_id}/deliveries")["data"]
        assert call("GET", "/webhooks")["data"]
        call("DELETE", "/webhooks/{webhook_id}")
        call("GET", "/usage")
        assert call("GET", "/audit-log")["data"]
        shop = {"name": "Shop", "kind": "publishable", "allowed_origins": ["https://shop.test"]}
        ids["key_id"] = call("POST", "/api-keys", json=shop)["id"]
        ids["key_id"] = call("POST", "/api-keys/{key_id}/rotate", json={})["id"]
        assert call("GET", "/api-keys")["data"]
        call("DELETE", "/api-keys/{key_id}")
        call("POST", "/visitor-tokens", json={"user_id": "user_42"})
        call("PUT", "/settings/answers", json={"refuse": None})
        call("DELETE", "/conversations/{conversation_id}")
        call("DELETE", "/conversations", params={"user_id": "user_42"})
        call("DELETE", "/sources/{source_id}/documents/{document_id}")
        call("DELETE", "/sources/{source_id}")
        site = {"name": "Site", "type": "website", "url": f"{server.url}/docs"}
        few = {"crawl": {"max_pages": 3}}  # all hundred take a busy machine more than a minute
        ids["source_id"] = call("POST", "/sources", 201, json=site | few)["id"]
        call("POST", "/sources/preview", json={"url": f"{server.url}/docs"})
        job = call("POST", "/sources/{source_id}/sync")["job_id"]
        server.wait_for_job(client, job)
        ids["job_id"] = job
        call("GET", "/ingest/status/{job_id}")
        assert call("GET", "/ingest/jobs/{job_id}/pages")["data"]
        assert call("GET", "/ingest/jobs")["data"]
        call("DELETE", "/sources/{source_id}")
        with socket.create_server(("127.0.0.1", 0)) as silent:  # a job that is surely unfinished
            page = {"url": f"http://127.0.0.1:{silent.getsockname()[1]}/"}
            ids["job_id"] = call("POST", "/ingest/url", 202, json=page)["job_id"]
            cancelled = call("POST", "/ingest/jobs/{job_id}/cancel")
            assert cancelled["status"] == "cancelled"
    assert not wrong, "\n".join(wrong)
    described = {
        (method, path)
        for path, item in description["paths"].items()
        for method, operation in item.items()
        if operation["security"] not in ([], [{"Session": []}])  # see test_people_described
    }
    streams = {("post", "/api/v1/chat/stream"), ("get", "/api/v1/ingest/jobs/stream")}
    assert described - tried == streams

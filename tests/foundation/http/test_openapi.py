"""The description says what is true of every endpoint."""

import json
from typing import Any

import pytest

from http_api import Api

STATUSES = {
    ("post", "/api/v1/orders"): {"201", "400", "401", "403", "408", "409", "413", "429"},
    ("post", "/api/v1/ingest/upload"): {
        *("200", "400", "401", "403", "404", "408", "409", "413", "415", "429")
    },
    ("post", "/api/v1/bare"): {"200", "400", "401", "403", "409", "429"},
    ("get", "/api/v1/items"): {"200", "400", "401", "403", "429"},
    ("delete", "/api/v1/items/{item_id}"): {"200", "400", "401", "403", "404", "429"},
}
SERVER_ERRORS = {"500", "503"}


@pytest.fixture
def description(api: Api) -> dict[str, Any]:
    with api.client(key=None) as client:
        found: dict[str, Any] = client.get("http://test/openapi.json").json()
        return found


def test_it_is_openapi_3_1_with_servers_and_a_bearer_key_or_a_session(
    description: dict[str, Any],
) -> None:
    assert description["openapi"].startswith("3.1")
    assert description["servers"][0]["url"] == "/"
    scheme = description["components"]["securitySchemes"]["ApiKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    session = description["components"]["securitySchemes"]["Session"]
    assert (session["type"], session["in"]) == ("apiKey", "cookie")
    for item in description["paths"].values():
        for operation in item.values():
            assert operation["security"] == [{"ApiKey": []}, {"Session": []}]


def test_nothing_of_422_is_left(description: dict[str, Any]) -> None:
    text = json.dumps(description)
    assert "422" not in text
    assert "ValidationError" not in text


def test_pages_have_a_readable_name(description: dict[str, Any]) -> None:
    assert "ItemPage" in description["components"]["schemas"]
    assert "Page_" not in json.dumps(description)


@pytest.mark.parametrize(("method", "path"), STATUSES)
def test_the_statuses_of_an_operation(description: dict[str, Any], method: str, path: str) -> None:
    responses = description["paths"][path][method]["responses"]
    more = {"507"} if method != "get" else set()
    assert set(responses) == STATUSES[method, path] | SERVER_ERRORS | more
    for status, response in responses.items():
        if status >= "400":
            assert response == {"$ref": f"#/components/responses/Error{status}"}
        else:
            assert "X-Request-Id" in response["headers"]


def test_every_error_has_the_error_schema(description: dict[str, Any]) -> None:
    for response in description["components"]["responses"].values():
        schema = response["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Error"}


def test_posts_take_an_idempotency_key(description: dict[str, Any]) -> None:
    for item in description["paths"].values():
        for method, operation in item.items():
            names = [parameter["name"] for parameter in operation.get("parameters", [])]
            assert ("Idempotency-Key" in names) == (method == "post")


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            found = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return found + [each for child in value.values() for each in references(child)]
        if isinstance(value, list):
            return [each for child in value for each in references(child)]
        return []

    for reference in references(description):
        place: Any = description
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]

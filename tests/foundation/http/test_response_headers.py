"""Request ids and the headers that every response carries."""

import io
import json

import pytest

from cevvo.foundation.telemetry.logging import configure
from http_api import Api


@pytest.mark.parametrize("given", ["abcdefgh", "A-Z_0.9" * 18, "00000000-1111-2222"])
def test_a_well_formed_request_id_is_kept(api: Api, given: str) -> None:
    with api.client() as client:
        response = client.get("/items", headers={"X-Request-Id": given})
    assert response.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", ["", "short", "x" * 129, "has space", "ümlaut-id", 'a"b"c"d"e'])
def test_s41_another_one_is_replaced(api: Api, given: str) -> None:
    with api.client() as client:
        headers = {b"X-Request-Id": given.encode("latin-1")}
        first = client.get("/items", headers=headers).headers["x-request-id"]
        second = client.get("/items", headers=headers).headers["x-request-id"]
    assert first.startswith("req_")
    assert first != second


def test_every_response_is_not_to_be_sniffed_and_api_responses_not_stored(api: Api) -> None:
    with api.client() as client:
        inside = client.get("/items").headers
        outside = client.get("http://test/openapi.json").headers
        stream = client.post("/stream/whole").headers
    for headers in (inside, outside, stream):
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "x-request-id" in headers
    assert inside["cache-control"] == "no-store"
    assert "cache-control" not in outside
    assert stream.get_list("cache-control") == ["no-cache, no-transform"]


def test_the_log_has_a_line_for_each_request(api: Api) -> None:
    stream = io.StringIO()
    configure("info", stream)
    try:
        with api.client() as client:
            client.get("/items/private-name?q=private", headers={"X-Request-Id": "my-request-1"})
    finally:
        configure()
    line = json.loads(stream.getvalue())
    assert line["event"] == "request"
    assert line["request_id"] == "my-request-1"
    assert line["method"] == "GET"
    assert line["route"] == "/api/v1/items/{item_id}"
    assert line["status"] == 200
    assert line["caller_id"].startswith("key_")
    assert line["ms"] > 0
    assert "private" not in stream.getvalue()

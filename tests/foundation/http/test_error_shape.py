"""Every failure, whatever made it, is one shape with a true status."""

import gzip
import logging
from typing import Any

import httpx2
import pytest
from fastapi.exceptions import RequestValidationError

from cevvo.foundation.http.validation import invalid_request
from http_api import SECRET, Api


def error_of(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The error of a response, after checking all that every error has."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["error"]
    error: dict[str, Any] = response.json()["error"]
    assert list(error) == ["code", "message", "param", "request_id"]
    assert error["code"] == code
    assert error["message"].endswith(".")
    assert error["request_id"] == response.headers["x-request-id"]
    assert response.headers["x-content-type-options"] == "nosniff"
    return error


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ({}, "message", "`message` is required."),
        ({"message": 5}, "message", "`message` should be a valid string, not a number."),
        ({"message": None}, "message", "`message` should be a valid string, not null."),
        ({"message": ""}, "message", "`message` should have at least 1 character."),
        ({"message": "x" * 21}, "message", "`message` should have at most 20 characters."),
        (
            {"message": "x", "mode": "warp"},
            "mode",
            "`mode` should be 'fast' or 'slow', not \"warp\".",
        ),
        (
            {"message": "x", "urgent": "true"},
            "urgent",
            "`urgent` should be a valid boolean, not a string.",
        ),
        (
            {"message": "x", "crawl": {"max_pages": 101}},
            "crawl.max_pages",
            "`crawl.max_pages` should be less than or equal to 100.",
        ),
        (
            {"message": "x", "crawl": {"max_pages": "5"}},
            "crawl.max_pages",
            "`crawl.max_pages` should be a valid integer, not a string.",
        ),
        (
            {"message": "x", "crawl": {"include": ["a", 1]}},
            "crawl.include[1]",
            "`crawl.include[1]` should be a valid string, not a number.",
        ),
        (
            {"message": "x", "crawl": {"include": "a"}},
            "crawl.include",
            "`crawl.include` should be a valid list, not a string.",
        ),
        ([], None, "The body must be a JSON object, not an array."),
        ("text", None, "The body must be a JSON object, not a string."),
    ],
)
def test_a_wrong_field_is_named_with_what_would_be_right(
    api: Api, body: object, param: str | None, message: str
) -> None:
    with api.client() as client:
        error = error_of(client.post("/orders", json=body), 400, "invalid_request")
    assert error["param"] == param
    assert error["message"].startswith(message)
    assert api.state.done == []


def test_several_faults_are_told_at_once(api: Api) -> None:
    with api.client() as client:
        response = client.post("/orders", json={"mode": "x", "urgent": 1, "crawl": 5})
    error = error_of(response, 400, "invalid_request")
    assert "`message` is required. `mode` should" in error["message"]
    assert error["message"].endswith("And 1 more.")


def test_a_compressed_body_is_told_from_a_broken_one(api: Api) -> None:
    with api.client() as client:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        body = gzip.compress(b'{"message": "x"}')
        refused = client.post("/orders", content=body, headers=headers)
    message = error_of(refused, 400, "invalid_request")["message"]
    assert message.startswith("The body came with `Content-Encoding: gzip`, which is not read")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message": "x",\n  "mode" "fast"}', "line 2, column 10: Expecting ':' delimiter."),
        (b"", "This request needs a body."),
        (b"{", "line 1, column 2"),
        (b'"\xff"', "The body is not valid UTF-8."),
        (b"[" * 200_000, "The body is nested too deeply."),
        (b"1" * 5000, "The body holds a number of too many digits."),
        (b'{"message": "\\ud800"}', "`message` holds half a character"),
    ],
)
def test_bad_json_says_where(api: Api, body: bytes, message: str) -> None:
    with api.client() as client:
        headers = {"Content-Type": "application/json"}
        response = client.post("/orders", content=body, headers=headers)
    assert message in error_of(response, 400, "invalid_request")["message"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_json_without_its_content_type_is_told(api: Api, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    with api.client() as client:
        response = client.post("/orders", content=b'{"message": "x"}', headers=headers)
    error = error_of(response, 400, "invalid_request")
    assert "Content-Type: application/json" in error["message"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"nonsense"),
        ("multipart/form-data; boundary=b", b"--b\r\nX: y\r\n\r\nz\r\n--b--\r\n"),
        ("application/json", b'{"file": "x"}'),
        ("multipart/form-data; boundary=b", b""),
    ],
)
def test_a_broken_upload_is_a_400(api: Api, content_type: str, body: bytes) -> None:
    with api.client() as client:
        response = client.post(
            "/ingest/upload", content=body, headers={"Content-Type": content_type}
        )
    error_of(response, 400, "invalid_request")


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=x", "page"),
        ("page=1.5", "page"),
        ("page=", "page"),
        ("per_page=0", "per_page"),
        ("per_page=101", "per_page"),
        ("page=" + "9" * 5000, "page"),
    ],
)
def test_a_page_out_of_range_is_a_400(api: Api, query: str, param: str) -> None:
    with api.client() as client:
        error = error_of(client.get(f"/items?{query}"), 400, "invalid_request")
    assert error["param"] == param
    assert error["message"].startswith(f"`{param}`")


def test_pages(api: Api) -> None:
    with api.client() as client:
        first = client.get("/items").json()
        last = client.get("/items?page=3&per_page=20").json()
        beyond = client.get("/items?page=9223372036854775807&per_page=100").json()
    assert first["meta"] == {"page": 1, "per_page": 20, "total": 45}
    assert [each["name"] for each in first["data"]] == [str(number) for number in range(20)]
    assert [each["name"] for each in last["data"]] == ["40", "41", "42", "43", "44"]
    assert beyond == {"data": [], "meta": {"page": 2**63 - 1, "per_page": 100, "total": 45}}


@pytest.mark.parametrize("path", ["/nothing", "/orders/", "/items/a/b", "//orders", "/%2e%2e/x"])
def test_an_unknown_path_is_a_404(api: Api, path: str) -> None:
    with api.client() as client:
        client.follow_redirects = False
        api.app.router.redirect_slashes = False
        error_of(client.get(path), 404, "not_found")


def test_paths_outside_the_api_have_the_shape_too(api: Api) -> None:
    with api.client(key=None) as client:
        error_of(client.get("http://test/nothing"), 404, "not_found")


def test_a_wrong_method_names_all_right_ones(api: Api) -> None:
    with api.client() as client:
        response = client.post("/items/a", json={})
    error = error_of(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "GET, DELETE"
    assert error["message"] == "POST is not allowed on /api/v1/items/a; allowed: GET, DELETE."


@pytest.mark.parametrize(
    ("kind", "status", "code", "retry_after"),
    [
        ("conflict", 409, "conflict", None),
        ("provider", 502, "provider_error", None),
        ("unavailable", 503, "unavailable", "5"),
        ("full", 507, "storage_full", "5"),
    ],
)
def test_errors_on_purpose_keep_their_words(
    api: Api, kind: str, status: int, code: str, retry_after: str | None
) -> None:
    with api.client() as client:
        response = client.post(f"/fail/{kind}")
    error_of(response, status, code)
    assert response.headers.get("retry-after") == retry_after


@pytest.mark.parametrize("kind", ["surprise", "ingest"])
def test_s42_an_unexpected_error_tells_nothing_but_where_to_look(
    api: Api, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with api.client() as client, caplog.at_level(logging.ERROR):
        response = client.post(f"/fail/{kind}", headers={"X-Request-Id": "look-here-1"})
    error = error_of(response, 500, "internal_error")
    assert SECRET not in response.text
    assert "secret" not in response.text
    assert "look-here-1" in error["message"]
    logged = [line for line in caplog.text.splitlines() if "unexpected_error" in line]
    assert len(logged) == 1
    assert "look-here-1" in logged[0]


def test_a_request_with_nothing_but_its_path_never_breaks_the_server(api: Api) -> None:
    with api.client() as client:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "BREW"):
            for path in ("/orders", "/items", "/items/%ff", "/stream/x", "/ingest/upload"):
                response = client.request(method, path)
                assert response.status_code < 500, (method, path)
                assert "x-request-id" in response.headers


def test_a_field_deep_inside_is_named_by_its_beginning() -> None:
    error = RequestValidationError(
        [{"type": "recursion_loop", "loc": ("body", "a", *range(500)), "msg": "…", "input": 1}]
    )
    shown = invalid_request(error)
    assert shown.param == "a[0][1][2][3][4][5][6]"
    assert shown.message == "`a[0][1][2][3][4][5][6]` is nested too deeply."


def test_text_in_place_of_a_file_is_refused_in_words_of_the_request(api: Api) -> None:
    with api.client() as client:
        response = client.post("/ingest/upload", files={"file": (None, "text")})
    message = error_of(response, 400, "invalid_request")["message"]
    assert message == "`file` must be a file: send it as a part that has a file name."

"""S26, S27: what every response says to browsers, whoever made it."""

import re

import httpx2
import pytest

from conftest import Server

PAGES = ("/", "/sources/src_x", "/docs", "/api-keys", "/widget", "/widget/demo")
OTHERS = (
    ("GET", "/openapi.json"), ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/assets/none.js"),
    ("GET", "/api/v1/sources"), ("GET", "/api/v1/nothing"), ("PATCH", "/api/v1/chat"),
    ("POST", "/api/v1/chat"), ("POST", "/api/v1/chat/stream"), ("OPTIONS", "/api/v1/chat"),
    ("DELETE", "/"), ("GET", "/favicon.svg"),
)  # fmt: skip


def policy_of(response: httpx2.Response) -> dict[str, list[str]]:
    """The policy by directive."""
    given = response.headers["content-security-policy"].split(";")
    return {parts[0]: parts[1:] for parts in (each.split() for each in given) if parts}


def check(response: httpx2.Response) -> None:
    policy = policy_of(response)
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    scripts = policy.get("script-src", [])
    assert scripts in ([], ["'self'"])
    for sources in policy.values():
        assert "'unsafe-inline'" not in sources
        assert "'unsafe-eval'" not in sources
        assert "*" not in sources
    headers = response.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "server" not in headers
    assert "x-powered-by" not in headers


@pytest.mark.parametrize("page", PAGES)
def test_s26_pages(server: Server, page: str) -> None:
    response = httpx2.get(f"{server.url}{page}")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    check(response)
    assert "<script>" not in response.text
    assert " onload=" not in response.text


@pytest.mark.parametrize(("method", "path"), OTHERS)
@pytest.mark.parametrize("keyed", [True, False])
def test_s26_everything_else(server: Server, method: str, path: str, keyed: bool) -> None:
    headers = {"Authorization": f"Bearer {server.key}"} if keyed else {}
    check(httpx2.request(method, f"{server.url}{path}", headers=headers))


def test_s26_the_widget_is_for_every_website_and_says_nothing_of_anyone(server: Server) -> None:
    loader = httpx2.get(f"{server.url}/widget.js", headers={"Cookie": "x=y"})
    (name,) = re.findall(r"widget/assets/app-[\w-]+\.js", loader.text)
    app = httpx2.get(f"{server.url}/{name}")
    for response, cached in ((loader, "max-age=300"), (app, "immutable")):
        assert response.headers["content-type"].startswith("text/javascript")
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert cached in response.headers["cache-control"]
        assert "set-cookie" not in response.headers
    for path in ("/widget/assets/none.js", "/widget/demo.txt", "/widget/assets/..%2fdemo.html"):
        missing = httpx2.get(f"{server.url}{path}")
        assert "access-control-allow-origin" not in missing.headers


def test_s26_over_https_browsers_are_told_to_stay_there(server: Server) -> None:
    assert "strict-transport-security" not in httpx2.get(f"{server.url}/healthz").headers


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("evil.html", b"<h1>Hi</h1><p>Words.</p><script>alert(document.cookie)</script>"),
        ("evil.md", b"# Hi\n\n<script>alert(1)</script>\n"),
    ],
)
def test_s27_an_upload_is_handed_back_to_be_saved_and_never_shown(
    server: Server, name: str, content: bytes
) -> None:
    with server.client() as client:
        job = client.post("/ingest/upload", files={"file": (name, content)}).json()
        server.wait_for_job(client, job["job_id"])
        listed = client.get(f"/sources/{job['source_id']}/documents").json()["data"]
        found = next(each for each in listed if each["title"] and "Hi" in each["title"])
        path = f"/sources/{job['source_id']}/documents/{found['id']}/original"
        response = client.get(path)
        client.delete(f"/sources/{job['source_id']}/documents/{found['id']}")
    assert response.content == content
    assert response.headers["content-disposition"].startswith("attachment;")
    policy = policy_of(response)
    assert "sandbox" in policy
    assert policy["sandbox"] == []
    assert policy["default-src"] == ["'none'"]
    assert response.headers["x-content-type-options"] == "nosniff"

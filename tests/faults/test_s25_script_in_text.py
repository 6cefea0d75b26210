"""Script in a text comes back as that text: as JSON or a download, never as a page.

What a browser makes of it, tests/e2e shows.
"""

from api_walk import Operation, Tenant
from conftest import Server
from faults.xss_payloads import PAYLOADS


def test_s25_no_operation_answers_with_a_page(tenant: Tenant, operations: list[Operation]) -> None:
    wrong = []
    for operation in operations:
        if operation.method == "DELETE":
            continue
        fields = operation.own_example(tenant.ids)
        response = operation.send(tenant.client, tenant.ids, fields)
        kind = response.headers["content-type"].partition(";")[0]
        attached = response.headers.get("content-disposition", "").startswith("attachment;")
        sandboxed = "sandbox" in response.headers.get("content-security-policy", "")
        if kind not in ("application/json", "text/event-stream") and not (attached and sandboxed):
            wrong.append(f"{operation}: {kind}")
        if response.headers["x-content-type-options"] != "nosniff":
            wrong.append(f"{operation}: may be sniffed")
    assert not wrong, "\n".join(wrong)


def test_s25_text_comes_back_as_it_was_sent(server: Server, tenant: Tenant) -> None:
    client = tenant.client
    for payload in PAYLOADS:
        made = client.post("/sources", json={"name": payload, "type": "file"})
        assert made.headers["content-type"] == "application/json"
        assert made.json()["name"] == payload
        client.delete(f"/sources/{made.json()['id']}")
    for payload in PAYLOADS[:8]:
        reply = client.post("/chat", json={"message": payload}).json()
        thread = client.get(f"/conversations/{reply['thread_id']}").json()
        assert thread["messages"][0]["content"] == payload
        assert thread["title"] in payload.replace("\n", " ")


def test_s25_errors_that_repeat_a_text_are_json_too(tenant: Tenant) -> None:
    for path in ("/sources/<script>alert(1)</script>", "/nothing/<img src=x onerror=alert(1)>"):
        response = tenant.client.get(path)
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-content-type-options"] == "nosniff"

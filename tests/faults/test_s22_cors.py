"""S22: other websites' scripts read nothing, unless a publishable key is for them."""

import pytest
from sqlalchemy import update

from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import api_keys
from http_api import Api

SITE = "https://shop.test"
OTHERS = [
    "null", "https://evil.test", "https://sub.shop.test", "https://shop.test.evil.test",
    "https://evilshop.test", "http://shop.test", "https://shop.test:444", "*", "HTTPS://SHOP.TEST",
    "http://test",
]  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS")


def preflight(api: Api, origin: str) -> dict[str, str]:
    """The CORS headers that a browser gets before it sends the request itself."""
    with api.client(key=None) as client:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        response = client.options("/orders", headers=headers)
    allowed = {n: v for n, v in response.headers.items() if n.startswith("access-control-")}
    assert response.status_code == (204 if allowed else 401)
    return allowed


@pytest.mark.parametrize("origin", OTHERS)
def test_s22_another_origin_may_read_nothing(api: Api, origin: str) -> None:
    publishable = api.make_key(origins=(SITE,))
    assert preflight(api, origin) == {}
    for key in (None, api.key, publishable):
        with api.client(key) as client:
            for method in METHODS:
                for url in ("/items", "http://test/openapi.json", "http://test/healthz"):
                    headers = {"Origin": origin, "Cookie": "__Host-cevvo_session=x"}
                    response = client.request(method, url, headers=headers)
                    named = [n for n in response.headers if n.startswith("access-control-")]
                    assert named == []


def test_s22_a_keys_own_site_may_and_never_with_credentials(api: Api) -> None:
    key = api.make_key(origins=(SITE, "http://localhost:5173"), rate_limit=3)
    assert preflight(api, SITE)["access-control-allow-origin"] == SITE
    with api.client(key) as client:
        client.headers["Origin"] = SITE
        answers = [client.get("/items") for _ in range(4)]
    assert [each.status_code for each in answers] == [403, 403, 403, 429]  # readable refusals
    for response in answers:
        assert response.headers["access-control-allow-origin"] == SITE
        assert "access-control-allow-credentials" not in response.headers
        assert "Origin" in response.headers["vary"]
    assert "access-control-allow-credentials" not in preflight(api, SITE)


def test_s22_the_sites_of_a_revoked_key_are_strangers_again(api: Api, db: Database) -> None:
    api.make_key(origins=(SITE,))
    assert preflight(api, SITE)
    db.write_now(
        lambda c: c.execute(
            update(api_keys).where(api_keys.c.kind == "publishable").values(revoked_at=1)
        )
    )
    api.clocks.seconds += 1
    assert preflight(api, SITE) == {}

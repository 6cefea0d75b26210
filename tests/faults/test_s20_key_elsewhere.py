"""S20: one way for a key to come in; in a URL it is refused, even beside a right one."""

import pytest

from cevvo.foundation.access.keys import generate
from http_api import Api


@pytest.mark.parametrize(
    "url",
    [
        "/items?api_key={key}",
        "/items?x=1&access_token={key}&y=2",
        "/items?{key}",
        "/items/{key}",
        "/items?token=cevvo_vt_abc.def",
    ],
)
@pytest.mark.parametrize("right", [True, False])
def test_s20_a_key_in_the_url_is_refused(api: Api, url: str, right: bool) -> None:
    with api.client("" if right else None) as client:
        response = client.get(url.format(key=api.make_key()))
    assert response.status_code == 401
    error = response.json()["error"]
    assert error["code"] == "invalid_api_key"
    assert "in the URL" in error["message"]
    assert "rotate" in error["message"]
    assert "cevvo_sk_" not in response.text


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "{key}"},
        {"Cookie": "Authorization=Bearer {key}"},
        {"Cookie": "__Host-cevvo_session={key}"},
        {"Proxy-Authorization": "Bearer {key}"},
        {"X-Visitor-Token": "{key}"},
    ],
)
def test_s20_other_headers_carry_no_key(api: Api, headers: dict[str, str]) -> None:
    given = {name: value.format(key=api.key) for name, value in headers.items()}
    with api.client(key=None) as client:
        assert client.get("/items", headers=given).status_code == 401


def test_s20_each_wrong_key_has_words_of_its_own(api: Api) -> None:
    publishable = api.make_key(origins=("https://shop.test",))
    words = {
        "cevvo_vt_abc.def": "is a visitor token",
        generate("secret"): "is not known here",
        generate("publishable"): "is not known here",
        api.key[:-1]: "starts with `cevvo_sk_`",
        api.key[:-1] + ("0" if api.key[-1] != "0" else "1"): "mistyped",
    }
    for key, expected in words.items():
        with api.client(key) as client:
            response = client.get("/items")
        assert response.status_code == 401
        assert expected in response.json()["error"]["message"]
    with api.client(publishable) as client:
        response = client.get("/items", headers={"Origin": "https://shop.test"})
    assert response.status_code == 403
    assert "is a publishable key" in response.json()["error"]["message"]

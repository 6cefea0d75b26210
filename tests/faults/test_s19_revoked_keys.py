"""S19: a revoked or expired key is dead within a second, in streams that are open too."""

import json

import pytest
from sqlalchemy import update

from cevvo.domain.time import Millis
from cevvo.foundation.access.keys import key_hash
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import api_keys
from http_api import Api


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_s19_an_open_stream_ends_with_an_error_event(api: Api, db: Database, end: str) -> None:
    key = api.make_key(expires_at=Millis(api.clocks.wall + 60_000))
    with (
        api.served() as served,
        served.client() as client,
        client.stream(
            "POST", "/stream/ticking", headers={"Authorization": f"Bearer {key}"}
        ) as response,
    ):
        lines = response.iter_lines()
        assert "tick" in [next(lines) for _ in range(6)][-2]
        if end == "expired":
            api.clocks.advance(60)
        else:
            db.write_now(
                lambda c: c.execute(
                    update(api_keys).where(api_keys.c.hash == key_hash(key)).values(revoked_at=1)
                )
            )
            api.clocks.seconds += 1.0  # what is known of a key is known for a second
        rest = [line for line in lines if line]
    assert api.state.left.wait(5), "the generator goes on"
    assert rest[-1] == "data: [DONE]"
    error = json.loads(rest[-2].removeprefix("data: "))
    assert error["type"] == "error"
    assert error["error"]["code"] == "invalid_api_key"
    assert end in error["error"]["message"]


def test_s19_a_stream_of_a_valid_key_goes_on(api: Api) -> None:
    with api.client() as client:
        response = client.post("/stream/whole")
    assert response.text.endswith("data: [DONE]\n\n")
    assert "error" not in response.text

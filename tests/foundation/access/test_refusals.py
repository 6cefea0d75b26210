"""What is answered with 429 is counted, by key and day."""

import time

import pytest

from cevvo.foundation.access import refusals
from cevvo.foundation.access.refusals import Refused, refused
from cevvo.foundation.db.database import Database
from http_api import Api

TODAY = 1_770_000_000_000 // 86_400_000


def counted(db: Database, api: Api, requests: int) -> list[Refused]:
    """Those of the workspace, once there are so many."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        found = db.read_now(lambda c: list(refused(c, api.workspace, 0, TODAY + 9)))
        if sum(each.requests for each in found) == requests:
            return found
        time.sleep(0.01)
    pytest.fail(f"{found} are not {requests}")


def test_requests_over_the_limit_are_counted_by_key_and_day(
    api: Api, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "_DELAY", 0.01)
    with api.client(api.make_key(rate_limit=2)) as client, api.client() as other:
        assert [client.get("/items").status_code for _ in range(5)] == [200, 200, 429, 429, 429]
        assert other.get("/items").status_code == 200
        (first,) = counted(db, api, 3)
        api.clocks.wall += 86_400_000
        assert client.get("/items").status_code == 429
        days = counted(db, api, 4)
    assert (first.day, first.requests) == (TODAY, 3)
    assert [(each.day, each.requests) for each in days] == [(TODAY + 1, 1), (TODAY, 3)]
    assert days[0].key_id == first.key_id != ""
    assert db.read_now(lambda c: refused(c, api.workspace, 0, TODAY - 1)) == []

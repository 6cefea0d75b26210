"""Keys: made once, listed without what is secret, revoked."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.errors import InvalidRequest, NotFound
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.foundation.access.keys import key_hash, verify
from cevvo.foundation.access.lookup import find_key
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.db.tables import workspaces
from http_api import OPERATOR

NOW = 1_773_153_000_000
OURS, THEIRS = WorkspaceId("ws_a"), WorkspaceId("ws_b")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database file of the newest schema, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    open_database(folder).close()
    return folder / "cevvo.db"


@pytest.fixture
def db(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(migrated, tmp_path)
    opened = open_database(tmp_path)
    rows = [{"id": name, "name": name, "created_at": 0} for name in (OURS, THEIRS)]
    opened.write_now(lambda c: c.execute(insert(workspaces), rows))
    yield opened
    opened.close()


@pytest.fixture
def service(db: Database) -> ApiKeysService:
    return ApiKeysService(db, lambda: Millis(NOW))


def test_a_new_key_is_shown_once_and_kept_by_its_hash(
    db: Database, service: ApiKeysService
) -> None:
    key, made = asyncio.run(
        service.create(
            OURS,
            by=OPERATOR,
            name=" Help site ",
            scopes=["chat", "read", "chat"],
            expires_at=Millis(NOW + 1),
            rate_limit=5,
            tokens_per_day=1000,
        )
    )
    assert verify(key) == "secret"
    assert made.name == "Help site"
    assert made.scopes == ("chat", "read")
    assert (made.prefix, made.last_four) == (key[:12], key[-4:])
    known = db.read_now(lambda c: find_key(c, key_hash(key)))
    assert known is not None
    assert known.principal.key_id == made.id
    assert known.principal.workspace == OURS
    assert known.principal.scopes == {"chat", "read"}
    assert (known.principal.rate_limit, known.principal.tokens_per_day) == (5, 1000)
    assert known.expires_at == NOW + 1
    assert asyncio.run(service.list(OURS)) == [made]


def test_by_default_a_key_may_do_everything_for_ever(service: ApiKeysService) -> None:
    _, made = asyncio.run(service.create(OURS, by=OPERATOR, name="all"))
    assert made.scopes == ("chat", "read", "ingest", "admin")
    assert (made.expires_at, made.rate_limit, made.kind) == (None, None, "secret")
    assert made.tokens_per_day is None


def test_a_publishable_key_may_only_chat(service: ApiKeysService) -> None:
    key, made = asyncio.run(
        service.create(OURS, by=OPERATOR, name="w", kind="publishable", scopes=["chat"])
    )
    assert key.startswith("cevvo_pk_")
    assert made.kind == "publishable"


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["chat", "root"]}, "scopes"),
        ({"kind": "publishable", "scopes": ["chat", "read"]}, "scopes"),
        ({"kind": "publishable"}, "scopes"),
        ({"expires_at": Millis(NOW)}, "expires_at"),
        ({"rate_limit": 0}, "rate_limit"),
        ({"tokens_per_day": 0}, "tokens_per_day"),
        ({"tokens_per_day": 2**31}, "tokens_per_day"),
    ],
)
def test_what_makes_no_sense_is_refused(
    service: ApiKeysService, changed: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        asyncio.run(service.create(OURS, by=OPERATOR, **({"name": "n"} | changed)))
    assert caught.value.param == param
    assert asyncio.run(service.list(OURS)) == []


def test_a_revoked_key_stays_in_the_list(db: Database, service: ApiKeysService) -> None:
    key, made = asyncio.run(service.create(OURS, by=OPERATOR, name="n"))
    with pytest.raises(NotFound):
        asyncio.run(service.revoke(THEIRS, made.id, by=OPERATOR))
    asyncio.run(service.revoke(OURS, made.id, by=OPERATOR))
    known = db.read_now(lambda c: find_key(c, key_hash(key)))
    assert known is not None
    assert known.revoked_at == NOW
    assert [each.revoked_at for each in asyncio.run(service.list(OURS))] == [NOW]
    for key_id in (made.id, "key_unknown"):
        with pytest.raises(NotFound):
            asyncio.run(service.revoke(OURS, key_id, by=OPERATOR))


def test_workspaces_do_not_see_each_others_keys(service: ApiKeysService) -> None:
    asyncio.run(service.create(OURS, by=OPERATOR, name="ours"))
    asyncio.run(service.create(THEIRS, by=OPERATOR, name="theirs"))
    assert [each.name for each in asyncio.run(service.list(OURS))] == ["ours"]

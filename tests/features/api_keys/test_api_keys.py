"""Keys: made once, listed without what is secret, revoked."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert

from cevvo.domain.ids import WorkspaceId
from cevvo.domain.time import Millis
from cevvo.errors import Conflict, InvalidRequest, NotFound
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.foundation.access.keys import key_hash, verify
from cevvo.foundation.access.lookup import find_key
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import workspaces
from http_api import OPERATOR

NOW = 1_773_153_000_000
OURS, THEIRS = WorkspaceId("ws_a"), WorkspaceId("ws_b")


@pytest.fixture(autouse=True)
def two_workspaces(db: Database) -> None:
    rows = [{"id": name, "name": name, "created_at": 0} for name in (OURS, THEIRS)]
    db.write_now(lambda c: c.execute(insert(workspaces), rows))


@pytest.fixture
def service(db: Database) -> ApiKeysService:
    return ApiKeysService(db, lambda: Millis(NOW))


def test_a_new_key_is_shown_once_and_kept_by_its_hash(
    db: Database, service: ApiKeysService
) -> None:
    key, made = asyncio.run(
        service.create(
            OURS,
            KeyTerms(
                name=" Help site ",
                scopes=["chat", "read", "chat"],
                expires_at=Millis(NOW + 1),
                rate_limit=5,
                tokens_per_day=1000,
            ),
            by=OPERATOR,
        )
    )
    assert verify(key) == "secret"
    assert made.name == "Help site"
    assert made.scopes == ("chat", "read")
    assert (made.prefix, made.last_four) == (key[:12], key[-4:])
    known = db.read_now(lambda c: find_key(c, key_hash(key)))
    assert known is not None
    assert known.principal.caller_id == made.id
    assert known.principal.workspace == OURS
    assert known.principal.scopes == {"chat", "read"}
    assert (known.principal.rate_limit, known.principal.tokens_per_day) == (5, 1000)
    assert known.expires_at == NOW + 1
    assert asyncio.run(service.list(OURS)) == ([made], 1)


def test_by_default_a_key_may_do_everything_for_ever(service: ApiKeysService) -> None:
    _, made = asyncio.run(service.create(OURS, KeyTerms(name="all"), by=OPERATOR))
    assert made.scopes == ("chat", "read", "ingest", "admin")
    assert (made.expires_at, made.rate_limit, made.kind) == (None, None, "secret")
    assert made.tokens_per_day is None


def test_a_publishable_key_may_only_chat(service: ApiKeysService) -> None:
    terms = KeyTerms("w", kind="publishable", allowed_origins=["HTTPS://Www.Example.com:443/"])
    key, made = asyncio.run(service.create(OURS, terms, by=OPERATOR))
    assert key.startswith("cevvo_pk_")
    assert (made.kind, made.scopes) == ("publishable", ("chat",))
    assert made.allowed_origins == ("https://www.example.com",)
    assert made.messages_per_day == 2000


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["chat", "root"]}, "scopes"),
        ({"kind": "publishable", "scopes": ["chat", "read"]}, "scopes"),
        ({"kind": "publishable"}, "allowed_origins"),
        ({"kind": "publishable", "allowed_origins": []}, "allowed_origins"),
        ({"kind": "publishable", "allowed_origins": ["https://a.test"] * 51}, "allowed_origins"),
        ({"allowed_origins": ["https://a.test"]}, "allowed_origins"),
        ({"messages_per_day": 5}, "messages_per_day"),
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
        asyncio.run(service.create(OURS, KeyTerms(**({"name": "n"} | changed)), by=OPERATOR))
    assert caught.value.param == param
    assert asyncio.run(service.list(OURS)) == ([], 0)


@pytest.mark.parametrize(
    "origin",
    [
        "", "*", "null", "example.com", "https://*.example.com", "https://example.com/path",
        "https://user@example.com", "ftp://example.com", "https://example.com:0", "https://",
        "https://example.com:65536", "https://exa mple.com", "https://example.com?x", "file://",
        "https://example.com#x", "javascript:alert(1)", "https://-a.test", "https://münchen.test",
    ],
)  # fmt: skip
def test_s22_an_origin_is_scheme_host_and_port(service: ApiKeysService, origin: str) -> None:
    terms = KeyTerms("w", kind="publishable", allowed_origins=[origin])
    with pytest.raises(InvalidRequest, match="is no origin"):
        asyncio.run(service.create(OURS, terms, by=OPERATOR))


def test_a_rotated_key_holds_on_beside_the_new_one(db: Database, service: ApiKeysService) -> None:
    day = 24 * 3_600_000
    terms = KeyTerms("n", scopes=["chat"], rate_limit=7, expires_at=Millis(NOW + 30 * day))
    old_key, old = asyncio.run(service.create(OURS, terms, by=OPERATOR))
    later = ApiKeysService(db, lambda: Millis(NOW + 10 * day))
    key, new = asyncio.run(later.rotate(OURS, old.id, overlap_hours=24, by=OPERATOR))
    assert key != old_key
    assert (new.name, new.scopes, new.rate_limit) == ("n", ("chat",), 7)
    assert new.expires_at == NOW + 40 * day
    listed = {each.id: each for each in asyncio.run(service.list(OURS))[0]}
    assert listed[old.id].expires_at == NOW + 11 * day
    assert listed[old.id].replaced_by == new.id
    with pytest.raises(Conflict, match="replaced already"):
        asyncio.run(later.rotate(OURS, old.id, overlap_hours=1, by=OPERATOR))


@pytest.mark.parametrize("overlap", [0, 24])
def test_a_rotation_never_makes_a_key_live_longer(service: ApiKeysService, overlap: int) -> None:
    terms = KeyTerms("n", expires_at=Millis(NOW + 1000))
    _, old = asyncio.run(service.create(OURS, terms, by=OPERATOR))
    asyncio.run(service.rotate(OURS, old.id, overlap_hours=overlap, by=OPERATOR))
    listed = {each.id: each for each in asyncio.run(service.list(OURS))[0]}
    assert listed[old.id].expires_at == NOW + (1000 if overlap else 0)


def test_a_dead_or_foreign_key_cannot_be_rotated(service: ApiKeysService) -> None:
    _, made = asyncio.run(service.create(OURS, KeyTerms("n"), by=OPERATOR))
    for key_id, workspace in ((made.id, THEIRS), ("key_none", OURS)):
        with pytest.raises(NotFound):
            asyncio.run(service.rotate(workspace, key_id, overlap_hours=1, by=OPERATOR))
    asyncio.run(service.revoke(OURS, made.id, by=OPERATOR))
    with pytest.raises(Conflict, match="is revoked"):
        asyncio.run(service.rotate(OURS, made.id, overlap_hours=1, by=OPERATOR))


def test_a_revoked_key_stays_in_the_list(db: Database, service: ApiKeysService) -> None:
    key, made = asyncio.run(service.create(OURS, KeyTerms(name="n"), by=OPERATOR))
    with pytest.raises(NotFound):
        asyncio.run(service.revoke(THEIRS, made.id, by=OPERATOR))
    asyncio.run(service.revoke(OURS, made.id, by=OPERATOR))
    known = db.read_now(lambda c: find_key(c, key_hash(key)))
    assert known is not None
    assert known.revoked_at == NOW
    assert [each.revoked_at for each in asyncio.run(service.list(OURS))[0]] == [NOW]
    for key_id in (made.id, "key_unknown"):
        with pytest.raises(NotFound):
            asyncio.run(service.revoke(OURS, key_id, by=OPERATOR))


def test_workspaces_do_not_see_each_others_keys(service: ApiKeysService) -> None:
    asyncio.run(service.create(OURS, KeyTerms(name="ours"), by=OPERATOR))
    asyncio.run(service.create(THEIRS, KeyTerms(name="theirs"), by=OPERATOR))
    assert [each.name for each in asyncio.run(service.list(OURS))[0]] == ["ours"]

"""SQL and full-text query language in every text of every operation are text, and nothing else."""

import itertools
import sqlite3
from contextlib import closing
from urllib.parse import quote

from api_walk import Operation, Tenant, is_id, name_of, with_value
from conftest import Server

ATTACKS = (
    "' OR '1'='1",
    "'; DROP TABLE sources; --",
    "x' UNION SELECT hash FROM api_keys --",
    '" OR 1 NEAR(',
    'open" OR "a" *',
    "text : open NOT (",
    "^open AND -hours",
    "%_%",
)
HARMLESS = "qqzz"


def texts(operation: Operation) -> list[tuple[str, tuple[str, ...]]]:
    """Where the operation takes text."""
    found = [(place, (name,)) for place in ("path", "query") for name in operation.names(place)]
    return found + [("body", place) for place in operation.text_fields()]


def sent(
    operation: Operation, tenant: Tenant, where: str, place: tuple[str, ...], text: str
) -> tuple[int, str]:
    """The status and what was said, without the text itself."""
    ids, fields = tenant.ids, operation.own_example(tenant.ids)
    query = {place[0]: text} if where == "query" else {}
    if where == "path":
        ids = ids | {place[0]: quote(text, safe="")}
    elif where == "body":
        fields = with_value(fields, place, text)
    response = operation.send(tenant.client, ids, fields, params=query)
    return response.status_code, response.text


def test_s39_no_text_is_taken_for_a_query(
    server: Server, tenant: Tenant, other: Tenant, operations: list[Operation]
) -> None:
    faults, tried = [], 0
    turns = itertools.cycle(ATTACKS)
    for operation in operations:
        for where, place in texts(operation):
            works = where == "body" and not is_id(name_of(place))  # and takes its time
            attacks = [next(turns), next(turns)] if works else ATTACKS
            expected, _ = sent(operation, tenant, where, place, HARMLESS)
            for attack in attacks:
                status, said = sent(operation, tenant, where, place, attack)
                tried += 1
                if status >= 500 or (status != expected and expected in (404, 400)):
                    faults.append(f"{operation} {place} {attack!r}: {status} {said[:200]}")
                if any(
                    secret in said for secret in (*other.ids.values(), "sqlite", "fts5", "no such")
                ):
                    faults.append(f"{operation} {place} {attack!r} tells: {said[:200]}")
    assert not faults, "\n".join(faults)
    assert tried > 200
    with closing(sqlite3.connect(server.data_dir / "cevvo.db", timeout=30)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM sources").fetchone()[0] > 0


def test_s39_a_question_in_query_language_finds_what_its_words_find(tenant: Tenant) -> None:
    plain = tenant.client.post("/chat", json={"message": "When do you open?"}).json()
    for attack in ('When do you "open"?', "When do you open*?", "(When do you open?)"):
        said = tenant.client.post("/chat", json={"message": attack}).json()
        assert said["citations"] == plain["citations"], attack

"""Ids cannot be guessed: 128 random bits, no time and no count in them."""

import math
import re
import secrets
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from api_walk import Operation, Tenant, is_id
from cevvo.domain.ids import base62, new_id

FORM = re.compile(r"[a-z]{3}_[0-9A-Za-z]{22}")
BITS = 22 * math.log2(62)
MANY = 100_000
COPIED = {"request_id"}  # of the client's own, when it sends one
OPENAIS = "/v1/"  # under which `id` is a name of a model, or what OpenAI's clients expect


def test_s6_ids_are_random_throughout() -> None:
    assert BITS >= 96
    ids = [new_id("msg")[4:] for _ in range(MANY)]
    assert len(set(ids)) == MANY
    expected = MANY / 62
    for place in range(22):
        counts = Counter(each[place] for each in ids)
        chi_squared = sum((counts[c] - expected) ** 2 / expected for c in counts)
        assert len(counts) == 62
        assert chi_squared < 150, place  # 61 degrees of freedom: above it once in 10**8
    rising = sum(a < b for a, b in pairwise(ids))
    assert abs(rising / (MANY - 1) - 0.5) < 0.01  # no clock and no counter


def test_s6_randomness_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbelow", lambda _: 0)
    assert base62(22) == "0" * 22


def ids_in(value: Any, name: str = "") -> list[tuple[str, str]]:
    """The names and values of all ids in an answer."""
    if isinstance(value, dict):
        return [each for key, inner in value.items() for each in ids_in(inner, key)]
    if isinstance(value, list):
        return [each for inner in value for each in ids_in(inner, name)]
    return [(name, value)] if isinstance(value, str) and (name == "id" or is_id(name)) else []


def test_s6_every_id_that_an_operation_returns_is_one(
    tenant: Tenant, operations: list[Operation]
) -> None:
    wrong, seen = [], set()
    for operation in operations:
        if operation.method == "DELETE":
            continue
        fields = operation.own_example(tenant.ids)
        response = operation.send(tenant.client, tenant.ids, fields)
        if response.headers["content-type"] != "application/json":
            continue
        for name, value in ids_in(response.json()):
            seen.add(name)
            if name in COPIED or (name == "id" and operation.path.startswith(OPENAIS)):
                continue
            if not FORM.fullmatch(value):
                wrong.append(f"{operation} {name}: {value}")
    assert not wrong, "\n".join(wrong)
    assert seen >= {"id", "source_id", "job_id", "thread_id", "document_id"}

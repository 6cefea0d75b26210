"""What one workspace says is in no answer to another: words and ids, through every operation.

A word that exists nowhere else is put into every text of a workspace that the API takes. Another
workspace then goes through the whole API, and asks the same questions, without saying the words.
"""

import secrets
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from api_walk import (
    Operation,
    Tenant,
    Unlisted,
    filled,
    is_id,
    key_in_database,
    new_workspace,
    with_value,
)
from cevvo.domain.access import ALL_SCOPES
from conftest import Server

# Texts that take no word of one's own, and why.
TAKES_NO_WORD = {
    ("POST", "/api/v1/chat", "model"),  # a choice
    ("POST", "/api/v1/chat/stream", "model"),
    ("POST", "/api/v1/chat", "filters"),  # an ISO 639-1 code
    ("POST", "/api/v1/chat/stream", "filters"),
    ("POST", "/api/v1/ingest/upload", "metadata"),  # JSON; the same is planted by /ingest/text
    ("PUT", "/api/v1/sources/{source_id}", "url"),  # cannot be changed
}
WEBSITE = {"type": "website"}
QUESTION = "When do you open?"


@pytest.fixture
def room(server: Server, operations: list[Operation]) -> Iterator[tuple[Tenant, Tenant]]:
    """Two tenants of this test's own: whatever is in them will be changed and deleted."""
    made = []
    for _ in range(2):
        workspace = new_workspace(server)
        key = key_in_database(server, workspace, ALL_SCOPES)
        made.append(filled(server, workspace, key, operations))
    yield made[0], made[1]
    for tenant in made:
        tenant.client.close()


def plant(tenant: Tenant, operations: list[Operation]) -> dict[str, str]:
    """Put a word into every text that the API takes; the words, by where each is."""
    words, left = {}, []
    for operation in operations:
        for path, schema in operation.text_fields() if operation.method != "DELETE" else []:
            if is_id(path[-1]) or (operation.method, operation.path, path[0]) in TAKES_NO_WORD:
                continue
            word = f"canary{secrets.token_hex(5)}"
            fields = operation.own_example(tenant.ids)
            fields = with_value(fields, path, planted(path[-1], schema, word))
            response = operation.send(tenant.client, tenant.ids, fields)
            if response.status_code < 300:
                words[f"{operation} {'.'.join(path)}"] = word
                note_job(tenant, response)
            else:
                left.append(f"{operation} {path}: {response.status_code} {response.text[:200]}")
    if left:
        raise Unlisted("could not plant a word; add to TAKES_NO_WORD, with the reason: " + str(left))
    return words


def planted(name: str, schema: dict[str, Any], word: str) -> str:
    """A text with the word in it, of the form that the field has."""
    if name == "url":
        return f"https://docs.example.com/{word}"
    if name == "file":
        return f"# {word}\n\nWe open at nine o'clock, says {word}.\n"
    if "example" in schema or name in ("content", "message"):
        return f"We open at nine o'clock, says {word}."
    return word

"""What one workspace says is in no answer to another: words and ids, through every operation.

A word that exists nowhere else is put into every text of a workspace that the API takes. Another
workspace then goes through the whole API, and asks the same questions without saying the words.
"""

import itertools
import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from api_walk import (
    Operation,
    Place,
    Tenant,
    Unlisted,
    filled,
    is_id,
    key_in_database,
    name_of,
    new_workspace,
    with_value,
)
from cevvo.domain.access import ALL_SCOPES
from conftest import Server

SPECIAL: dict[str, dict[str, Any]] = {  # bodies for texts that need more than the example has
    "POST /api/v1/sources content": {"name": "A", "type": "text", "content": "Nine, says WORD."},
    "POST /api/v1/ingest/upload metadata": {"metadata": '{"product": "WORD"}'},
    "PUT /api/v1/settings/answers synonyms.[].[]": {"synonyms": [["nine", "WORD"]]},
    "PUT /api/v1/settings/answers refuse.[].topic": {"refuse": [{"topic": "WORD"}]},
    "PUT /api/v1/settings/answers refuse.[].reply": {
        "refuse": [{"topic": "wine", "reply": "WORD"}]
    },
    "PUT /api/v1/settings/widget texts.product": {"texts": {"en": {"title": "WORD"}}},
    "POST /api/v1/api-keys allowed_origins.[]": {
        "name": "Help page",
        "kind": "publishable",
        "scopes": ["chat"],
        "allowed_origins": ["https://WORD.example.com"],
    },
    "POST /v1/chat/completions messages.[].content": {
        "messages": [{"role": "user", "content": "When do you open, WORD?"}]
    },
    "POST /v1/chat/completions messages.[].content.[].text": {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "When do you open, WORD?"}]}
        ]
    },
}
TAKES_NO_WORD = {  # and why
    "POST /api/v1/chat model",  # a choice
    "POST /api/v1/chat/stream model",
    "POST /v1/chat/completions model",
    "POST /v1/embeddings model",
    "POST /api/v1/chat filters.language",  # an ISO 639-1 code
    "POST /api/v1/chat/stream filters.language",
    "PUT /api/v1/settings/widget language",
    "PUT /api/v1/settings/widget color",  # six digits
    "PUT /api/v1/sources/{source_id} url",  # cannot be changed
    "PUT /api/v1/sources/{source_id} crawl.include.[]",  # for websites, where POST plants it
    "PUT /api/v1/sources/{source_id} crawl.exclude.[]",
    "PUT /api/v1/sources/{source_id} crawl.css_selector",
}
FORMS = {  # of texts that are not free
    "url": "https://docs.example.com/WORD",
    "include": "/WORD",
    "exclude": "/WORD",
    "css_selector": "#WORD",
    "file": "# WORD\n\nWe open at nine o'clock, says WORD.\n",
    "content": "We open at nine o'clock, says WORD.",
    "message": "When do you open, WORD?",
    "email": "WORD@example.com",
    "contact_email": "WORD@example.com",
}
CREDENTIALS = {"password", "current_password", "code", "token"}  # shown to nobody at all


SEARCHED = ("content", "file", "title", "synonyms.[].[]")
MANY = 10


@pytest.fixture
def room(server: Server, operations: list[Operation]) -> Iterator[tuple[Tenant, Tenant]]:
    """Two tenants of this test's own: much of what they have is changed and deleted."""
    made = []
    for _ in range(2):
        workspace = new_workspace(server)
        key = key_in_database(server, workspace, ALL_SCOPES)
        made.append(filled(server, workspace, key, operations))
    yield made[0], made[1]
    for tenant in made:
        tenant.client.close()


def plant(tenant: Tenant, operations: list[Operation]) -> dict[str, str]:
    """Put a word into every text that the API takes; the words, by where each went."""
    words, jobs, refused = {}, [], []
    for operation in (each for each in operations if not each.is_open):  # those have no workspace
        for place in operation.text_fields():
            where = f"{operation} {'.'.join(place)}"
            if is_id(name_of(place)) or name_of(place) in CREDENTIALS or where in TAKES_NO_WORD:
                continue
            word = words[where] = f"canary{secrets.token_hex(5)}"
            response = operation.send(
                tenant.client, tenant.ids, body(operation, place, tenant, word)
            )
            if response.status_code >= 300:
                refused.append(f"{where}: {response.status_code} {response.text[:200]}")
            elif "job_id" in response.text and operation.media_type:
                jobs.append(response.json().get("job_id"))
    if refused:
        raise Unlisted(
            "Some texts took no word. Give a body that does in SPECIAL, or list them in "
            "TAKES_NO_WORD and say why:\n" + "\n".join(refused)
        )
    for job in filter(None, jobs):
        wait_until_tried(tenant.client, job)
    return words


def wait_until_tried(client: httpx2.Client, job: str) -> None:
    """Until the job has ended, or waits for its next attempt: there is no docs.example.com."""
    end = time.monotonic() + 60
    while True:
        status = client.get(f"/ingest/status/{job}").json()
        if status["completed_at"] or status["next_attempt_at"]:
            return
        assert time.monotonic() < end, status
        time.sleep(0.02)


def body(operation: Operation, place: Place, tenant: Tenant, word: str) -> dict[str, Any]:
    """The operation's example with the word in that place."""
    special = SPECIAL.get(f"{operation} {'.'.join(place)}")
    if special is not None:
        filled_in: dict[str, Any] = json.loads(json.dumps(special).replace("WORD", word))
        return filled_in
    text = FORMS.get(name_of(place), "WORD").replace("WORD", word)
    return dict(with_value(operation.own_example(tenant.ids), place, text))


def walk(tenant: Tenant, operations: list[Operation]) -> Iterator[tuple[str, str]]:
    """Every operation with every choice of its query, deletions last; what each answered."""
    order = ["PUT", "PATCH", "POST", "GET", "DELETE"]
    for operation in sorted(operations, key=lambda each: order.index(each.method)):
        for query in queries(operation):
            response = operation.send(
                tenant.client, tenant.ids, operation.own_example(tenant.ids), params=query
            )
            assert response.status_code < 500, f"{operation}: {response.text}"
            yield f"{operation} {query}", whole(response)


def queries(operation: Operation) -> Iterator[dict[str, str]]:
    """As long a page as there is, and each of the values that a parameter is described to take."""
    yield {name: "100" for name in operation.names("query") if name == "per_page"}
    for each in operation.parameters:
        schema = each.get("schema", {})
        options = itertools.chain([schema], schema.get("anyOf", []))
        for value in (value for option in options for value in option.get("enum", [])):
            yield {each["name"]: str(value)}


def whole(response: httpx2.Response) -> str:
    """All that a response says."""
    return f"{dict(response.headers)} {response.text}"


def ask(tenant: Tenant, words: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Questions that the other workspace's words would answer, none of which says a whole word."""
    asked = [FORMS["message"].replace(", WORD", ""), "Who says nine?", "How do I get started?"]
    searched = [word for where, word in words.items() if where.endswith(SEARCHED)]
    asked += [f"What is {word[:-1]}?" for word in searched]  # all but spelt: nothing mends it
    for number, message in enumerate(asked):
        question = {"message": message, "include": ["retrieved"]}
        path = ("/chat", "/chat/stream")[number % 2]
        yield f"{path} {message}", whole(tenant.client.post(path, json=question))


def test_s3_no_word_and_no_id_of_another_workspace_comes_back(
    operations: list[Operation], room: tuple[Tenant, Tenant]
) -> None:
    mine, theirs = room
    words = plant(theirs, operations)
    reading = [each for each in operations if each.method == "GET"]
    seen = " ".join(said for _, said in itertools.chain(walk(theirs, reading), ask(theirs, words)))
    assert sum(word in seen for word in words.values()) > MANY  # their owner sees them
    secret = set(words.values()) | set(theirs.ids.values())
    leaks = [
        f"{where}: {word}"
        for where, said in itertools.chain(ask(mine, words), walk(mine, operations))
        for word in secret
        if word in said
    ]
    assert not leaks, "\n".join(leaks)

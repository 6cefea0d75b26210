"""S44: what language models may take, by key and workspace, exactly and whoever asks at once."""

import asyncio
import itertools
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, select
from starlette.testclient import TestClient

from cevvo.domain.access import ALL_SCOPES, Principal
from cevvo.domain.answer_settings import AnswerSettings
from cevvo.domain.answers import Usage
from cevvo.domain.time import Millis
from cevvo.engine.answering.base import Answerer
from cevvo.engine.answering.extractive.answerer import ExtractiveAnswerer
from cevvo.engine.answering.generative.answerer import GenerativeAnswerer
from cevvo.engine.answering.ladder import Ladder
from cevvo.engine.answering.thread.condensing import Condenser
from cevvo.errors import ModelUnreachable, ModelUnusable
from cevvo.features.api_keys.rules import KeyTerms
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.usage.budgets import Budgets, Reservation
from cevvo.features.usage.repository import book
from cevvo.foundation.access import refusals
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import conversations, messages, token_usage, turns
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.llm.base import Completion
from cevvo.providers.llm.fake import ScriptedModel
from engine.answering.scripted_model import Hanging
from features.chat.chat_room import OTHERS, OURS, START, Misbehaving, Room, events_of
from features.chat.model_room import MODEL, Model
from features.chat.test_chat_stream import eventually
from http_api import OPERATOR
from stores import only_on_sqlite

RESET = "How do I reset my password?"
SAID = "To reset your password, open Settings and choose Reset password [1]."
PRICES = {MODEL: (2.0, 10.0)}
NUMBERS = itertools.count()
KEY = Principal("key_1", OURS, "secret", frozenset(ALL_SCOPES), tokens_per_day=5000)
EACH = 120  # tokens that the model takes for an answer


def rows(db: Database, table: Any) -> list[dict[str, Any]]:
    return db.read_now(lambda c: [dict(row) for row in c.execute(select(table)).mappings()])


def taken(db: Database) -> int:
    return sum(row["prompt_tokens"] + row["completion_tokens"] for row in rows(db, token_usage))


@contextmanager
def client_with_key(room: Room, **key: Any) -> Any:
    keys = ApiKeysService(room.db, room.clock)
    made, about = asyncio.run(keys.create(OURS, KeyTerms("budget", **key), by=OPERATOR))
    client = TestClient(room.app, base_url="http://test/api/v1", raise_server_exceptions=False)
    client.headers["Authorization"] = f"Bearer {made}"
    with client:
        yield client, about.id


def ask(client: TestClient, message: str | None = None, **more: Any) -> Any:
    """A question that has not been asked before, if none is given."""
    message = message or f"{RESET} Attempt {next(NUMBERS)}."
    return client.post("/chat", json={"message": message, **more})


def test_what_was_refused_is_in_the_report(
    db: Database, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "_DELAY", 0.01)
    room = Room(db, embedder, [Model()], prices=PRICES)
    with client_with_key(room, tokens_per_day=EACH) as (client, key_id):
        assert [ask(client).status_code for _ in range(3)] == [200, 429, 429]
        until = time.monotonic() + 10
        report = client.get("/usage").json()
        while [each["requests"] for each in report["refused"]] != [2]:
            assert time.monotonic() < until, report
            report = client.get("/usage").json()
    (refused,) = report["refused"]
    assert (refused["key_id"], refused["key_name"]) == (key_id, "budget")
    assert refused["day"] == report["data"][0]["day"]


def test_s44_a_keys_tokens_are_counted_and_bounded(db: Database, embedder: Embedder) -> None:
    model = Model()
    room = Room(db, embedder, [model], prices=PRICES)
    with client_with_key(room, tokens_per_day=2 * EACH) as (client, key_id), room.client() as other:
        assert [ask(client).status_code for _ in range(4)] == [200, 200, 429, 429]
        assert ask(other).status_code == 200  # another key has a budget of its own: none
        refused = ask(client)
        assert len(model.calls) == 3
        by_key = {row["key_id"]: row for row in rows(db, token_usage)}
        assert (by_key[key_id]["requests"], by_key[key_id]["prompt_tokens"]) == (2, 200)
        error = refused.json()["error"]
        assert (error["code"], error["param"]) == ("budget_exceeded", None)
        for words in ("240 tokens a day of this API key", "2026-03-11T00:00:00Z", "extractive"):
            assert words in error["message"]
        seconds = int(refused.headers["retry-after"])
        assert seconds == pytest.approx(9.5 * 3600, abs=2)  # it is 14:30
        room.clock.at += seconds * 1000
        assert ask(client).status_code == 200


def test_s44_a_refused_question_leaves_no_trace(db: Database, embedder: Embedder) -> None:
    room = Room(db, embedder, [Model()])
    with client_with_key(room, tokens_per_day=1) as (client, _):
        thread = ask(client).json()["thread_id"]
        before = [rows(db, table) for table in (conversations, messages, turns)]
        for more in ({}, {"thread_id": thread}):
            assert ask(client, "How can I pay?", **more).status_code == 429
            streamed = client.post("/chat/stream", json={"message": "How can I pay?", **more})
            assert (streamed.status_code, streamed.json()["error"]["code"]) == (
                429,
                "budget_exceeded",
            )
        after = [rows(db, table) for table in (conversations, messages, turns)]
        assert [len(each) for each in after] == [len(each) for each in before]
        assert after[1:] == before[1:]


def test_s44_what_calls_no_model_goes_on(db: Database, embedder: Embedder) -> None:
    room = Room(db, embedder, [Model(), ExtractiveAnswerer()])
    with client_with_key(room, tokens_per_day=1) as (client, _):
        client.put("/settings/answers", json={"refuse": [{"topic": "politics"}]})
        assert ask(client).status_code == 200
        assert ask(client).status_code == 429
        for message in ("Hello!", "Can I talk to a human?", "What do you think about politics?"):
            assert ask(client, message).status_code == 200
        quoted = ask(client, model="extractive")
        assert (quoted.status_code, quoted.json()["model"]) == (200, "extractive")
        assert taken(db) == EACH


def test_s44_a_server_without_models_is_never_refused(room: Room) -> None:
    with client_with_key(room, tokens_per_day=1) as (client, _):
        client.put("/settings/answers", json={"tokens_per_day": 1})
        assert {ask(client).status_code for _ in range(3)} == {200}
        assert client.get("/usage").json()["data"] == []


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ({"tokens_per_day": EACH}, "120 tokens a day of this workspace"),
        ({"cost_per_day": 0.0003}, "0.0003 a day of this workspace"),
    ],
)
def test_s44_a_workspaces_budget_holds_for_all_its_keys(
    db: Database, embedder: Embedder, budget: dict[str, Any], words: str
) -> None:
    room = Room(db, embedder, [Model()], prices=PRICES)
    with room.client() as client, room.client() as second, room.client(OTHERS) as theirs:
        client.put("/settings/answers", json=budget)
        assert ask(client).status_code == 200
        error = ask(second).json()["error"]
        assert error["code"] == "budget_exceeded"
        assert words in error["message"]
        assert "PUT /settings/answers" in error["message"]
        assert ask(theirs, "Hello!").status_code == 200
        client.put("/settings/answers", json=dict.fromkeys(budget))
        assert ask(second).status_code == 200


def test_s44_twenty_at_once_take_no_more_than_one_answer_too_much(
    db: Database, embedder: Embedder
) -> None:
    model = Model(pause=0.05)
    room = Room(db, embedder, [model])
    with client_with_key(room, tokens_per_day=2500) as (client, _), ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda n: ask(client, f"{RESET} {n}").status_code, range(20)))
    answered = statuses.count(200)
    assert 1 <= answered == len(model.calls) < 20
    assert set(statuses) == {200, 429}
    assert taken(db) == answered * EACH  # no estimate is left
    assert answered * EACH < 2500 + EACH


def test_s44_an_estimate_counts_while_the_answer_is_under_way(
    db: Database, embedder: Embedder
) -> None:
    room = Room(db, embedder, [Misbehaving(at_the_end="hang")])
    with room.served() as client:
        client.put("/settings/answers", json={"tokens_per_day": 10_000})
        with client.stream("POST", "/chat/stream", json={"message": RESET}) as response:
            lines = response.iter_lines()  # kept: the stream is left when it is not
            next(lines)
            under_way = taken(db)
            assert under_way > 1024
    # the client has left: its question was read by the model, and three words were written
    left = taken(db)
    assert 0 < left < under_way
    assert sum(row["requests"] for row in rows(db, token_usage)) == 1  # it was read, so it counts
    assert client.is_closed


def test_s44_a_follow_up_that_nobody_waits_for_was_sent(db: Database, embedder: Embedder) -> None:
    writer = Hanging("How", model_id=MODEL)
    condenser = Condenser([writer], lambda model_id: False, len)
    room = Room(db, embedder, [Model()], condenser=condenser)
    with room.served() as client:
        client.put("/settings/answers", json={"tokens_per_day": 10_000})
        thread = client.post("/chat", json={"message": RESET}).json()["thread_id"]
        body = json.dumps({"message": "How long is it valid?", "thread_id": thread})
        head = (
            "POST /api/v1/chat/stream HTTP/1.1\r\nHost: test\r\n"
            f"Authorization: {client.headers['authorization']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        address = (client.base_url.host, client.base_url.port)
        with socket.create_connection(address) as leaving:
            leaving.sendall((head + body).encode())
            eventually(lambda: bool(writer.prompts))
            assert taken(db) > 1024  # the estimate
        eventually(lambda: len(rows(db, turns)) == 2)
    (prompt,) = writer.prompts
    sent = len(prompt.system) + len(prompt.messages[0].content)
    assert taken(db) == EACH + sent + len("How")


def test_s44_a_model_that_fails_at_once_takes_nothing(db: Database, embedder: Embedder) -> None:
    room = Room(db, embedder, [Misbehaving(words=(), at_the_end="raise")])
    with client_with_key(room, tokens_per_day=1) as (client, _):
        assert {ask(client).status_code for _ in range(3)} == {502}
    assert taken(db) == 0


def test_the_usage_of_a_workspace(db: Database, embedder: Embedder) -> None:
    room = Room(db, embedder, [Model()], prices=PRICES)
    with room.client() as client, room.client(OTHERS) as theirs:
        assert client.get("/usage").json() == {
            "period": "7d",
            "requests": 0,
            "prompt_tokens": 0,
            "completion_tokens": 0,
            "cost": 0.0,
            "data": [],
            "refused": [],
        }
        ask(client)
        room.clock.at = START + 86_400_000
        events_of(client.post("/chat/stream", json={"message": RESET}))
        ask(client, "Hello!")
        found = client.get("/usage?period=30d").json()
        today, yesterday = found["data"]
        assert (today["day"], yesterday["day"]) == ("2026-03-11", "2026-03-10")
        assert today["key_id"].startswith("key_")
        assert {name: today[name] for name in list(today)[2:]} == {
            "key_name": "test",
            "model": MODEL,
            "requests": 1,
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "cost": 0.0004,
        }
        assert (found["requests"], found["cost"], found["prompt_tokens"]) == (2, 0.0008, 200)
        assert theirs.get("/usage").json()["data"] == []
        room.clock.at = START + 9 * 86_400_000
        assert client.get("/usage").json()["requests"] == 0
        assert client.get("/usage?period=1y").status_code == 400


def test_usage_takes_the_read_scope(room: Room) -> None:
    with room.client(scopes=("chat",)) as client:
        assert client.get("/usage").status_code == 403
    with room.client(scopes=("read",)) as client:
        assert client.get("/usage").status_code == 200


def written_by(*models: ScriptedModel, embedder: Embedder) -> list[Answerer]:
    """As a server has them: ``models`` stand in for each other."""
    answering = [GenerativeAnswerer(model, embedder) for model in models]
    return Ladder(answering, ExtractiveAnswerer()).answerers()


def test_a_model_that_reports_another_name_costs_what_it_is_configured_to(
    db: Database, embedder: Embedder
) -> None:
    said = (SAID, Completion("big-2026-01-01", Usage(500_000, 100_000)))
    answerers = written_by(ScriptedModel(said, model_id="openai/big"), embedder=embedder)
    room = Room(db, embedder, answerers, prices={"openai/big": (2.0, 10.0)})
    with room.client() as client:
        ask(client, RESET)
        (entry,) = client.get("/usage").json()["data"]
    assert (entry["model"], entry["cost"]) == ("openai/big", 2.0)


BANANAS = "Bananas are blue [1]. They are sold on the moon by the dozen [1]. "


def test_what_a_model_read_before_it_failed_is_booked(db: Database, embedder: Embedder) -> None:
    failing = ScriptedModel([BANANAS, ModelUnreachable("down", model="big")], model_id="big")
    spare = ScriptedModel((SAID, Completion("x", Usage(1000, 10))), model_id="small")
    room = Room(db, embedder, written_by(failing, spare, embedder=embedder))
    with room.client() as client:
        client.put("/settings/answers", json={"tokens_per_day": 1_000_000})
        reply = ask(client, RESET).json()
        entries = {entry["model"]: entry for entry in client.get("/usage").json()["data"]}
    assert (reply["model"], reply["degraded"]) == ("small", True)
    attempts = len(failing.prompts)
    assert attempts > 1
    assert entries["small"]["prompt_tokens"] == 1000
    assert entries["big"]["prompt_tokens"] > 100 * attempts
    assert entries["big"]["completion_tokens"] == attempts * embedder.count_tokens(BANANAS)
    assert (entries["big"]["requests"], entries["small"]["requests"]) == (1, 1)
    both = entries.values()
    assert reply["usage"]["prompt_tokens"] == sum(entry["prompt_tokens"] for entry in both)


def test_what_is_quoted_in_the_end_still_cost_what_the_model_read(
    db: Database, embedder: Embedder
) -> None:
    room = Room(
        db, embedder, written_by(ScriptedModel([BANANAS], model_id="big"), embedder=embedder)
    )
    with room.client() as client:
        assert ask(client, RESET).json()["model"] == "extractive"
        (entry,) = client.get("/usage").json()["data"]
    assert (entry["model"], entry["requests"]) == ("big", 1)
    assert entry["prompt_tokens"] > 100


def test_a_model_that_refused_the_call_took_nothing(db: Database, embedder: Embedder) -> None:
    broken = ScriptedModel([ModelUnusable("no credit", model="big")], model_id="big")
    with Room(db, embedder, written_by(broken, embedder=embedder)).client() as client:
        assert ask(client, RESET).json()["model"] == "extractive"
        assert client.get("/usage").json()["data"] == []


@only_on_sqlite("a commit that is made to fail")
def test_s44_an_estimate_that_could_not_be_stored_is_not_given_back(db: Database) -> None:
    def fail(connection: Connection) -> None:
        raise RuntimeError("The disk is gone.")

    async def take() -> Reservation:
        budgets = Budgets(db, lambda: Millis(START), {})
        reservation = budgets.reservation(MODEL, Usage(1000, 10))
        event.listen(db.engine, "commit", fail)
        with pytest.raises(RuntimeError):
            await budgets.take(KEY, AnswerSettings(), reservation)
        event.remove(db.engine, "commit", fail)
        return reservation

    assert not asyncio.run(take()).taken
    assert rows(db, token_usage) == []


@only_on_sqlite("one writer, for whom others wait")
def test_s44_who_leaves_while_the_estimate_is_stored_settles_it(db: Database) -> None:
    async def leave() -> Reservation:
        budgets = Budgets(db, lambda: Millis(START), {})
        reservation = budgets.reservation(MODEL, Usage(1000, 10))
        entered, go_on = threading.Event(), threading.Event()

        def hold(connection: Connection) -> None:
            entered.set()
            assert go_on.wait(10)

        holding = asyncio.create_task(db.write(hold))
        await asyncio.to_thread(entered.wait, 10)
        taking = asyncio.create_task(budgets.take(KEY, AnswerSettings(), reservation))
        await asyncio.sleep(0.01)
        taking.cancel()
        await asyncio.sleep(0.01)
        assert not taking.done()  # what is queued is written all the same
        go_on.set()
        await asyncio.gather(holding, taking, return_exceptions=True)
        assert taking.cancelled()
        return reservation

    reservation = asyncio.run(leave())
    assert reservation.taken
    assert taken(db) == 1010


def test_what_two_writers_book_at_once_is_one_row(db: Database) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def both(connection: Connection) -> None:
        for requests, usage in ((0, Usage(1000, 10)), (1, Usage(-900, -5))):
            book(
                connection, OURS, day=1, caller_id="key_1", model=MODEL, requests=requests,
                usage=usage, cost=0.5,
            )  # fmt: skip

    db.write_now(both)
    (row,) = rows(db, token_usage)
    assert (row["requests"], row["prompt_tokens"], row["completion_tokens"], row["cost"]) == (
        1,
        100,
        5,
        1.0,
    )
    booking = [statement for statement in statements if "token_usage (" in statement]
    assert len(booking) == 2  # each is one statement
    assert all("ON CONFLICT" in statement for statement in booking)


@pytest.mark.parametrize(("spare", "cost"), [("anthropic/small", 1.0), ("big-at-home", 0.0)])
def test_a_model_that_stands_in_costs_its_own_price(
    db: Database, embedder: Embedder, spare: str, cost: float
) -> None:
    broken = ScriptedModel([ModelUnusable("no credit", model="openai/big")], model_id="openai/big")
    stands_in = ScriptedModel((SAID, Completion("x", Usage(1_000_000, 0))), model_id=spare)
    prices = {"openai/big": (100.0, 0.0), "anthropic/small": (1.0, 0.0)}
    room = Room(db, embedder, written_by(broken, stands_in, embedder=embedder), prices=prices)
    with room.client() as client:
        client.put("/settings/answers", json={"cost_per_day": 50})
        assert ask(client, RESET).json()["model"] == spare
        (entry,) = client.get("/usage").json()["data"]
    assert (entry["model"], entry["cost"]) == (spare, cost)

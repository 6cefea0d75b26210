"""From each figure to its conversations, the table of it, and all of it to take away."""

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from cevvo.features.conversations import listing
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import audit_log, turns
from features.chat.chat_room import Room

RESET = "How do I reset my password?"
RESET_AGAIN = "I want to reset my password"
PAY = "Can I pay by bank transfer?"
SSO = "Do you support SSO?"
DAY = 86_400_000


def ask(client: TestClient, message: str, thread: str | None = None, **more: Any) -> dict[str, Any]:
    response = client.post("/chat", json={"message": message, "thread_id": thread, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def rate(client: TestClient, answer: dict[str, Any], rating: str) -> None:
    client.post("/feedback", json={"message_id": answer["id"], "rating": rating})


def listed(client: TestClient, **wanted: Any) -> set[str]:
    found = client.get("/conversations", params={"period": "7d", "test": False, **wanted})
    assert found.status_code == 200, found.text
    assert found.json()["meta"]["total"] == len(found.json()["data"])
    return {each["id"] for each in found.json()["data"]}


@pytest.fixture
def threads(client: TestClient) -> dict[str, str]:
    """Six conversations, by what is special about each."""
    plain, liked, disliked, lost, both = (
        ask(client, question) for question in (RESET, RESET_AGAIN, PAY, SSO, RESET)
    )
    rate(client, liked, "positive")
    rate(client, disliked, "negative")
    ask(client, SSO, both["thread_id"])
    ask(client, RESET, test=True)
    answers = {"plain": plain, "liked": liked, "disliked": disliked, "lost": lost, "both": both}
    return {name: answer["thread_id"] for name, answer in answers.items()}


def test_every_number_leads_to_as_many_conversations(
    client: TestClient, threads: dict[str, str]
) -> None:
    overview = client.get("/analytics/overview").json()
    assert listed(client) == set(threads.values())
    assert overview["total_conversations"] == 5
    resolved, confirmed, unresolved = (
        listed(client, resolution=each) for each in ("resolved", "confirmed", "unresolved")
    )
    assert resolved == {threads["plain"], threads["liked"]}
    assert confirmed == {threads["liked"]}
    assert unresolved == {threads["disliked"], threads["lost"], threads["both"]}
    assert overview["resolution_conversations"] == 5
    assert (overview["resolution_rate"], overview["confirmed_rate"]) == (0.4, 0.2)
    for question in client.get("/analytics/top-questions").json()["data"]:
        asked = listed(client, question=question["id"])
        well = listed(client, question=question["id"], resolution="resolved")
        assert len(asked) == question["count"]
        assert len(well) / len(asked) == pytest.approx(question["resolved_rate"], abs=1e-4)
        if question["question"] in (RESET, RESET_AGAIN):
            assert asked == {threads["plain"], threads["liked"], threads["both"]}
            assert well == asked  # where it was not the last question, too
    (gap,) = client.get("/analytics/coverage-gaps").json()["data"]
    assert listed(client, question=gap["id"], answered=False) == {threads["lost"], threads["both"]}
    assert listed(client, question=gap["id"], gap=True) == {threads["lost"], threads["both"]}


def test_a_gap_leads_to_those_who_asked_in_vain_and_to_no_others(
    client: TestClient, threads: dict[str, str], room: Room
) -> None:
    weak = turns.update().where(turns.c.conversation_id == threads["plain"]).values(confidence=0.3)
    off_topic = turns.update().where(turns.c.conversation_id == threads["lost"])
    room.db.write_now(lambda c: c.execute(weak))
    room.db.write_now(lambda c: c.execute(off_topic.values(off_topic=True)))
    plain = client.get(f"/conversations/{threads['plain']}").json()
    rate(client, plain["messages"][1], "negative")
    found = client.get("/analytics/coverage-gaps").json()["data"]
    asked = [listed(client, question=gap["id"], gap=True) for gap in found]
    assert [len(each) for each in asked] == [gap["count"] for gap in found]
    assert set.union(*asked) == {threads["plain"], threads["both"]} == listed(client, gap=True)


def test_filters(client: TestClient, threads: dict[str, str]) -> None:
    assert listed(client, rating="negative") == {threads["disliked"]}
    assert listed(client, rating="positive", answered=False) == set()
    assert listed(client, model="extractive") == set(threads.values())
    assert listed(client, model="another") == set()
    assert listed(client, answered=False) == {threads["lost"], threads["both"]}
    weak, sure = (listed(client, low_confidence=each) for each in (True, False))
    assert weak == {threads["lost"], threads["both"]}
    assert sure == set(threads.values()) - {threads["lost"]}
    assert listed(client, q="reset my PASSWORD") == {
        threads[each] for each in ("plain", "liked", "both")
    }
    assert listed(client, q="100%") == listed(client, q="p_y by") == set()
    client.post(f"/conversations/{threads['plain']}/escalate", json={"reason": "A person."})
    assert listed(client, escalated=True) == {threads["plain"]}
    assert listed(client, resolution="resolved") == {threads["liked"]}


def test_words_of_two_characters_are_looked_for_in_the_newest_conversations(
    client: TestClient, threads: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def meta(words: str) -> dict[str, Any]:
        found: dict[str, Any] = client.get("/conversations", params={"q": words}).json()["meta"]
        return found

    assert meta("so") == {"page": 1, "per_page": 20, "total": 2, "searched": None}
    monkeypatch.setattr(listing, "READ_FOR_WORDS", 3)
    assert meta("SO")["searched"] == 3
    assert meta("sso")["searched"] is None


def test_a_time_of_ones_own(client: TestClient, room: Room) -> None:
    first = ask(client, RESET)["thread_id"]
    room.clock.at += 40 * DAY
    second = ask(client, PAY)["thread_id"]
    assert listed(client) == {second}
    until = client.get("/conversations", params={"until": "2026-03-11T00:00:00Z"}).json()
    since = client.get("/conversations", params={"since": "2026-03-11T00:00:00+02:00"}).json()
    assert [each["id"] for each in until["data"]] == [first]
    assert [each["id"] for each in since["data"]] == [second]


def test_a_time_may_have_a_fraction_of_a_second(client: TestClient, room: Room) -> None:
    room.clock.at = 1_773_187_199_500  # 2026-03-10T23:59:59.5Z
    thread = ask(client, RESET)["thread_id"]

    def found(**when: str) -> list[str]:
        return [each["id"] for each in client.get("/conversations", params=when).json()["data"]]

    assert found(until="2026-03-10T23:59:59.999Z") == found(since="2026-03-10T23:59:59.5Z")
    assert found(until="2026-03-10T23:59:59.999Z") == [thread]
    assert found(until="2026-03-10T23:59:59.5Z") == found(since="2026-03-10T23:59:59.9Z") == []


def test_a_clock_that_jumps_makes_no_negative_figure(client: TestClient, room: Room) -> None:
    first = ask(client, RESET)["thread_id"]
    for jump in (-3 * DAY, 2 * DAY, -DAY // 2, -5 * DAY, 5 * DAY):
        room.clock.at += jump
        ask(client, RESET, first)
        ask(client, PAY)
    room.clock.at += DAY
    for period in ("24h", "7d", "30d", "90d"):
        overview = client.get("/analytics/overview", params={"period": period}).json()
        buckets = client.get("/analytics/timeseries", params={"period": period}).json()["data"]
        starts = [each["start"] for each in buckets]
        assert starts == sorted(set(starts))
        assert sum(each["messages"] for each in buckets) == overview["total_messages"]
        for figures in (overview, *buckets):
            numbers = [each for each in figures.values() if isinstance(each, int | float)]
            assert min(numbers) >= 0, figures
    assert overview["total_conversations"] == 6
    assert overview["total_messages"] == 20  # the first question is half a day ahead by now


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("period", "8d", "24h"),
        ("resolution", "solved", "unresolved"),
        ("rating", "good", "positive"),
        ("since", "yesterday", "such as 2026-03-14T11:00:00Z"),
        (
            "until",
            "2026-02-30T00:00:00Z",
            "such as 2026-03-14T11:00:00Z: this one is in no calendar",
        ),
        ("until", "0001-01-01T00:00:00+14:00", "this one is in no calendar"),
        ("per_page", "0", "from 1 to 100"),
        ("answered", "perhaps", ""),
        ("q", "", ""),
    ],
)
def test_bad_filters_say_what_is_allowed(
    client: TestClient, name: str, value: str, allowed: str
) -> None:
    response = client.get("/conversations", params={name: value})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == name
    assert allowed in response.json()["error"]["message"]


def test_all_conversations_are_exported_line_by_line(
    client: TestClient, threads: dict[str, str], db: Database
) -> None:
    response = client.get("/conversations/export?test=false")
    assert response.headers["content-type"].startswith("application/x-ndjson")
    assert "conversations.jsonl" in response.headers["content-disposition"]
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["id"] for line in lines] == [
        each["id"] for each in client.get("/conversations?test=false").json()["data"]
    ]
    assert {line["id"] for line in lines} == set(threads.values())
    for line in lines:
        shown = client.get(f"/conversations/{line['id']}").json()
        assert line == shown | {"user_id": None, "metadata": None}
    assert client.get("/conversations/export?rating=negative").text.count("\n") == 1
    noted = select(audit_log.c.action, audit_log.c.detail)
    entries = [tuple(row) for row in db.read_now(lambda c: list(c.execute(noted)))]
    assert ("conversations.exported", {"conversations": 5}) in entries


def as_csv(client: TestClient, path: str) -> list[dict[str, str]]:
    response = client.get(path, headers={"Accept": "text/csv"})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.text)))


def test_figures_as_tables(client: TestClient, threads: dict[str, str]) -> None:
    assert threads
    (row,) = as_csv(client, "/analytics/overview")
    overview = client.get("/analytics/overview").json()
    assert (row["total_conversations"], row["resolution_rate"]) == ("5", "0.4")
    assert row["resolution_interval.low"] == str(overview["resolution_interval"]["low"])
    assert row["trend.conversations"] == ""
    days = as_csv(client, "/analytics/timeseries")
    assert [day["conversations"] for day in days] == ["0"] * 7 + ["5"]
    assert days[0]["resolution_rate"] == ""
    questions = client.get("/analytics/top-questions").json()["data"]
    table = as_csv(client, "/analytics/top-questions")
    assert [row["question"] for row in table] == [each["question"] for each in questions]
    (gap,) = as_csv(client, "/analytics/coverage-gaps")
    assert (gap["question"], gap["count"]) == (SSO, "2")


def test_s40_a_question_is_no_formula(client: TestClient) -> None:
    formula = '=HYPERLINK("http://evil.test","Do you support SSO?")'
    ask(client, formula)
    for path in ("/analytics/top-questions", "/analytics/coverage-gaps"):
        (row,) = as_csv(client, path)
        assert row["question"] == f"'{formula}"


@pytest.mark.parametrize(
    ("who", "hours", "again", "returned"),
    [
        ("ann", 23, RESET_AGAIN, True),
        ("ann", 25, RESET_AGAIN, False),
        ("ann", 1, PAY, False),
        ("bob", 1, RESET_AGAIN, False),
        (None, 1, RESET_AGAIN, False),
    ],
)
def test_coming_back_within_a_day_speaks_against_the_answer(
    client: TestClient,
    room: Room,
    db: Database,
    who: str | None,
    hours: int,
    again: str,
    returned: bool,
) -> None:
    ask(client, RESET, user_id=None if who is None else "ann")
    room.clock.at += hours * 3_600_000
    ask(client, again, user_id=who)
    found = db.read_now(
        lambda c: list(c.execute(select(turns.c.returned).order_by(turns.c.asked_at)).scalars())
    )
    assert found == [returned, False]
    rate = client.get("/analytics/overview?period=7d").json()["resolution_rate"]
    assert rate == (0.5 if returned else 1.0)


def test_a_liked_answer_and_a_test_are_no_return(client: TestClient, db: Database) -> None:
    rate(client, ask(client, RESET, user_id="ann"), "positive")
    ask(client, RESET, user_id="ann", test=True)
    ask(client, RESET, user_id="ann")
    assert not any(db.read_now(lambda c: list(c.execute(select(turns.c.returned)).scalars())))

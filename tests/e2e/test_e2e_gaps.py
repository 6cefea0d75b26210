"""From a question that nobody could answer to its answer, by keyboard and by ear."""

import pytest
from playwright.sync_api import Page, expect

from conftest import Server
from e2e.knowledge import add_text

pytestmark = pytest.mark.xdist_group("e2e")

QUESTION = "Where is the greenhouse of the botanists?"
ANSWER = "The greenhouse of the botanists is behind the mill. Botanists find the greenhouse there."


def test_a_gap_that_is_answered_says_so_and_keeps_the_focus(
    signed_in: Page, server: Server
) -> None:
    with server.client() as client:
        client.post("/chat", json={"message": QUESTION}).raise_for_status()
    signed_in.goto(f"{server.url}/")
    signed_in.get_by_role("link", name=QUESTION).focus()
    signed_in.keyboard.press("Enter")
    title = signed_in.get_by_role("heading", name=QUESTION, level=1)
    expect(title).to_be_focused()
    signed_in.get_by_label("Text", exact=True).fill(ANSWER)
    signed_in.keyboard.press("Tab")
    signed_in.keyboard.press("Enter")
    said = signed_in.get_by_role("status").filter(has_text="The gap is closed")
    expect(said).to_be_visible()
    expect(title).to_be_focused()
    expect(signed_in.get_by_text("Closed", exact=True)).to_be_visible()


def test_an_answer_that_cannot_be_taken_in_is_told_and_can_be_written_again(
    signed_in: Page, server: Server
) -> None:
    with server.client() as client:
        client.post("/chat", json={"message": "Who winds the clock of the tower?"})
    signed_in.goto(f"{server.url}/gaps")
    signed_in.get_by_role("link", name="Who winds the clock of the tower?").click()
    text = signed_in.get_by_label("Text", exact=True)
    text.fill("<!-- to be written -->")
    save = signed_in.get_by_role("button", name="Save and ask again")
    save.click()
    told = signed_in.get_by_role("alert").filter(has_text="could not be taken in")
    expect(told).to_contain_text("The file holds no text.")
    expect(save).to_be_enabled()
    signed_in.reload()
    expect(text).to_have_value("<!-- to be written -->")
    text.fill("The watchmaker winds the clock of the tower every morning.")
    save.click()
    expect(signed_in.get_by_role("status").filter(has_text="The gap is closed")).to_be_visible()


def test_a_passage_near_a_gap_leads_to_its_document(signed_in: Page, server: Server) -> None:
    add_text(server, "Rowing boats", "Rowing boats are painted each spring by the harbour crew.")
    with server.client() as client:
        client.post("/chat", json={"message": "Which colour are rowing boats painted?"})
        client.post("/chat", json={"message": "How many rowing boats sank in spring?"})
        (gap, *_) = (
            each
            for each in client.get("/analytics/coverage-gaps").json()["data"]
            if "rowing" in each["question"] and each["nearest_sources"]
        )
    signed_in.goto(f"{server.url}/gaps/{gap['id']}")
    signed_in.get_by_role("main").get_by_role("link", name="Rowing boats").first.click()
    expect(
        signed_in.get_by_role("heading", name="Rowing boats", level=1, exact=True)
    ).to_be_visible()
    assert "/documents/" in signed_in.url

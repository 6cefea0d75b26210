"""Figures are read off and followed: charts have their numbers, filters stand in the address."""

import re

import pytest
from playwright.sync_api import Page, expect

from conftest import Server

pytestmark = pytest.mark.xdist_group("e2e")

KNOWN = "How long is the link to reset a password valid, says Quentin?"
UNKNOWN = "Which hat does Quentin wear on board?"
RIGHT_TO_LEFT = "ما هو اللون المفضل لدى كوينتن؟"


@pytest.fixture(scope="module")
def asked(server: Server) -> None:
    with server.client() as client:
        for question in (KNOWN, UNKNOWN, RIGHT_TO_LEFT):
            client.post("/chat", json={"message": question}).raise_for_status()


@pytest.mark.usefixtures("asked")
def test_the_filters_of_conversations_stand_in_the_address(signed_in: Page, server: Server) -> None:
    rows = signed_in.locator(".conversation-row")
    signed_in.goto(f"{server.url}/conversations?q=quentin")
    expect(rows).to_have_count(2)
    signed_in.get_by_label("Answer").select_option("Unanswered")
    expect(signed_in).to_have_url(f"{server.url}/conversations?q=quentin&answered=false")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(UNKNOWN)
    signed_in.get_by_label("Answer").select_option("Answered")
    expect(rows).to_contain_text(KNOWN[:60])
    signed_in.reload()
    expect(signed_in.get_by_label("Answer")).to_have_value("true")
    expect(rows).to_have_count(1)
    rows.get_by_role("link").click()
    expect(signed_in.get_by_role("article").first).to_contain_text("one hour")
    signed_in.go_back()
    expect(rows).to_contain_text(KNOWN[:60])


@pytest.mark.usefixtures("asked")
def test_filters_that_leave_nothing_are_taken_out_at_once(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.url}/conversations?rating=positive")
    words = signed_in.get_by_label("Words of a message")
    words.fill("nobody ever said this")
    words.press("Enter")
    expect(signed_in.get_by_text("No conversation is like that")).to_be_visible()
    signed_in.get_by_role("button", name="Show all conversations").click()
    expect(signed_in).to_have_url(f"{server.url}/conversations")
    expect(words).to_have_value("")
    expect(signed_in.get_by_label("Rating")).to_have_value("")
    title = signed_in.get_by_role("link", name=RIGHT_TO_LEFT)
    assert title.evaluate("e => getComputedStyle(e).direction") == "rtl"


@pytest.mark.usefixtures("asked")
def test_a_chart_is_read_off_and_has_a_table(signed_in: Page, server: Server) -> None:
    with signed_in.expect_response("**/analytics/timeseries?period=24h") as told:
        signed_in.goto(f"{server.url}/?period=24h")
    chart = signed_in.locator("figure.chart", has_text="Conversations")
    expect(chart.locator("figcaption")).to_contain_text("up to")
    # What comes later would push the chart away from under the pointer.
    expect(signed_in.get_by_role("status", name="Loading")).to_have_count(0)
    picture = chart.get_by_role("img")
    box = picture.bounding_box()
    assert box is not None
    picture.hover(position={"x": box["width"] - 1, "y": box["height"] / 2})
    hours = told.value.json()["data"]  # asked again in another hour, they would be others
    newest = hours[-1]["conversations"]
    expect(chart.locator("figcaption")).to_contain_text(re.compile(rf": {newest}$"))
    expect(chart.locator("rect.pointed")).to_have_count(1)
    chart.get_by_text("Table", exact=True).click()
    cells = chart.get_by_role("cell")
    expect(cells).to_have_count(len(hours))
    assert cells.all_inner_texts() == [str(hour["conversations"]) for hour in hours]
    rate = signed_in.locator("figure.chart", has_text="Resolution rate")
    rate.get_by_text("Table", exact=True).click()
    expect(rate.get_by_role("cell")).to_have_count(len(hours))
    shown = rate.get_by_role("cell").all_inner_texts()
    unmeasured = [hour["resolution_rate"] is None for hour in hours]
    assert [text == "–" for text in shown] == unmeasured


@pytest.mark.usefixtures("asked")
def test_a_figure_leads_to_its_conversations(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.url}/?period=24h")
    signed_in.get_by_role("link", name=re.compile("^Conversations: ")).click()
    expect(signed_in).to_have_url(re.compile(r"/conversations\?.*period=24h"))
    expect(signed_in.get_by_label("Time")).to_have_value("24h")

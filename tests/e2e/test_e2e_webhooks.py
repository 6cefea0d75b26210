"""Webhooks in a real browser: made, tried, paused, let go on, deleted."""

import pytest
from playwright.sync_api import Page, expect

from webhook_receiver import running_receiver

pytestmark = pytest.mark.xdist_group("e2e")


def test_a_webhook_is_made_tried_paused_and_deleted(signed_in: Page) -> None:
    page = signed_in
    page.get_by_role("link", name="Webhooks").click()
    with running_receiver() as receiver:
        page.get_by_role("button", name="Make a webhook").click()
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_label("gap.opened").uncheck()
        page.get_by_role("button", name="Make webhook").click()
        shown = page.get_by_role("dialog").locator("code").filter(has_text="whsec_")
        expect(shown).to_be_visible()
        secret = shown.inner_text()
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("127.0.0.1")
        state = page.get_by_role("region", name="State")
        expect(state).to_contain_text("Active")
        expect(state).not_to_contain_text("gap.opened")
        assert secret not in page.content()

        page.get_by_role("button", name="Send a test").click()
        log = page.get_by_role("region", name="Deliveries")
        expect(log.get_by_role("listitem")).to_contain_text("Answered 200")
        receiver.answers = [500]
        page.get_by_role("button", name="Send a test").click()
        expect(log.get_by_role("listitem")).to_have_count(2)
        expect(log).to_contain_text("The endpoint answered 500.")
        log.get_by_role("button", name="Given up").click()
        expect(log.get_by_role("listitem")).to_have_count(1)

        page.get_by_role("button", name="Pause").click()
        expect(state).to_contain_text("Somebody paused it.")
        expect(log.get_by_role("button", name="Send webhook.test again")).to_be_disabled()
        page.get_by_role("button", name="Let it go on").click()
        expect(state).to_contain_text("Active")

        receiver.answers = [200]
        log.get_by_role("button", name="Send webhook.test again").click()
        expect(log.get_by_role("listitem")).to_have_count(0)
        log.get_by_role("button", name="Delivered").click()
        expect(log.get_by_role("listitem")).to_have_count(2, timeout=30_000)

    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Webhooks")
    expect(page.get_by_text("127.0.0.1")).to_have_count(0)

"""API keys and the audit log in a real browser: made, copied once, used, rotated, revoked."""

import time

import httpx2
import pytest
from playwright.sync_api import Page, expect

from conftest import Server

pytestmark = pytest.mark.xdist_group("e2e")


def make(page: Page, name: str) -> None:
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("Name").fill(name)


def made_key(page: Page) -> str:
    """The key that is shown; the dialog is left after that."""
    shown = page.get_by_role("dialog").locator("code").filter(has_text="cevvo_")
    expect(shown).to_be_visible()
    key = shown.inner_text()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    return key


def status(server: Server, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}", "Origin": "https://shop.test"}
    return httpx2.get(f"{server.url}/api/v1/conversations", headers=headers).status_code


def test_a_key_is_made_used_rotated_and_revoked_by_its_name(
    signed_in: Page, server: Server
) -> None:
    page = signed_in
    page.get_by_role("link", name="API keys").click()
    make(page, "Checkout")
    page.get_by_role("button", name="Make key").click()
    key = made_key(page)
    row = page.get_by_role("listitem").filter(has_text=f"…{key[-4:]}")
    expect(row).to_contain_text("chat, read · never used")
    assert status(server, key) == 200
    assert key not in page.content()

    row.get_by_role("button", name="Rotate Checkout").click()
    page.get_by_role("button", name="Make its successor").click()
    successor = made_key(page)
    assert (status(server, key), status(server, successor)) == (200, 200)
    expect(row).to_contain_text("expires")

    row.get_by_role("button", name="Revoke Checkout").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Revoke", exact=True)).to_be_disabled()
    dialog.get_by_role("textbox").fill("Checkout")
    dialog.get_by_role("button", name="Revoke", exact=True).click()
    expect(row).to_contain_text("revoked")
    end = time.monotonic() + 5
    while status(server, key) == 200:  # what is known of a key is known for a second
        assert time.monotonic() < end
        time.sleep(0.1)
    assert (status(server, key), status(server, successor)) == (401, 200)

    page.get_by_role("link", name="Audit log").click()
    expect(page.get_by_text("API key revoked: Checkout")).to_be_visible()
    expect(page.get_by_text("API key rotated: Checkout")).to_be_visible()
    page.get_by_label("Show").select_option("Settings")
    expect(page.get_by_text("API key revoked: Checkout")).to_have_count(0)


def test_a_key_for_web_pages_needs_its_websites(signed_in: Page, server: Server) -> None:
    page = signed_in
    page.goto(f"{server.url}/api-keys")
    make(page, "Shop")
    page.get_by_role("button", name="For web pages").click()
    websites = page.get_by_label("Websites that may use it, one a line")
    websites.fill("shop.test")
    page.get_by_role("button", name="Make key").click()
    expect(page.get_by_role("alert")).to_contain_text("is no origin")
    websites.fill("https://shop.test\nhttps://www.shop.test")
    page.get_by_role("button", name="Make key").click()
    key = made_key(page)
    assert key.startswith("cevvo_pk_")
    assert status(server, key) == 403  # a visitor token is missing
    row = page.get_by_role("listitem").filter(has_text=f"…{key[-4:]}")
    expect(row).to_contain_text("chat on https://shop.test, https://www.shop.test")

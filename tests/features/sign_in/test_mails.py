"""Invitations and new passwords by mail, through a real mail server."""

import asyncio
import re
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from accounts import PASSWORD, Accounts, running_accounts, token_in
from mail_server import MailServer, running_mail_server


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with running_mail_server() as running:
        yield running


@pytest.fixture(scope="module")
def running_mailing(
    server: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Accounts]:
    with running_accounts(
        tmp_path_factory.mktemp("mailing"),
        public_url="https://answers.example.com",
        smtp_url=f"smtp://127.0.0.1:{server.port}",
        mail_from="Cevvo <cevvo@example.com>",
    ) as accounts:
        yield accounts


@pytest.fixture
def mailing(running_mailing: Accounts, server: MailServer) -> Accounts:
    running_mailing.reset()
    server.received.clear()
    server.refuses = False
    return running_mailing


def only(server: MailServer) -> EmailMessage:
    [message] = server.received
    return message


def link_in(message: EmailMessage) -> str:
    found = re.search(r"https://answers\.example\.com/\w+\?token=\w+", message.get_content())
    assert found
    return found[0]


def sent(accounts: Accounts) -> None:
    """Waits for what goes out behind the answer."""

    async def behind() -> None:
        await asyncio.gather(*accounts.services.resets._sending)

    accounts.run(behind)


def test_an_invitation_goes_out_with_its_link(mailing: Accounts, server: MailServer) -> None:
    owner = mailing.owner()
    made = owner.post("/invitations", {"email": "grace@example.com", "role": "editor"}).json()
    assert made["mailed"] is True
    message = only(server)
    assert message["To"] == "grace@example.com"
    assert link_in(message) == made["url"]
    token = token_in(made["url"])
    body = {"token": token, "name": "Grace", "password": PASSWORD}
    assert mailing.browser().post("/invitations/accept", body).status_code == 200


def test_a_workspace_whose_name_has_several_lines_is_one_line_of_the_mail(
    mailing: Accounts, server: MailServer
) -> None:
    owner = mailing.owner()
    workspace = owner.me()["workspace"]["id"]
    assert (
        owner.put(f"/workspaces/{workspace}", {"name": "Help\r\nBcc: all@x.y"}).status_code == 200
    )
    made = owner.post("/invitations", {"email": "grace@example.com", "role": "editor"})
    assert (made.status_code, made.json()["mailed"]) == (201, True)
    message = only(server)
    assert message["Subject"] == "You are invited to Help Bcc: all@x.y on Cevvo"
    assert message["Bcc"] is None
    assert message.get_content().startswith("You are invited to join Help Bcc: all@x.y as editor.")


def test_an_invitation_that_cannot_be_sent_says_so_and_holds(
    mailing: Accounts, server: MailServer
) -> None:
    owner = mailing.owner()
    server.refuses = True
    made = owner.post("/invitations", {"email": "grace@example.com", "role": "editor"})
    assert made.status_code == 201
    assert made.json()["mailed"] is False
    opened = mailing.browser().post("/invitations/open", {"token": token_in(made.json()["url"])})
    assert opened.json()["email"] == "grace@example.com"


def test_a_lost_password_is_replaced_by_mail(mailing: Accounts, server: MailServer) -> None:
    mailing.owner()
    assert mailing.browser().get("/session/options").json()["reset_by_mail"] is True
    asked = mailing.browser().post("/password-resets", {"email": "Ada@example.com"})
    assert (asked.status_code, asked.json()) == (202, {"accepted": True})
    sent(mailing)
    token = token_in(link_in(only(server)))
    body = {"token": token, "password": "a new and better one"}
    assert mailing.browser().post("/password-resets/complete", body).status_code == 200
    again = mailing.browser().sign_in("ada@example.com", "a new and better one")
    assert again.status_code == 200


def test_s18_asking_for_a_password_tells_nobody_who_has_an_account(
    mailing: Accounts, server: MailServer
) -> None:
    mailing.owner()
    asked = mailing.browser().post("/password-resets", {"email": "nobody@example.com"})
    assert (asked.status_code, asked.json()) == (202, {"accepted": True})
    sent(mailing)
    assert server.received == []
    answers = [
        mailing.browser().post("/password-resets", {"email": "ada@example.com"}).status_code
        for _ in range(12)
    ]
    assert answers == [202] * 10 + [429] * 2
    sent(mailing)
    assert len(server.received) == 10


def test_a_link_does_not_follow_the_host_that_a_stranger_names(
    mailing: Accounts, server: MailServer
) -> None:
    mailing.owner()
    client = mailing.browser().client
    body = {"email": "ada@example.com"}
    client.post("/api/v1/password-resets", json=body, headers={"Host": "evil.test"})
    sent(mailing)
    assert [message for message in server.received if "evil" in message.get_content()] == []


def test_without_mail_the_operator_is_named(accounts: Accounts) -> None:
    response = accounts.browser().post("/password-resets", {"email": "ada@example.com"})
    assert response.status_code == 400
    assert "cevvo people reset-password" in response.json()["error"]["message"]

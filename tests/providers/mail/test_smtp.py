"""Mail goes out over SMTP to a real server, and never in the clear over a network."""

import asyncio

import pytest

from cevvo.errors import StartError
from cevvo.providers.mail.base import Mail, MailError
from cevvo.providers.mail.smtp import SmtpSender
from cevvo.settings import load_settings
from mail_server import running_mail_server

MAIL = Mail("grace@example.com", "Grüße", "Zeile eins\nhttps://test/reset?token=abc\n")


def test_a_mail_arrives_as_it_was_written_with_the_password_of_the_url() -> None:
    with running_mail_server() as server:
        url = f"smtp://us%40er:p%2Fw@127.0.0.1:{server.port}"
        asyncio.run(SmtpSender(url, "Cevvo <cevvo@example.com>").send(MAIL))
    [message] = server.received
    assert server.logins == [("us@er", "p/w")]
    assert message["To"] == "grace@example.com"
    assert message["From"] == "Cevvo <cevvo@example.com>"
    assert message["Subject"] == "Grüße"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == MAIL.text


def test_a_server_that_refuses_or_is_not_there_is_named_without_its_password() -> None:
    with running_mail_server() as server:
        server.refuses = True
        sender = SmtpSender(f"smtp://u:secret@127.0.0.1:{server.port}", "cevvo@example.com")
        with pytest.raises(MailError, match=f"127.0.0.1:{server.port}") as refused:
            asyncio.run(sender.send(MAIL))
    with pytest.raises(MailError) as gone:
        asyncio.run(sender.send(MAIL))
    assert "secret" not in refused.value.message + gone.value.message


def test_nothing_is_sent_in_the_clear_but_to_this_machine() -> None:
    """By a name that is not one of loopback's own, the same server is a stranger."""
    with running_mail_server() as server:
        sender = SmtpSender(f"smtp://u:secret@127.0.0.2:{server.port}", "cevvo@example.com")
        sender._host = "127.0.0.1."  # resolves to loopback, and is no name of it
        with pytest.raises(MailError):
            asyncio.run(sender.send(MAIL))
    assert server.received == []
    assert server.logins == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"smtp_url": "smtps://u:hunter2@mail.example.com"}, "CEVVO_MAIL_FROM"),
        ({"smtp_url": "http://u:hunter2@mail.example.com"}, "smtps://"),
        ({"oidc_issuer": "https://sso.example.com"}, "CEVVO_OIDC_CLIENT_ID"),
        ({"oidc_issuer": "http://sso.example.com", "oidc_client_id": "x"}, "https://"),
        ({"public_url": "http://answers.example.com"}, "https://"),
        ({"public_url": "https://answers.example.com/cevvo"}, "without a path"),
    ],
)
def test_settings_that_mean_nothing_or_are_not_safe_are_refused(
    settings: dict[str, str], said: str
) -> None:
    with pytest.raises(StartError, match=said) as refused:
        load_settings(**settings)
    assert "hunter2" not in refused.value.message

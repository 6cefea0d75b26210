"""Mail goes out over SMTP to a real server, and never in the clear over a network."""

import asyncio

import pytest

from cevvo.errors import StartError
from cevvo.providers.mail.base import Mail, MailError
from cevvo.providers.mail.smtp import SmtpSender
from cevvo.settings import load_settings
from mail_server import running_mail_server

MAIL = Mail("grace@example.com", "Grüße", "Zeile eins\nhttps://test/reset?token=abc\n")
SOLIDUS = "\uff0f"  # of full width: urlsplit refuses it, and quotes what it stands in


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


def test_a_subject_stays_one_line_whatever_it_is_made_of() -> None:
    """A workspace's name is in it, which its owner chooses."""
    hidden = "=?utf-8?q?x=0D=0AContent-Type=3A_text/html=0D=0A=0D=0Ahello?="
    subjects = (f"To {hidden}", "To a\r\nBcc: b", "To a\u2028b\x85c")
    with running_mail_server() as server:
        sender = SmtpSender(f"smtp://127.0.0.1:{server.port}", "cevvo@example.com")
        for subject in subjects:
            asyncio.run(sender.send(Mail(MAIL.to, subject, MAIL.text)))
    assert [message["Subject"] for message in server.received] == [
        f"To {hidden.replace('=?', '= ?', 1)}",
        "To a Bcc: b",
        "To a b c",
    ]
    for message in server.received:
        assert message["Bcc"] is None
        assert message.get_content_type() == "text/plain"
        assert message.get_content().replace("\r\n", "\n") == MAIL.text


@pytest.mark.parametrize(
    "to",
    [
        "x@=?utf-8?q?=0ABcc=3A?=",  # the end of a line, once it is decoded
        "=?utf-8?q??=@\u200b?",  # nothing to the standard library's parser
        "a@b\nBcc: c@d",
    ],
)
def test_an_address_that_is_none_in_a_header_is_not_written_to(to: str) -> None:
    with running_mail_server() as server:
        sender = SmtpSender(f"smtp://127.0.0.1:{server.port}", "cevvo@example.com")
        with pytest.raises(MailError):
            asyncio.run(sender.send(Mail(to, MAIL.subject, MAIL.text)))
    assert server.received == []


def test_a_password_that_smtp_cannot_carry_is_said_like_any_other_failure() -> None:
    with running_mail_server() as server:
        sender = SmtpSender(f"smtp://u:%C3%BC@127.0.0.1:{server.port}", "cevvo@example.com")
        with pytest.raises(MailError, match="CEVVO_SMTP_URL") as refused:
            asyncio.run(sender.send(MAIL))
    assert "ü" not in refused.value.message
    assert server.received == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"smtp_url": "smtps://u:pear@mail.example.com"}, "CEVVO_MAIL_FROM"),
        ({"smtp_url": "http://u:pear@mail.example.com"}, "smtps://"),
        ({"smtp_url": "smtps://u:pear#@mail.example.com"}, "%23"),
        ({"smtp_url": "smtps://u:pear@mail.example.com:99999"}, "no address"),
        ({"redis_url": "redis://:pear/@cache.example.com:6379/0"}, "%2F"),
        ({"redis_url": f"redis://:pear{SOLIDUS}@cache.example.com:6379/0"}, "no address"),
        ({"database_url": f"postgresql://u:pear{SOLIDUS}@db.example.com/cevvo"}, "no address"),
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
    assert "pear" not in refused.value.message

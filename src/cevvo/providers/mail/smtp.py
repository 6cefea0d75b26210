"""Mail over SMTP, by the standard library.

``smtps://`` is encrypted from the start (port 465), ``smtp://`` by STARTTLS (port 587), which is
insisted on: a connection that stays in the clear carries no password and no link. The only
exception is a server on this very machine.
"""

import asyncio
import smtplib
import ssl
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from cevvo.providers.mail.base import Mail, MailError
from cevvo.settings import Settings

_TIMEOUT = 15.0  # seconds for each step
_ENCODED = "=?"  # begins a word that a header has in another encoding (RFC 2047, section 2)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def configured_sender(settings: Settings) -> "SmtpSender | None":
    """As the operator configured it; None where no mail can be sent."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    return SmtpSender(settings.smtp_url.get_secret_value(), settings.mail_from)


class SmtpSender:
    """Implements ``MailSender``. ``url``: smtp(s)://user:password@host:port."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._encrypted = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or (465 if self._encrypted else 587)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """See ``MailSender.send``."""
        try:
            await asyncio.to_thread(self._deliver, self._message(mail))
        # The last three: what cannot stand in a header, a command or a login.
        except (OSError, smtplib.SMTPException, ValueError, LookupError, MessageError) as error:
            raise MailError(
                f"The mail server {self._host}:{self._port} did not take the mail "
                f"({type(error).__name__}). Check CEVVO_SMTP_URL."
            ) from error

    def _message(self, mail: Mail) -> EmailMessage:
        if _ENCODED in mail.to:
            raise ValueError("no address has an encoded word")
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = mail.to
        # In one line, and read as it is written: decoded, it might hold the end of a line.
        message["Subject"] = " ".join(mail.subject.split()).replace(_ENCODED, "= ?")
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2].rstrip(">"))
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
        message.set_content(mail.text)
        return message

    def _deliver(self, message: EmailMessage) -> None:
        with self._connected() as server:
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        if self._encrypted:
            return smtplib.SMTP_SSL(
                self._host, self._port, timeout=_TIMEOUT, context=ssl.create_default_context()
            )
        server = smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT)
        if self._host not in _LOOPBACK:
            server.starttls(context=ssl.create_default_context())
        return server

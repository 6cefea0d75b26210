"""Sending mail: the port."""

from dataclasses import dataclass
from typing import Protocol

from cevvo.errors import CevvoError


@dataclass(frozen=True, slots=True)
class Mail:
    """A message of plain text to one address."""

    to: str
    subject: str
    text: str


class MailError(CevvoError):
    """The mail was not taken. The message names the cause, and no password."""


class MailSender(Protocol):
    """Hands mail to a server that delivers it."""

    async def send(self, mail: Mail) -> None:
        """Returns once the server has taken it. Raises MailError."""

"""Whom the audit log names when a command does something."""

import getpass

from cevvo.domain.access import Actor


def this_user() -> Actor:
    """The user of this machine who runs the command."""
    try:
        name: str | None = getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        name = None
    return Actor("cli", name)

"""The ``cevvo`` command: one file per command.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the server cannot be reached, 4 not allowed. The
commands that need the whole server import it when they run, so that the others start quickly.
"""

from cevvo.cli.main import main

__all__ = ["main"]

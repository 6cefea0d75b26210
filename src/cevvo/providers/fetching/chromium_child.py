"""The process that becomes Chromium: gives up rights, then runs it in its own place.

Started by ``chromium_process.py`` and by nobody else, with a socket as standard input, which
becomes Chromium's DevTools connection (descriptors 3 and 4). The browser exits when that socket
closes, and is killed with the server. The arguments are the folder of its profile, the program,
and the program's own arguments.

Root becomes the user ``nobody``. Chromium's sandbox stays on, except where root could not have it
either: then nobody's rights are all that a page that breaks out of the browser gets.
"""

import ctypes
import os
import pwd
import resource
import signal
import sys

_KILL_WITH_PARENT = 1  # PR_SET_PDEATHSIG in linux/prctl.h
_NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x40000000  # CLONE_NEWUSER, NEWPID, NEWNET in sched.h


def main(profile: str, program: str, arguments: list[str]) -> None:
    """Does not return."""
    os.dup2(0, 3)
    os.dup2(0, 4)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.geteuid() == 0:
        _become_nobody(profile)
        if not _namespaces_for_everyone():
            arguments = [*arguments, "--no-sandbox"]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_KILL_WITH_PARENT, signal.SIGKILL)
    os.execv(program, [program, *arguments])  # noqa: S606 -- a shell is what it must not be


def _become_nobody(profile: str) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(profile, nobody.pw_uid, nobody.pw_gid)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


def _namespaces_for_everyone() -> bool:
    """Whether a process without privileges can have what Chromium's sandbox is built of."""
    if sys.platform != "linux":
        return True
    child = os.fork()
    if child == 0:
        os._exit(0 if ctypes.CDLL(None).unshare(_NEW_NAMESPACES) == 0 else 1)
    return os.waitpid(child, 0)[1] == 0


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])

"""A DNS server of a few lines, and a network namespace in which it is the only one."""

import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter
from ipaddress import ip_address
from pathlib import Path

import pytest

A, AAAA = 1, 28

# In namespaces of its own: loopback, a resolver that asks 127.0.0.1 and nothing else, and one
# public address that is the machine's own. /run is hidden, as the sockets of other resolvers
# (nscd, systemd-resolved, avahi) are there and reach out of the namespace.
_SETUP = """
ip link set lo up
ip address add 198.41.0.4/32 dev lo
mount -t tmpfs none /run
for name in resolv.conf nsswitch.conf hosts; do
    target=$(readlink -m /etc/$name)
    mkdir -p "${target%/*}"
    [ -e "$target" ] || : > "$target"
    mount --bind "$1/$name" "$target"
done
shift
exec "$@"
"""
OWN_ADDRESS = "198.41.0.4"


class NameServer:
    """Answers on UDP 127.0.0.1:53. ``records`` can be changed at any time.

    They give a name's addresses, one list after the other for each lookup, the last one for good.
    A name that is not in there does not exist; one whose name begins with ``dead`` gets no answer.
    """

    def __init__(self) -> None:
        self.records: dict[str, list[list[str]]] = {}
        self.asked: Counter[str] = Counter()
        self._turns: Counter[tuple[str, int]] = Counter()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def set(self, name: str, *turns: list[str]) -> None:
        """Let the next lookups of a name give these addresses."""
        self.records[name] = list(turns)
        self._turns.clear()

    def _serve(self) -> None:
        while True:
            query, client = self._socket.recvfrom(2048)
            answer = self._answer(query)
            if answer is not None:
                self._socket.sendto(answer, client)

    def _answer(self, query: bytes) -> bytes | None:
        labels, at = [], 12
        while length := query[at]:
            labels.append(query[at + 1 : at + 1 + length].decode())
            at += 1 + length
        kind = struct.unpack_from("!H", query, at + 1)[0]
        name = ".".join(labels).lower()
        if kind == A:
            self.asked[name] += 1
        if name.startswith("dead"):
            return None
        question = query[12 : at + 5]
        if name not in self.records:
            return query[:2] + struct.pack("!5H", 0x8183, 1, 0, 0, 0) + question
        turns = self.records[name]
        turn = min(self._turns[name, kind], len(turns) - 1)
        self._turns[name, kind] += 1
        family = {A: 4, AAAA: 6}.get(kind)
        found = [ip for text in turns[turn] if (ip := ip_address(text)).version == family]
        answers = b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(ip.packed)) + ip.packed
            for ip in found
        )
        return query[:2] + struct.pack("!5H", 0x8180, 1, len(found), 0, 0) + question + answers


def run_in_namespace(folder: Path, script: Path, *arguments: str, timeout: float) -> str:
    """What a Python script prints that runs where only this module's server resolves names.

    Skips the test where namespaces cannot be made.
    """
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:2\n")
    (folder / "nsswitch.conf").write_text("hosts: files dns\n")
    (folder / "hosts").write_text("127.0.0.1 localhost\n")
    if missing := [name for name in ("unshare", "ip", "mount") if shutil.which(name) is None]:
        pytest.skip(f"needs the {missing[0]} command")
    enter = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
    inside = ["sh", "-euc", _SETUP, "sh", str(folder)]
    probe = subprocess.run([*enter, *inside, "true"], capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip(f"network namespaces cannot be made here: {probe.stderr.strip()}")
    ended = subprocess.run(
        [*enter, *inside, sys.executable, str(script), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout

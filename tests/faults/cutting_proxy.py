"""A proxy on loopback that cuts a connection over which the server has been silent for too long."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cutting_proxy(port: int, silence: float) -> Iterator[int]:
    """The port of a proxy for ``port``; ``silence`` in seconds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, port, silence), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)  # the thread ends


def _accept(listener: socket.socket, port: int, silence: float) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", port))
            server.settimeout(silence)
            threading.Thread(target=_relay, args=(server, client), daemon=True).start()
            client.settimeout(60)
            threading.Thread(target=_relay, args=(client, server), daemon=True).start()


def _relay(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # the other end is gone, or silent for too long
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()

"""``cevvo serve``: the API and the dashboard; without Postgres the background jobs, too."""

import asyncio
import errno
import gc
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import typer

from cevvo.cli.options import DataDir, Host, Port
from cevvo.cli.quiet import say
from cevvo.domain.hosts import is_loopback
from cevvo.errors import StartError
from cevvo.features.people.links import link_url
from cevvo.settings import Settings, load_settings

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

GRACE = 8
"""Seconds that open requests and streams get after SIGTERM before they are cut."""


def serve(data_dir: DataDir = None, host: Host = None, port: Port = None) -> None:
    """Serve the API and the dashboard.

    Jobs are worked on here, too, as one process holds the data directory. On Postgres they are
    not: that is what cevvo worker is for, and cevvo up does both.

    Example: cevvo serve --data-dir /srv/cevvo --port 8420
    """
    settings = load_settings(data_dir=data_dir, host=host, port=port)
    listener = listen(settings)
    app = load_app(settings, works=settings.database_url is None)
    server = build_server(app)
    say(f"cevvo serves {base_url(listener)}   data {settings.data_dir}   Stop: Ctrl-C")
    if settings.database_url is not None:
        say("Jobs are for others to do: cevvo worker")
    token = asyncio.run(app.state.services.sign_in.setup_token(at_start=True))
    if token is not None:
        url = link_url(settings.public_url or base_url(listener), "setup", token)
        say(f"Set it up: {url}   (one use, 30 min; another: cevvo people setup-link)")
    run(server, listener)


def run(server: "uvicorn.Server", listener: socket.socket) -> None:
    """Until it is asked to stop. Raises Exit when it could not start."""
    with clean_exit():
        server.run(sockets=[listener])
    if not server.started:
        raise typer.Exit(1)


def load_app(settings: Settings, *, works: bool = True) -> "FastAPI":
    """``create_app``, imported now: raises what it raises."""
    with _without_collecting():
        from cevvo.app import create_app  # the server's imports take a second

        return create_app(settings, works=works)


def load_worker(settings: Settings) -> "FastAPI":
    """``create_worker``, imported now: raises what it raises."""
    with _without_collecting():
        from cevvo.app import create_worker  # as above

        return create_worker(settings)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Nothing made here becomes garbage: to look for some would take a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def clean_exit() -> Iterator[None]:
    """End with exit code 0 when asked to stop: uvicorn raises the signal again once it is done."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    except KeyboardInterrupt:
        say("Stopped.")


_ANOTHER_HOST = "Name an address of this machine with --host."
_REMEDIES: dict[int | None, str] = {
    errno.EADDRINUSE: "Stop the program that has this port, or take another one with --port.",
    errno.EACCES: "Take a port from 1024 on with --port.",
}


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises StartError when the port is taken or not allowed."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise StartError(
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}). "
            f"{_REMEDIES.get(error.errno, _ANOTHER_HOST)}"
        ) from None
    if not is_loopback(settings.host) and not settings.trusted_proxies:
        typer.secho(
            f"cevvo: warning: {settings.host} is reachable from the network, without TLS: keys, "
            "passwords and questions can be read on the way. Have it listen on 127.0.0.1 behind a "
            "proxy with TLS, and name the proxy in CEVVO_TRUSTED_PROXIES.",
            fg=typer.colors.YELLOW,
            err=True,
        )
    return listener


def base_url(listener: socket.socket) -> str:
    """Where a browser on this machine finds the server."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - reachable here as loopback
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def build_server(app: "FastAPI") -> "uvicorn.Server":
    """A uvicorn server for ``app``, not yet running."""
    import uvicorn  # the server's imports take a second

    from cevvo.foundation.http.protocol import BoundedHttpProtocol

    class Server(uvicorn.Server):
        """Takes no more jobs while it still waits for requests; asked twice, waits for nothing."""

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            draining = asyncio.create_task(app.state.drain())
            await super().shutdown(sockets)
            if self.force_exit:
                draining.cancel()
            else:
                await draining

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            self.force_exit = self.should_exit
            super().handle_exit(sig, frame)

    return Server(
        uvicorn.Config(
            app,
            http=BoundedHttpProtocol,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE,
        )
    )

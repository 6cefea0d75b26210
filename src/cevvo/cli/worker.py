"""``cevvo worker``: the background jobs, in a process of their own beside servers on Postgres."""

from typing import Annotated

import typer

from cevvo.cli.options import DataDir, Host
from cevvo.cli.quiet import say
from cevvo.cli.serve import base_url, build_server, listen, load_worker, run
from cevvo.errors import StartError
from cevvo.settings import load_settings, origins

HealthPort = Annotated[
    int | None, typer.Option("--port", help="Port for /healthz and /readyz. (a free one)")
]


def worker(data_dir: DataDir = None, host: Host = None, port: HealthPort = None) -> None:
    """Work on jobs (crawls, files, webhooks, schedules). Needs Postgres; start as many as you like.

    Asked to stop (SIGTERM), it gives back what it cannot end in a few seconds: others go on.

    Example: CEVVO_DATABASE_URL=postgresql://cevvo@db/cevvo cevvo worker
    """
    if port is None and origins()["port"] == "default":
        port = 0
    settings = load_settings(data_dir=data_dir, host=host, port=port)
    if settings.database_url is None:
        raise StartError(
            "A worker of its own needs Postgres (CEVVO_DATABASE_URL). Without it one process holds "
            "the data directory, and `cevvo serve` works on the jobs itself."
        )
    listener = listen(settings)
    server = build_server(load_worker(settings))
    say(f"cevvo works; how it is: {base_url(listener)}/readyz   Stop: Ctrl-C")
    run(server, listener)

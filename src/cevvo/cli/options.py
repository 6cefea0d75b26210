"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Where everything durable lives. [./cevvo-data]")
]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on. [127.0.0.1]")]
Port = Annotated[int | None, typer.Option("--port", help="Port to listen on; 0 takes a free one.")]

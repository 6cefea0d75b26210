"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Where everything durable lives. (./cevvo-data)")
]
WorkspaceName = Annotated[
    str | None,
    typer.Option("--workspace", metavar="NAME", help="Which one, by name or id. (the oldest)"),
]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on. (127.0.0.1)")]
Port = Annotated[int | None, typer.Option("--port", help="Port to listen on; 0 takes a free one.")]
ApiUrl = Annotated[
    str | None, typer.Option("--url", help="Base URL of the API. (the last `cevvo up` here)")
]
Period = Annotated[str, typer.Option(help="24h, 7d, 30d or 90d, up to now.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the API's answer, for programs.")]
Website = Annotated[str, typer.Argument(metavar="URL", help="Where the crawl starts.")]
Include = Annotated[
    list[str] | None,
    typer.Option(help="Only pages that match: /guide (and all below), a pattern with *, a URL."),
]
Exclude = Annotated[list[str] | None, typer.Option(help="No pages that match, whatever includes.")]
MaxDepth = Annotated[int | None, typer.Option(help="Links between the start page and a page.")]
CssSelector = Annotated[str | None, typer.Option(help="What is read of each page. (main part)")]
RenderJs = Annotated[
    bool | None, typer.Option("--render-js", help="Read pages after their JavaScript has run.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the crawl; exit 1 if it fails.")]

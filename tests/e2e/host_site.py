"""A website with the widget on it: of another origin than the server, strict or hostile."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from conftest import Server

STRICT = (
    "default-src 'none'; script-src {server}; connect-src {server}; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""What a strict website has to allow, and no more."""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Larkspur</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>
<body><main><h1>Larkspur</h1><p>Pumps for gardens.</p>
<label>Search <input name="q"></label></main>{tags}</body></html>"""


@dataclass
class HostSite:
    """``url`` without a path; what it serves at each path can be changed at any time."""

    url: str
    pages: dict[str, tuple[Mapping[str, str], str]] = field(default_factory=dict)

    def show(
        self,
        path: str,
        server: Server,
        key: str,
        *,
        attributes: str = "",
        head: str = "",
        policy: str | None = None,
        copies: int = 1,
        body: str = "",
    ) -> str:
        """Have a page at ``path`` with the widget on it; its address."""
        tag = f'<script src="{server.url}/widget.js" data-key="{key}" {attributes}></script>'
        page = PAGE.format(head=head, tags=body + tag * copies)
        headers = {} if policy is None else {"Content-Security-Policy": policy}
        self.pages[path] = (headers, page)
        return self.url + path


@contextmanager
def host_site() -> Iterator[HostSite]:
    """Runs one, under another name than the server's: to a browser it is another site."""
    site = HostSite("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers, html = site.pages.get(urlsplit(self.path).path, ({}, ""))
            body = html.encode()
            self.send_response(200 if html else 404)
            for name, value in {"Content-Type": "text/html", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    site.url = f"http://localhost:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

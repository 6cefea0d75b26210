"""What the commands make of the API's refusals."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import typer

from cevvo.cli.api import FAILED, Api
from cli.conftest import Command
from conftest import Server


class _Spent(BaseHTTPRequestHandler):
    asked = 0

    def do_POST(self) -> None:
        type(self).asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        content = json.dumps({"error": {"message": "The budget is used up."}}).encode()
        self.send_response(429)
        self.send_header("Retry-After", "30000")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.parametrize("arguments", [("ask", "What is tea?"), ("status",)])
def test_an_address_without_its_path_is_told(
    command: Command, server: Server, arguments: tuple[str, ...]
) -> None:
    refused = command(*arguments, "--url", server.url)
    assert refused.code != 0
    assert f"ends in /api/v1: is it {server.url}/api/v1?" in refused.err


def test_a_budget_that_is_used_up_until_tomorrow_is_not_waited_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Spent)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        with pytest.raises(typer.Exit) as ended:
            Api(f"http://127.0.0.1:{server.server_port}/api/v1", "k").post("chat", body={})
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert ended.value.exit_code == FAILED
    assert "The budget is used up." in capsys.readouterr().err
    assert _Spent.asked == 1

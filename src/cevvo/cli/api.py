"""The API as the commands use it: where it is, with which key, and what ends a command."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NoReturn, Self
from urllib.parse import quote

import httpx2
import typer

from cevvo.cli.credentials import DEFAULT_BASE_URL, load_credentials

FAILED = 1
WRONG_USAGE = 2
CANNOT_CONNECT = 3
NOT_ALLOWED = 4
_PER_PAGE = 100
_LONGEST_PAUSE = 60.0
_PAUSES = 5


def fail(message: str, code: int = FAILED) -> NoReturn:
    """End the command with one line and an exit code."""
    typer.secho(f"cevvo: {message}", fg=typer.colors.RED, err=True)
    raise typer.Exit(code)


def print_json(value: object) -> None:
    """Print an answer of the API for programs."""
    typer.echo(json.dumps(value, ensure_ascii=False))


class Refusal(Exception):
    """The API refused a request: in words, with its status and the field at fault."""

    def __init__(self, words: str, status: int, param: str | None) -> None:
        super().__init__(words)
        self.status = status
        self.param = param


def refuse(refusal: Refusal) -> NoReturn:
    """End the command with what the API said."""
    fail(str(refusal), NOT_ALLOWED if refusal.status in (401, 403) else FAILED)


class Api:
    """A server's API. ``base_url`` ends with ``/api/v1``.

    A call that is refused, or not answered, ends the command with one line that says why.
    """

    def __init__(self, base_url: str, key: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.headers = {"Authorization": f"Bearer {key}"}
        self._request = partial(
            httpx2.request,
            headers=self.headers,
            timeout=120,
            verify=httpx2.create_ssl_context(),  # made once: it takes longer than a request
        )

    @property
    def mcp_url(self) -> str:
        """Where the same server is asked by agents."""
        return f"{self.base_url.removesuffix('/api/v1')}/mcp"

    @classmethod
    def find(cls, url: str | None = None) -> Self:
        """The API at ``url``, else at CEVVO_BASE_URL, else that of the last ``cevvo up`` here.

        The key is CEVVO_API_KEY, else the one that is remembered for that address.
        """
        credentials = load_credentials()
        remembered = next(reversed(credentials), DEFAULT_BASE_URL)
        base_url = (url or os.environ.get("CEVVO_BASE_URL") or remembered).rstrip("/")
        key = os.environ.get("CEVVO_API_KEY") or credentials.get(base_url)
        if not key:
            fail(
                f"no API key for {base_url}. Set CEVVO_API_KEY, or make one with: "
                "cevvo keys create",
                NOT_ALLOWED,
            )
        return cls(base_url, key)

    def get(self, *path: str, **params: object) -> Any:
        """What the API answers to a GET of the path, whose parts need not be quoted."""
        return self.call("GET", *path, params=params)

    def post(self, *path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the API answers to a POST of JSON."""
        return self.call("POST", *path, json=body)

    def items(self, *path: str, **params: object) -> Iterator[dict[str, Any]]:
        """Every item of a list that the API gives by pages."""
        page = 1
        while True:
            answer = self.get(*path, **params, page=page, per_page=_PER_PAGE)
            yield from answer["data"]
            if page * _PER_PAGE >= answer["meta"]["total"]:
                return
            page += 1

    def call(self, method: str, *path: str, **request: Any) -> Any:
        """The answer to a request; ``request`` as httpx takes it. A refusal ends the command."""
        try:
            return self.ask(method, *path, **request)
        except Refusal as refusal:
            refuse(refusal)

    def ask(self, method: str, *path: str, **request: Any) -> Any:
        """As ``call``, but raises Refusal.

        Where the API asks for a pause (429) of up to a minute, it is made, up to five times. A
        budget that is used up until tomorrow ends the command.
        """
        url = "/".join([self.base_url, *(quote(part, safe="") for part in path)])
        for pauses in range(_PAUSES + 1):
            response, answer = self._send(method, url, request)
            if response.status_code != 429 or pauses == _PAUSES:
                break
            asked = response.headers.get("retry-after", "")
            pause = float(asked) if asked.isdecimal() else 1.0
            if pause > _LONGEST_PAUSE:
                break
            time.sleep(pause)
        if not response.is_success:
            refusal = answer.get("error", {}) if isinstance(answer, dict) else {}
            elsewhere = self._elsewhere() if response.status_code in (404, 405) else ""
            raise Refusal(
                f"{refusal.get('message', response.status_code)}{elsewhere} "
                f"(request {refusal.get('request_id')})",
                response.status_code,
                refusal.get("param"),
            )
        return answer

    def _send(self, method: str, url: str, request: dict[str, Any]) -> tuple[httpx2.Response, Any]:
        try:
            response = self._request(method, url, **request)
            return response, response.json()
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            fail(f"cannot reach {url} ({error}). Start a server with: cevvo up", CANNOT_CONNECT)
        except ValueError:
            fail(
                f"{url} is not a Cevvo API: it answered {response.status_code}.{self._elsewhere()}",
                CANNOT_CONNECT,
            )

    def _elsewhere(self) -> str:
        """Where the API may be, if its address is not as addresses of it are."""
        if self.base_url.endswith("/api/v1"):
            return ""
        return f" The base URL of a Cevvo API ends in /api/v1: is it {self.base_url}/api/v1?"

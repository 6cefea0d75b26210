# Written by generate_sync.py from _async/transport.py: change that.
"""Sends calls to the API: authentication, time limits, retries, errors."""

import secrets
from time import sleep
from dataclasses import dataclass
from random import random
from time import monotonic
from typing import TypeVar

from httpx2 import Client, Request, RequestError, Response, Timeout, TimeoutException

from cevvo_sdk._call import Call
from cevvo_sdk._config import CONNECT_TIMEOUT, Config, log
from cevvo_sdk._retry import delay, may_retry, retry_after
from cevvo_sdk._version import __version__
from cevvo_sdk.errors import APIConnectionError, APIError, APITimeoutError, api_error, no_api
from cevvo_sdk.types.model import Model

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Transport:
    """The only place that sends anything."""

    config: Config
    http: Client

    def fetch(self, call: Call, kind: type[M]) -> M:
        """The JSON object that the API answers."""
        response = self.send(call)
        try:
            value = response.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            media_type = response.headers.get("content-type", "something")
            raise no_api(response, f"{media_type} that is no JSON object")
        return kind(value, response)

    def send(self, call: Call, *, stream: bool = False) -> Response:
        """A successful response, its body read unless it is to be a stream.

        Raises APIError, or APIConnectionError when no answer arrived.
        """
        request = self._request(call)
        attempt = 0
        while True:
            asked = None
            started = monotonic()
            try:
                response = self.http.send(request, stream=stream)
                if not response.is_success:
                    response.read()
            except RequestError as cause:
                error: APIConnectionError | APIError = self._no_answer(request, cause)
                retry = True
            else:
                if response.is_success:
                    _log(request, str(response.status_code), started)
                    return response
                error = api_error(response)
                retry = may_retry(response, error.code)
                asked = retry_after(response.headers)
            _log(request, str(error), started)
            if not retry or attempt >= self.config.max_retries:
                raise error
            sleep(delay(attempt, asked, random()))
            attempt += 1

    def _request(self, call: Call) -> Request:
        config = self.config
        headers = {
            "authorization": f"Bearer {config.api_key}",
            "accept": call.accept,
            "user-agent": f"cevvo-python/{__version__}",
        }
        if call.method == "POST":
            headers["idempotency-key"] = config.idempotency_key or secrets.token_hex(16)
        request = self.http.build_request(
            call.method,
            config.base_url + call.path,
            params={name: value for name, value in call.query.items() if value is not None},
            json=call.json,
            data=call.form or None,
            files={"file": call.file} if call.file else None,
            headers=headers | {name.lower(): value for name, value in config.headers.items()},
            timeout=Timeout(config.timeout, connect=min(CONNECT_TIMEOUT, config.timeout)),
        )
        request.read()  # the same bytes over all attempts
        return request

    def _no_answer(self, request: Request, cause: RequestError) -> APIConnectionError:
        where = f"{request.method} {request.url.copy_with(query=None)}"
        if isinstance(cause, TimeoutException):
            late = f"{where}: no answer within {self.config.timeout:g} s."
            error: APIConnectionError = APITimeoutError(late)
        else:
            error = APIConnectionError(
                f"{where}: {cause or type(cause).__name__}. Does the server run there, and is the "
                f"base URL right?"
            )
        error.__cause__ = cause
        return error


def _log(request: Request, outcome: str, started: float) -> None:
    took = (monotonic() - started) * 1000
    log.info("%s %s: %s (%.0f ms)", request.method, request.url.path, outcome, took)

"""Drives the Python SDK as ``sdks/README.md`` says: calls by name in, outcomes out.

python tests/sdks/python_driver.py job.json          the blocking client
python tests/sdks/python_driver.py job.json --async  the other
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from pathlib import Path
from typing import Any

from cevvo_sdk import AsyncCevvo, AsyncPage, Cevvo, CevvoError, Page
from cevvo_sdk.types import Model

Outcome = dict[str, Any]
ERROR_FIELDS = ("status", "code", "param", "request_id", "retry_after")


def run(client: Cevvo, call: str, args: Mapping[str, Any]) -> Outcome:
    """What came of a call to the blocking client."""
    texts: list[str] = []
    try:
        if not call.startswith("chat.stream"):
            return _returned(_method(client, call)(**_arguments(args)))
        with client.chat.stream(**args) as stream:
            for text in stream.text_stream:
                texts.append(text)
                if call == "chat.stream.leave":
                    return {"texts": texts}
            return _returned(stream.final()) | {"texts": texts}
    except CevvoError as error:
        return _raised(error) | {"texts": texts}


async def run_async(client: AsyncCevvo, call: str, args: Mapping[str, Any]) -> Outcome:
    """The same of the asynchronous one."""
    texts: list[str] = []
    try:
        if not call.startswith("chat.stream"):
            return await _awaited(_method(client, call)(**_arguments(args)))
        async with client.chat.stream(**args) as stream:
            async for text in stream.text_stream:
                texts.append(text)
                if call == "chat.stream.leave":
                    return {"texts": texts}
            return _returned(await stream.final()) | {"texts": texts}
    except CevvoError as error:
        return _raised(error) | {"texts": texts}


def _method(client: object, call: str) -> Any:
    found = client
    for name in call.split("."):
        found = getattr(found, name)
    return found


def _arguments(args: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(args)
    if "file_name" in given:
        given["file"] = given.pop("file_name"), given.pop("content")
    return given


async def _awaited(result: Any) -> Outcome:
    if isinstance(result, AsyncGenerator):
        return {"result": {"data": [event.to_dict() async for event in result]}}
    result = await result
    if isinstance(result, AsyncPage):
        return _items(result, [item.to_dict() async for item in result])
    return _returned(result)


def _returned(result: Any) -> Outcome:
    if isinstance(result, Generator):
        return {"result": {"data": [event.to_dict() for event in result]}}
    if isinstance(result, Page):
        return _items(result, [item.to_dict() for item in result])
    if isinstance(result, Model):
        return {"result": result.to_dict(), "request_id": result.request_id}
    return {"result": result.decode()}


def _items(page: Any, items: list[Any]) -> Outcome:
    return {"result": {"data": items}, "request_id": page.request_id}


def _raised(error: CevvoError) -> Outcome:
    fields = {name: getattr(error, name, None) for name in ERROR_FIELDS}
    return {"error": {"class": type(error).__name__, "message": error.message} | fields}


def work(script: list[dict[str, Any]], client: Cevvo | AsyncCevvo) -> list[Outcome]:
    """One outcome for each step of a script."""
    known: dict[str, str] = {}
    transcript = []
    with asyncio.Runner() as runner:
        for step in script:
            args = _filled(step.get("args", {}), known)
            chosen = client.with_options(**step.get("options", {}))
            if isinstance(chosen, AsyncCevvo):
                outcome = runner.run(run_async(chosen, step["call"], args))
            else:
                outcome = run(chosen, step["call"], args)
            for name, place in step.get("keep", {}).items():
                known[f"${name}"] = _found(outcome["result"], place)
            transcript.append({"call": step["call"], **outcome})
    return transcript


def _filled(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, known) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, known) for each in value]
    return known.get(value, value) if isinstance(value, str) else value


def _found(result: Any, place: str) -> str:
    for part in place.split("."):
        result = result[int(part) if part.isdigit() else part]
    return str(result)


if __name__ == "__main__":
    steps = json.loads(Path(sys.argv[1]).read_text())
    json.dump(work(steps, AsyncCevvo() if "--async" in sys.argv else Cevvo()), sys.stdout)

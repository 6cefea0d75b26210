"""Words for a request that does not have the form its endpoint declares."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from cevvo.errors import InvalidRequest

_MAX_NAMED = 3  # faults that one message names
_MAX_SHOWN = 40  # characters of a value that a message repeats
_MAX_STEPS = 8  # names and positions that lead to a field, as far as a message repeats them
_SUBJECT = re.compile(r"^(Input|String|List|Value|Data|URL|Tuple|Dictionary) (?=should )")
_NOT_AN_OBJECT = ("model_attributes_type", "model_type", "dict_type")


def invalid_request(error: RequestValidationError) -> InvalidRequest:
    """What is wrong, what would be right, and ``param``: the first field at fault."""
    faults = list(error.errors())
    first = faults[0]
    if first["type"] == "json_invalid":
        return InvalidRequest(_bad_json(first, error.body))
    words = [_fault(each) for each in faults[:_MAX_NAMED]]
    more = len(faults) - len(words)
    if more > 0:
        words.append(f"And {more} more.")
    return InvalidRequest(" ".join(words), param=_param(first["loc"]))


def _bad_json(fault: Mapping[str, Any], body: object) -> str:
    position = fault["loc"][1]
    before = body[:position] if isinstance(body, str) else ""
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return f"The body is not valid JSON at line {line}, column {column}: {fault['ctx']['error']}."


def _fault(fault: Mapping[str, Any]) -> str:
    name = _param(fault["loc"])
    kind, given = fault["type"], fault["input"]
    if name is None:
        if isinstance(given, bytes | bytearray):
            return "Send the body as JSON, with the header `Content-Type: application/json`."
        if kind in _NOT_AN_OBJECT:
            return f"The body must be a JSON object, not {_json_kind(given)}."
        if kind == "missing":
            return "This request needs a body."
    if kind == "missing":
        return f"`{name}` is required."
    if kind in _NOT_AN_OBJECT:
        return f"`{name}` must be an object, not {_json_kind(given)}."
    if kind == "string_unicode":
        return f"`{name}` holds half a character (a lone surrogate): send whole ones."
    if kind == "recursion_loop":
        return f"`{name}` is nested too deeply."
    if "Expected UploadFile" in fault["msg"]:
        return f"`{name}` must be a file: send it as a part that has a file name."
    words = fault["msg"].removeprefix("Value error, ").rstrip(".")
    words, replaced = _SUBJECT.subn("", words)
    sentence = f"`{name}` {words}" if replaced else f"`{name}`: {words}"
    if kind in ("literal_error", "enum"):
        return f"{sentence}, not {_shown(given)}."
    if kind.endswith("_type"):
        return f"{sentence}, not {_json_kind(given)}."
    return f"{sentence}."


def _param(location: Sequence[str | int]) -> str | None:
    """``crawl.include[0]`` for ("body", "crawl", "include", 0); None for the body as a whole."""
    name = ""
    for part in location[1 : 1 + _MAX_STEPS]:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name or None


def _json_kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return _json_kind(value)
    return json.dumps(value if len(value) <= _MAX_SHOWN else value[:_MAX_SHOWN] + "…")

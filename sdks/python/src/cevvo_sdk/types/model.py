"""What the API answers, as objects with attributes."""

from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin, get_type_hints

import httpx2

Convert = Callable[[Any], Any]
_known: dict[type, dict[str, Convert | None]] = {}


class Model:
    """An object of the API. Its fields are attributes under the names that they have on the wire.

    Fields that are newer than this package are attributes, too. A field that the server did not
    send, because it is older, is None. Values are not checked: a status that is newer than this
    package is the text that came.
    """

    _data: dict[str, Any]
    _response: httpx2.Response | None

    def __init__(self, data: Mapping[str, Any], response: httpx2.Response | None = None) -> None:
        self._data = dict(data)
        self._response = response
        converters = _converters(type(self))
        for name in converters.keys() - data.keys():
            setattr(self, name, None)
        for name, value in data.items():
            convert = converters.get(name)
            if name in converters or not hasattr(type(self), name):
                setattr(self, name, convert(value) if convert and value is not None else value)

    @property
    def request_id(self) -> str | None:
        """Names this request in the server's log; of what a call returned, not of its parts."""
        return self._response.headers.get("x-request-id") if self._response else None

    @property
    def http_response(self) -> httpx2.Response:
        """Status and headers; of what a call returned. Its parts have none: AttributeError."""
        if self._response is None:
            raise AttributeError("Only what a call returned has a response, not its parts.")
        return self._response

    def to_dict(self) -> dict[str, Any]:
        """The JSON object as it came, with everything in it."""
        return self._data

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._data.items())
        return f"{type(self).__name__}({shown})"

    @classmethod
    def fields(cls) -> Mapping[str, object]:
        """Names and types of the declared fields."""
        hints = get_type_hints(cls)
        return {name: hint for name, hint in hints.items() if not name.startswith("_")}


def _converters(model: type[Model]) -> dict[str, Convert | None]:
    if model not in _known:
        _known[model] = {name: _converter(hint) for name, hint in model.fields().items()}
    return _known[model]


def _converter(hint: object) -> Convert | None:
    """What makes objects of the JSON in a field; None where it stays as it is."""
    if isinstance(hint, type) and issubclass(hint, Model):
        return hint
    inner = next(filter(None, map(_converter, get_args(hint))), None)
    if inner is None or get_origin(hint) is not list:
        return inner
    return lambda values: [inner(value) for value in values]

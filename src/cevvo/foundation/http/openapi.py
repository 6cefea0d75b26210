"""The OpenAPI description, made true to what every endpoint has in common.

FastAPI describes what each endpoint takes and returns. What the layers around all of them add is
added here: the API key, the idempotency key, the errors and the headers. An endpoint declares only
an error that no other of its kind has, as ``responses={502: {}}``.
"""

import json
import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from cevvo.foundation.http.response_headers import API_PREFIX, is_api_path

_Schema = dict[str, Any]

_ERROR_SCHEMA: _Schema = {
    "title": "Error",
    "description": "What every failure looks like.",
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "param", "request_id"],
            "properties": {
                "code": {"type": "string", "examples": ["invalid_request"]},
                "message": {
                    "type": "string",
                    "description": "What was wrong and what would be right.",
                    "examples": ["`message` is required."],
                },
                "param": {
                    "type": ["string", "null"],
                    "description": "The field at fault, where there is one.",
                    "examples": ["message"],
                },
                "request_id": {
                    "type": "string",
                    "description": "The same as `X-Request-Id`; the server's log has it too.",
                    "examples": ["req_4fJ8sKq2mN7xV1bC5dG9hL"],
                },
            },
        }
    },
}
_MEANINGS = {
    "400": "The request is malformed or out of range.",
    "401": "No valid API key, and no session.",
    "403": "The API key lacks the scope, or the person the right.",
    "404": "There is no such thing.",
    "408": "The body came in too slowly.",
    "409": "The request contradicts the present state, or an earlier request with the same "
    "`Idempotency-Key`.",
    "413": "The body is too large.",
    "415": "The content is of no type that can be read.",
    "429": "Too many requests, or (`budget_exceeded`) the tokens or money of the day are used up. "
    "`Retry-After` says when to try again.",
    "500": "Something went wrong on the server.",
    "502": "A model provider failed.",
    "503": "The server cannot serve this now. `Retry-After` says when to try again.",
    "507": "The server's disk is full; nothing was stored.",
}
_ALWAYS = ("400", "401", "403", "429", "500", "503")
_WITH_BODY = ("408", "413")
_IDS_IN_BODIES = {"thread_id", "message_id", "source_id", "source_ids"}
_CHANGING = ("507",)
_HEADERS: _Schema = {
    "X-Request-Id": {"description": "Names this request.", "schema": {"type": "string"}},
    "X-RateLimit-Limit": {
        "description": "Requests that the key has in any minute.",
        "schema": {"type": "integer"},
    },
    "X-RateLimit-Remaining": {
        "description": "How many of them are left.",
        "schema": {"type": "integer"},
    },
    "X-RateLimit-Reset": {
        "description": "Seconds until there is at least one more.",
        "schema": {"type": "integer"},
    },
}
_ERROR_HEADERS: _Schema = {
    "401": {"WWW-Authenticate": {"schema": {"const": "Bearer"}}},
    "409": {
        "X-Should-Retry": {
            "description": "`false`, unless the first request with the same `Idempotency-Key` is "
            "still being answered.",
            "schema": {"type": "string", "const": "false"},
        }
    },
    "429": {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
    "503": {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
}
_IDEMPOTENCY_KEY: _Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "1 to 255 visible ASCII characters. The same key with the same body gets the "
    "first response again for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_SECURITY_SCHEMES: _Schema = {
    "ApiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key: `cevvo_sk_…`.",
    },
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-cevvo_session",
        "description": "The session of a person who is signed in to the dashboard.",
    },
}
_SERVERS = [
    {"url": "/", "description": "The server that this description comes from."},
    {"url": "http://127.0.0.1:8420", "description": "A server of one's own, as it starts."},
]
PUBLIC: dict[str, Any] = {"security": []}
"""``openapi_extra`` of an operation that is open to everyone."""
SESSION_ONLY: dict[str, Any] = {"security": [{"Session": []}]}
"""``openapi_extra`` of an operation that is for people who are signed in, and for no API key."""
_KEY: dict[str, list[str]] = {"ApiKey": []}
_SESSION: dict[str, list[str]] = {"Session": []}
_GENERIC_PAGE = re.compile(r"\bPage_(\w+)_(?=\")")  # Page[Source] as Pydantic writes it
_FASTAPI_ERRORS = ("HTTPValidationError", "ValidationError")


def install_openapi(app: FastAPI) -> None:
    """Have ``app.openapi()``, and with it ``/openapi.json``, return the completed description."""

    def openapi() -> _Schema:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _described(app: FastAPI) -> _Schema:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        servers=_SERVERS,
    )
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _FASTAPI_ERRORS:
        schemas.pop(name, None)
    schemas["Error"] = _ERROR_SCHEMA
    components["securitySchemes"] = _SECURITY_SCHEMES
    components["headers"] = _HEADERS
    components["responses"] = {
        f"Error{status}": _error_response(status, meaning) for status, meaning in _MEANINGS.items()
    }
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            operation["responses"].pop("422", None)
            if is_api_path(path):
                _complete(path, method, operation, schemas)
    renamed: _Schema = json.loads(_GENERIC_PAGE.sub(r"\1Page", json.dumps(schema)))
    return renamed


def _complete(path: str, method: str, operation: _Schema, schemas: _Schema) -> None:
    # What others' clients speak, /v1, takes keys alone: sessions open nothing outside API_PREFIX.
    usual = [_KEY, _SESSION] if path.startswith(f"{API_PREFIX}/") else [_KEY]
    is_public = operation.setdefault("security", usual) == []
    headers = _header_references(_KEY in operation["security"])
    responses = operation["responses"]
    statuses = [status for status in responses if status in _MEANINGS]
    statuses += [status for status in _ALWAYS if status != "401" or not is_public]
    body: _Schema = operation.get("requestBody", {}).get("content", {})
    if "{" in path or _IDS_IN_BODIES & _properties(body, schemas):
        statuses.append("404")
    if body:
        statuses += _WITH_BODY
    if "multipart/form-data" in body:
        statuses.append("415")
    if method != "get":
        statuses += _CHANGING
    if method == "post" and not is_public:
        statuses.append("409")
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    for response in responses.values():
        response.setdefault("headers", {}).update(headers)
    for status in sorted(set(statuses)):
        responses[status] = {"$ref": f"#/components/responses/Error{status}"}


def _properties(body: _Schema, schemas: _Schema) -> set[str]:
    """The fields of a request body."""
    references = [content["schema"].get("$ref", "") for content in body.values()]
    names = [reference.rpartition("/")[2] for reference in references]
    return {field for name in names for field in schemas.get(name, {}).get("properties", {})}


def _error_response(status: str, meaning: str) -> _Schema:
    return {
        "description": meaning,
        "headers": _header_references(True) | _ERROR_HEADERS.get(status, {}),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def _header_references(counted: bool) -> _Schema:
    """``counted``: the requests of an API key are, and the response says how many are left."""
    names = _HEADERS if counted else ("X-Request-Id",)
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}

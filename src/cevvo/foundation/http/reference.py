"""``/docs``: the API reference as one plain page, made from the OpenAPI document.

No script and nothing from elsewhere: it works offline and under the strictest policy.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

_STYLE = """
:root{color-scheme:light dark;--line:light-dark(#e3e3e0,#33343a);--dim:light-dark(#5c5e66,#a0a3ad);
--code:light-dark(#f5f5f2,#1d1e22);--accent:light-dark(#1f5fd0,#86b0ff)}
body{font:16px/1.55 system-ui,sans-serif;margin:0 auto;max-width:56rem;padding:2rem 1.25rem 6rem}
h1{font-size:1.9rem;letter-spacing:-.02em}h2{margin-top:3.5rem;border-bottom:1px solid var(--line)}
h3{margin:2.5rem 0 .25rem;font:600 1.05rem ui-monospace,monospace;overflow-wrap:anywhere}
h3 b{color:var(--accent);display:inline-block;min-width:4.2rem}h4{margin:1rem 0 .25rem}
pre{background:var(--code);padding:.9rem 1rem;border-radius:8px;overflow:auto;font-size:.85rem}
code{font-size:.9em}table{border-collapse:collapse;width:100%;font-size:.92rem}
td{border-top:1px solid var(--line);padding:.4rem .75rem .4rem 0;vertical-align:top}
td:first-child{font:.88rem ui-monospace,monospace;white-space:nowrap}small,.dim{color:var(--dim)}
a{color:var(--accent)}nav{columns:2;font:.82rem/1.9 ui-monospace,monospace}
@media(max-width:600px){nav{columns:1}td{display:block;border:0;padding:.1rem 0}
td:first-child{border-top:1px solid var(--line);padding-top:.4rem}}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"


def install_reference(app: FastAPI) -> None:
    """Serve the page at ``/docs``."""

    @app.get("/docs", include_in_schema=False)
    def reference(request: Request) -> HTMLResponse:
        base_url = f"{request.url.scheme}://{request.url.netloc}"
        page = render_reference(app.openapi(), base_url)
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


def render_reference(schema: dict[str, Any], base_url: str) -> str:
    """The page for an OpenAPI 3.1 document whose paths are served at ``base_url``."""
    operations = [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    tags: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, method, operation in operations:
        tags.setdefault(operation.get("tags", ["other"])[0], []).append((path, method, operation))
    links = "<br>".join(
        f'<a href="#{escape(o["operationId"])}">{m.upper()} {escape(p)}</a>'
        for p, m, o in operations
    )
    chapters = "".join(
        f"<h2>{escape(tag.capitalize())}</h2>"
        + "".join(_operation(schema, base_url, *operation) for operation in members)
        for tag, members in tags.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(schema['info']['title'])} API</title><style>{_STYLE}</style>"
        f"<h1>{escape(schema['info']['title'])} API <small>{escape(schema['info']['version'])}"
        f"</small></h1><p>{escape(schema['info'].get('description', ''))}</p>"
        f'<p class="dim">Machine-readable: <a href="/openapi.json">openapi.json</a></p>'
        f"<nav>{links}</nav>{chapters}</html>"
    )


def _operation(
    schema: dict[str, Any], base_url: str, path: str, method: str, operation: dict[str, Any]
) -> str:
    body = _body_schema(schema, operation)
    parts = [
        f'<h3 id="{escape(operation["operationId"])}"><b>{method.upper()}</b> {escape(path)}</h3>',
        f"<p>{_prose(operation.get('description') or operation.get('summary', ''))}</p>",
        _table("Parameters", _parameters(operation)),
        _table("Body", _fields(schema, body)) if body else "",
        f"<pre>{escape(_curl(schema, base_url, path, method, operation))}</pre>",
        _answers(schema, operation),
    ]
    return "".join(parts)


def _resolve(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = schema
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _body_schema(schema: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    media = next(iter(content.values()), None)
    return _resolve(schema, media["schema"]) if media else None


def _type(schema: dict[str, Any], node: dict[str, Any]) -> str:
    node = _resolve(schema, node)
    if "anyOf" in node:
        return " or ".join(dict.fromkeys(_type(schema, option) for option in node["anyOf"]))
    if "enum" in node or "const" in node:
        return " | ".join(json.dumps(value) for value in node.get("enum", [node.get("const")]))
    if node.get("type") == "array":
        return f"list of {_type(schema, node.get('items', {}))}"
    return str(node.get("type", "any"))


def _example(schema: dict[str, Any], node: dict[str, Any]) -> Any:
    """The example that the schema gives, put together from its fields; None where it gives none."""
    node = _resolve(schema, node)
    if "examples" in node:
        return node["examples"][0]
    if "example" in node:
        return node["example"]
    if "anyOf" in node:
        return next(
            (e for e in (_example(schema, o) for o in node["anyOf"]) if e is not None), None
        )
    if "properties" in node:
        fields = {name: _example(schema, field) for name, field in node["properties"].items()}
        required = node.get("required", [])
        return {n: v for n, v in fields.items() if v is not None or n in required}
    if node.get("type") == "array":
        item = _example(schema, node.get("items", {}))
        return [] if item is None else [item]
    return node.get("const", node.get("default"))


def _fields(schema: dict[str, Any], body: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    required = body.get("required", [])
    for name, field in body.get("properties", {}).items():
        kind = _type(schema, field) + (", required" if name in required else "")
        yield name, kind, field.get("description", "")


def _parameters(operation: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for parameter in operation.get("parameters", []):
        kind = f"in {parameter['in']}" + (", required" if parameter.get("required") else "")
        yield parameter["name"], kind, parameter.get("description", "")


def _table(title: str, rows: Iterator[tuple[str, str, str]]) -> str:
    cells = "".join(
        f'<tr><td>{escape(name)}<td class="dim">{escape(kind)}<td>{_prose(words)}'
        for name, kind, words in rows
    )
    return f"<h4>{title}</h4><table>{cells}</table>" if cells else ""


def _prose(words: str) -> str:
    """Words with `code` marked as such."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))


def _curl(
    schema: dict[str, Any], base_url: str, path: str, method: str, operation: dict[str, Any]
) -> str:
    body = _body_schema(schema, operation)
    lines = [
        f"curl --request {method.upper()} \\",
        f"  --url '{base_url}{path}' \\",
        "  --header 'Authorization: Bearer YOUR_API_KEY'",
    ]
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        lines[-1] += " \\\n  --form 'file=@document.pdf'"
    elif body is not None:
        text = json.dumps(_example(schema, body), indent=2, ensure_ascii=False)
        lines[-1] += f" \\\n  --header 'Content-Type: application/json' \\\n  --data '{text}'"
    return "\n".join(lines)


def _answers(schema: dict[str, Any], operation: dict[str, Any]) -> str:
    parts = []
    for status, response in operation.get("responses", {}).items():
        if not status.startswith("2"):
            continue
        for media in response.get("content", {}).values():
            example = media.get("example") or _example(schema, media.get("schema", {}))
            if example is not None:
                is_text = isinstance(example, str)
                text = example if is_text else json.dumps(example, indent=2, ensure_ascii=False)
                parts.append(f"<h4>{escape(status)}</h4><pre>{escape(text)}</pre>")
    others = [status for status in operation.get("responses", {}) if not status.startswith("2")]
    if others:
        parts.append(f'<p class="dim">Errors: {escape(", ".join(others))}</p>')
    return "".join(parts)

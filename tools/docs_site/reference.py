"""The API reference: a page for each tag of ``openapi.json``, a section for each operation."""

import json
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any

from docs_site.contents import Group, Place
from docs_site.layout import Page
from docs_site.markdown import Heading, anchor_link, code_block, render_inline, slug
from docs_site.schemas import Description, Field, Schema
from docs_site.snippets import LANGUAGES, snippets

MARK = "<!-- every operation -->"
"""Where ``docs/api.md`` wants the table of them."""
_DEEPEST = 4


def reference_group(description: Description, overview: Place) -> Group:
    """The navigation's part: the overview, then a page for each tag."""
    parts = [replace(overview, title="Overview")]
    parts += [
        replace(overview, title=tag, url=f"{overview.url}/{slug(tag)}", about=f"API: {tag}")
        for tag in _tags(description)
    ]
    return Group(overview.title, parts)


def reference_pages(description: Description) -> Iterator[tuple[Page, list[tuple[Heading, str]]]]:
    """Each page, and what the search finds on it."""
    for tag, operations in _tags(description).items():
        headings = [Heading(2, o["operationId"], o["summary"]) for _, _, o in operations]
        sections = [_operation(description, *each) for each in operations]
        texts = [
            f"{method.upper()} {path} {o.get('description', '')} {_names(description, o)}"
            for path, method, o in operations
        ]
        html = f"<h1>{escape(tag)}</h1>\n" + "\n".join(sections)
        page = Page(f"/docs/api/{slug(tag)}", tag, html, f"API: {tag}", headings, wide=True)
        yield page, [(h, " ".join(t.split())) for h, t in zip(headings, texts, strict=True)]


def operation_table(description: Description) -> str:
    """Markdown: all operations by tag, with links to them."""
    parts = []
    for tag, operations in _tags(description).items():
        parts.append(f"### {tag}\n\n| operation | method | path |\n|---|---|---|")
        for path, method, each in operations:
            link = f"[{each['summary']}](/docs/api/{slug(tag)}#{each['operationId']})"
            parts[-1] += f"\n| {link} | `{method.upper()}` | `{path}` |"
    return "\n\n".join(parts)


def _tags(description: Description) -> dict[str, list[tuple[str, str, Schema]]]:
    tags: dict[str, list[tuple[str, str, Schema]]] = {}
    for path, methods in description.document["paths"].items():
        for method, operation in methods.items():
            tags.setdefault(operation["tags"][0], []).append((path, method, operation))
    return tags


def _names(description: Description, operation: Schema) -> str:
    """The names of what it takes."""
    names = [parameter["name"] for parameter in operation.get("parameters", [])]
    for media in operation.get("requestBody", {}).get("content", {}).values():
        names += [each.name for each in description.fields(media["schema"])]
    return " ".join(names)


def _operation(description: Description, path: str, method: str, operation: Schema) -> str:
    anchor, title = operation["operationId"], operation["summary"]
    about = operation.get("description", "")
    prose = "".join(f"<p>{render_inline(part)}</p>" for part in about.split("\n\n") if part)
    said = [
        f'<h2 id="{anchor}">{escape(title)}{anchor_link(anchor, title)}</h2>',
        f'<p class="route"><b class="{method}">{method.upper()}</b> <code>{_path(path)}</code></p>',
        prose,
        f'<p class="who">{_who(operation)}</p>',
        _fields("Parameters", _parameters(description, operation), description),
        _body(description, operation),
        _responses(description, operation),
    ]
    shown = [_snippets(description, path, method, operation), _examples(description, operation)]
    return (
        f'<section class="operation"><div class="said">{"".join(said)}</div>'
        f'<div class="shown">{"".join(shown)}</div></section>'
    )


def _path(path: str) -> str:
    return escape(path).replace("{", "<i>{").replace("}", "}</i>").replace("/", "/<wbr>")


def _who(operation: Schema) -> str:
    ways = [next(iter(way), "") for way in operation.get("security", [])]
    if "ApiKey" in ways:
        return "With an API key, or signed in." if "Session" in ways else "With an API key."
    return "Signed in to the dashboard." if "Session" in ways else "Open to everyone."


def _parameters(description: Description, operation: Schema) -> Iterator[Field]:
    for each in operation.get("parameters", []):
        schema = each["schema"]
        about = description.with_limits(schema, each.get("description", ""))
        kind = f"{each['in']}, {description.type(schema).removesuffix(' or null')}"
        yield Field(each["name"], kind, each.get("required", False), about, None)


def _body(description: Description, operation: Schema) -> str:
    parts = []
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        title = "Body" if media == "application/json" else f"Body ({media})"
        parts.append(_fields(title, description.fields(content["schema"]), description))
    return "".join(parts)


def _fields(title: str, fields: Iterator[Field], description: Description, depth: int = 0) -> str:
    items = "".join(_field(each, description, depth) for each in fields)
    if not items:
        return ""
    heading = f"<h3>{escape(title)}</h3>" if title else ""
    return f'{heading}<ul class="fields" role="list">{items}</ul>'


def _field(field: Field, description: Description, depth: int) -> str:
    needed = ' <span class="required">required</span>' if field.required and not depth else ""
    inside = ""
    if field.inside is not None and depth < _DEEPEST:
        fields = _fields("", description.fields(field.inside), description, depth + 1)
        name = escape(field.name)
        inside = f"<details><summary>Fields of <code>{name}</code></summary>{fields}</details>"
    about = f"<p>{render_inline(field.about)}</p>" if field.about else ""
    return (
        f"<li><code>{escape(field.name)}</code> "
        f'<span class="type">{escape(field.type)}</span>{needed}{about}{inside}</li>'
    )


def _responses(description: Description, operation: Schema) -> str:
    parts, errors = [], []
    for status, given in sorted(operation["responses"].items()):
        response = description.resolve(given)
        about = render_inline(response.get("description", ""))
        if status >= "400":
            errors.append(f'<li><code>{status}</code> <span class="type">{about}</span></li>')
            continue
        said = "" if about == "Successful Response" else f"<p>{about}</p>"
        parts.append(f"<h3>Response {status}</h3>{said}")
        for media, content in response.get("content", {}).items():
            fields = list(description.fields(content.get("schema", {})))
            if not fields:
                parts.append(f"<p><code>{escape(media)}</code></p>")
            parts.append(_fields("", iter(fields), description, depth=1))
    link = '<a href="/docs/api#errors">What they look like</a>'
    return "".join(parts) + (
        f'<details class="errors"><summary>Errors</summary><p>{link}.</p>'
        f'<ul class="fields" role="list">{"".join(errors)}</ul></details>'
    )


def _snippets(description: Description, path: str, method: str, operation: Schema) -> str:
    found = snippets(description, path, method, operation)
    parts = "".join(
        f'<section data-language="{language}"{" class=chosen" if language == "curl" else ""}>'
        f"<h3>{language}</h3>{code_block(code, LANGUAGES[language], ' data-origin')}</section>"
        for language, code in found.items()
    )
    return f'<div class="snippets" data-label="{escape(operation["summary"])}">{parts}</div>'


def _examples(description: Description, operation: Schema) -> str:
    for status, given in sorted(operation["responses"].items()):
        response = description.resolve(given)
        if status >= "300":
            continue
        for content in response.get("content", {}).values():
            example: Any = content.get("example") or description.example(content.get("schema", {}))
            if example is None:
                continue
            if isinstance(example, str):
                code = code_block(example)
            else:
                code = code_block(json.dumps(example, indent=2, ensure_ascii=False), "json")
            return f'<div class="example"><h3>{status}</h3>{code}</div>'
    return ""

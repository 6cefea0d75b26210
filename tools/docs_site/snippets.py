"""How an operation is called, in four languages, out of ``snippets.toml`` and ``openapi.json``."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from docs_site.schemas import Description, Schema

ORIGIN = "http://127.0.0.1:8420"
"""In examples; the site's script puts the server's own in its place."""
LANGUAGES = {"curl": "sh", "Python": "python", "TypeScript": "ts", "Go": "go"}
_TABLE: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("snippets.toml").read_text()
)
_PYTHON = "from cevvo_sdk import Cevvo\n\ncevvo = Cevvo()\n"
_TYPESCRIPT = "import {{ Cevvo }} from '@cevvo/sdk';\n{imports}\nconst cevvo = new Cevvo();\n"
_IMPORT = re.compile(r"^import .*\n+", re.MULTILINE)
_FAILING = "if err != nil {\n\tlog.Fatal(err)\n}\n"
_GO = f"client, err := cevvo.NewClient()\n{_FAILING}"
_GO_WORDS = {"id": "ID", "url": "URL", "ms": "MS"}


def table() -> dict[str, dict[str, Any]]:
    """By operation, what ``snippets.toml`` says of it."""
    return _TABLE


def snippets(description: Description, path: str, method: str, operation: Schema) -> dict[str, str]:
    """The operation's example by language: curl always, the others where the SDKs have it."""
    given = _TABLE.get(operation["operationId"], {})
    named = [_example(description, p) for p in operation.get("parameters", []) if p["in"] == "path"]
    found = {"curl": _curl(description, path, method, operation, given)}
    if "call" in given or "python" in given:
        found["Python"] = _python(given, named)
    if "call" in given or "typescript" in given:
        found["TypeScript"] = _typescript(given, named)
    if "go" in given:
        found["Go"] = _go(given)
    return found


def _example(description: Description, parameter: Schema) -> str:
    return str(description.example(parameter["schema"]))


def _curl(
    description: Description, path: str, method: str, operation: Schema, given: dict[str, Any]
) -> str:
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            name = "{" + parameter["name"] + "}"
            path = path.replace(name, _example(description, parameter))
    content = operation.get("requestBody", {}).get("content", {})
    args = given.get("args", {})
    url = ORIGIN + path
    if args and not content:
        url = f"'{url}?{urlencode(args)}'"
    options = [f"--request {method.upper()} {url}" if method not in ("get", "post") else url]
    options += _authentication(method, operation)
    options += given.get("curl", [])
    if "application/json" in content:
        body = args or description.example(content["application/json"]["schema"]) or {}
        text = json.dumps(body, indent=2, ensure_ascii=False)
        options += ["--header 'Content-Type: application/json'", f"--data '{text}'"]
    elif method == "post" and not content:
        options[0] = f"--request POST {options[0]}"
    return "curl " + " \\\n  ".join(options) + "\n"


def _authentication(method: str, operation: Schema) -> list[str]:
    ways = [next(iter(way), "") for way in operation.get("security", [])]
    if "ApiKey" in ways:
        return ['--header "Authorization: Bearer $CEVVO_API_KEY"']
    if "Session" in ways:
        cookies = "--cookie cevvo.cookies --cookie-jar cevvo.cookies"
        # What changes something with a cookie has to come from the server's own pages.
        return [cookies] if method == "get" else [cookies, f"--header 'Origin: {ORIGIN}'"]
    return ["--cookie-jar cevvo.cookies"] if _opens_session(operation) else []


def _opens_session(operation: Schema) -> bool:
    return operation["operationId"] in ("sign_in", "set_up", "accept_invitation")


def _python(given: dict[str, Any], named: list[str]) -> str:
    if code := given.get("python"):
        return str(code if "import" in code else f"{_PYTHON}{code}").lstrip("\n")
    args = [json.dumps(value) for value in named]
    for name, value in given.get("args", {}).items():
        shown = _python_value(value)
        args.append(shown if given.get("positional") else f"{name}={shown}")
    call = f"cevvo.{given['call']}({', '.join(args)})"
    if len(call) > 84 and len(args) > 1:
        call = call[: call.index("(")] + "(\n    " + ",\n    ".join(args) + ",\n)"
    if each := given.get("each"):
        return f"{_PYTHON}for {each} in {call}:\n    print({each}.{given['prints']})\n"
    name = given["returns"]
    return f"{_PYTHON}{name} = {call}\nprint({name}.{given['prints']})\n"


def _python_value(value: Any) -> str:
    match value:
        case bool():
            return str(value)
        case list():
            return "[" + ", ".join(map(_python_value, value)) + "]"
        case dict():
            inside = (f"{json.dumps(k)}: {_python_value(v)}" for k, v in value.items())
            return "{" + ", ".join(inside) + "}"
    return json.dumps(value, ensure_ascii=False)


def _typescript(given: dict[str, Any], named: list[str]) -> str:
    if code := given.get("typescript"):
        imports = "".join(line.strip() + "\n" for line in _IMPORT.findall(code))
        return _TYPESCRIPT.format(imports=imports) + _IMPORT.sub("", code).lstrip("\n")
    args = [f"'{value}'" for value in named]
    if values := given.get("args"):
        if given.get("positional"):
            args += [_typescript_value(value) for value in values.values()]
        else:
            args.append(_typescript_value(values))
    call = f"cevvo.{_camel(given['call'])}({', '.join(args)})"
    if len(call) > 74 and values:
        inside = "".join(f"  {k}: {_typescript_value(v)},\n" for k, v in values.items())
        call = call[: call.index("{")] + "{\n" + inside + "})"
    start = _TYPESCRIPT.format(imports="")
    if each := given.get("each"):
        return f"{start}for await (const {each} of {call}) console.log({each}.{given['prints']});\n"
    name = given["returns"]
    return f"{start}const {name} = await {call};\nconsole.log({name}.{given['prints']});\n"


def _typescript_value(value: Any) -> str:
    match value:
        case str():
            return f"'{value}'"
        case list():
            return "[" + ", ".join(map(_typescript_value, value)) + "]"
        case dict():
            return "{ " + ", ".join(f"{k}: {_typescript_value(v)}" for k, v in value.items()) + " }"
    return json.dumps(value)


def _camel(call: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), call)


def _go(given: dict[str, Any]) -> str:
    code = given["go"]
    if code.endswith("\n"):  # written out, not a call alone
        return f"{_GO}{code}"
    field = "".join(_GO_WORDS.get(w, w.capitalize()) for w in given["prints"].split("_"))
    if each := given.get("each"):
        failing = "".join(f"\t{line}\n" for line in _FAILING.splitlines())
        return (
            f"{_GO}for {each}, err := range {code} {{\n{failing}\tfmt.Println({each}.{field})\n}}\n"
        )
    name = given["returns"]
    return f"{_GO}{name}, err := {code}\n{_FAILING}fmt.Println({name}.{field})\n"

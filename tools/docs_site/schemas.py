"""What the schemas of ``openapi.json`` say: types in words, fields, examples."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object. ``inside`` is the object that it holds, alone or in a list."""

    name: str
    type: str
    required: bool
    about: str
    inside: Schema | None


class Description:
    """An OpenAPI 3.1 document."""

    def __init__(self, document: Schema) -> None:
        self.document = document

    def resolve(self, node: Schema) -> Schema:
        """What a reference leads to, or the node itself."""
        while "$ref" in node:
            target: Any = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def type(self, node: Schema) -> str:
        """In words: ``string or null``, ``list of Source``, ``"24h" | "7d"``."""
        named = node.get("$ref", "").rpartition("/")[2].removesuffix("Out")
        node = self.resolve(node)
        if options := node.get("anyOf") or node.get("oneOf"):
            return " or ".join(dict.fromkeys(self.type(option) for option in options))
        if "enum" in node or "const" in node:
            return " | ".join(json.dumps(value) for value in node.get("enum", [node.get("const")]))
        match node.get("type"):
            case "array":
                return f"list of {self.type(node.get('items', {}))}"
            case "object" if named and node.get("properties"):
                return str(named)
            case list() as several:
                return " or ".join(several)
            case None:
                return "any"
            case kind:
                return str(kind)

    def with_limits(self, node: Schema, about: str) -> str:
        """What is said of a field, with its default and bounds where that does not name them."""
        node = self._but_null(node)
        limits = self._limits(node)
        bound = node.get("maximum", node.get("maxLength"))
        if not limits or (bound is not None and str(bound) in about):
            return about
        return f"{about} {limits[0].upper()}{limits[1:]}." if about else f"{limits}."

    def _limits(self, node: Schema) -> str:
        said = []
        if node.get("default") not in (None, [], {}):
            said.append(f"default `{json.dumps(node['default'])}`")
        low, high = (
            node.get(short, node.get(long))
            for short, long in (("minimum", "minLength"), ("maximum", "maxLength"))
        )
        unit = " characters" if "maxLength" in node or "minLength" in node else ""
        if low is not None and high is not None:
            said.append(f"{low} to {high}{unit}")
        elif low is not None or high is not None:
            said.append(f"at least {low}{unit}" if low is not None else f"at most {high}{unit}")
        return ", ".join(said)

    def fields(self, node: Schema) -> Iterator[Field]:
        """The fields of an object."""
        node = self.resolve(node)
        required = node.get("required", [])
        for name, each in node.get("properties", {}).items():
            found = self.resolve(each)
            about = self.with_limits(each, each.get("description") or found.get("description", ""))
            yield Field(name, self.type(each), name in required, about, self._inside(each))

    def _inside(self, node: Schema) -> Schema | None:
        node = self._but_null(node)
        if node.get("type") == "array":
            node = self._but_null(node.get("items", {}))
        return node if node.get("properties") else None

    def _but_null(self, node: Schema) -> Schema:
        """The one option that is not null."""
        resolved = self.resolve(node)
        options = [
            option
            for option in resolved.get("anyOf", [])
            if self.resolve(option).get("type") != "null"
        ]
        if len(options) != 1:
            return resolved
        return {**self.resolve(options[0]), **{k: v for k, v in resolved.items() if k == "default"}}

    def example(self, node: Schema) -> Any:
        """The schema's example, put together from its fields; None where it gives none."""
        node = self.resolve(node)
        if "examples" in node:
            return node["examples"][0]
        if "example" in node:
            return node["example"]
        for option in node.get("anyOf", []):
            if (found := self.example(option)) is not None:
                return found
        if "properties" in node:
            fields = {name: self.example(each) for name, each in node["properties"].items()}
            required = node.get("required", [])
            return {n: v for n, v in fields.items() if v is not None or n in required}
        if node.get("type") == "array":
            item = self.example(node.get("items", {}))
            return [] if item is None else [item]
        if "enum" in node:
            return node["enum"][0]
        return node.get("const", node.get("default"))

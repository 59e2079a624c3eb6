"""Makes values that a schema accepts: examples first, then defaults, enums, formats and types."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from scanner.engines._endpoint.operation import Schema

_MAX_DEPTH = 6
_TEXT = "servegate"
_FORMATS = {
    "date": "2024-02-29",
    "date-time": "2024-02-29T12:00:00Z",
    "email": "probe@example.com",
    "uuid": "7f1d5c9e-3b0a-4c52-9d53-0c8a5e6f7b21",
    "uri": "http://localhost/none",
    "url": "http://localhost/none",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "byte": "c2VydmVnYXRl",
    "binary": "servegate",
    "password": "Servegate-1-probe",
}

Resolve = Callable[[object], Schema]


def make_value(schema: Schema, resolve: Resolve, depth: int = 0) -> object:
    """A value for `schema`; `resolve` follows references.

    Recursion ends at a fixed depth with the emptiest value.
    """
    schema = resolve(schema)
    for key in ("const", "example", "default"):
        if schema.get(key) is not None:
            return schema[key]
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        return examples[0]
    options = schema.get("enum")
    if isinstance(options, list) and options:
        return options[0]
    return _typed(merged(schema, resolve), resolve, depth)


def merged(schema: Schema, resolve: Resolve) -> Schema:
    """The schema with `allOf` laid together and the first usable of `anyOf`/`oneOf` taken."""
    parts = [resolve(part) for part in _listed(schema, "allOf")]
    for key in ("anyOf", "oneOf"):
        choices = [resolve(one) for one in _listed(schema, key)]
        parts += [one for one in choices if one.get("type") != "null"][:1]
    if not parts:
        return schema
    whole: Schema = {}
    for part in (*parts, {k: v for k, v in schema.items() if k not in ("allOf", "anyOf", "oneOf")}):
        deeper = merged(part, resolve)
        properties = {**_members(whole), **_members(deeper)}
        required = [*_listed(whole, "required"), *_listed(deeper, "required")]
        whole = {**whole, **deeper}
        if properties:
            whole["properties"] = properties
        if required:
            whole["required"] = required
    return whole


def _typed(schema: Schema, resolve: Resolve, depth: int) -> object:
    for key in ("const", "example", "default"):
        if schema.get(key) is not None:
            return schema[key]
    options = schema.get("enum")
    if isinstance(options, list) and options:
        return options[0]
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "string")
    if kind == "object" or (kind is None and "properties" in schema):
        return _object(schema, resolve, depth)
    if kind == "array":
        count = max(1, _bound(schema.get("minItems"), 1)) if depth < _MAX_DEPTH else 0
        item = make_value(schema.get("items") or {}, resolve, depth + 1) if count else None
        return [item] * min(count, 16)
    if kind in ("integer", "number"):
        return _number(schema, kind)
    if kind == "boolean":
        return False
    if kind == "null":
        return None
    return _string(schema)


def _object(schema: Schema, resolve: Resolve, depth: int) -> dict[str, object]:
    if depth >= _MAX_DEPTH:
        return {}
    required = _listed(schema, "required")
    return {
        name: make_value(one, resolve, depth + 1)
        for name, one in _members(schema).items()
        # Deep optional parts only make a request heavy and easier to refuse.
        if name in required or (depth == 0 and not resolve(one).get("readOnly"))
    }


def _members(schema: Schema) -> Schema:
    members = schema.get("properties")
    return members if isinstance(members, dict) else {}


def _listed(schema: Schema, key: str) -> list[Any]:
    """A list of the schema, empty where the document has something else there."""
    value = schema.get(key)
    return value if isinstance(value, list) else []


def _number(schema: Schema, kind: str) -> float | int:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    value: float = 1
    if isinstance(low, (int, float)) and not isinstance(low, bool) and value <= low:
        value = low + 1 if "minimum" not in schema else low
    if isinstance(high, (int, float)) and not isinstance(high, bool) and value > high:
        value = high
    if not math.isfinite(value):
        value = 1
    return int(value) if kind == "integer" else value


def _string(schema: Schema) -> str:
    made = _FORMATS.get(str(schema.get("format")), _TEXT)
    low, high = _bound(schema.get("minLength"), 0), _bound(schema.get("maxLength"), 10_000)
    return made.ljust(min(low, 10_000), "x")[: max(high, 0)]


def _bound(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise

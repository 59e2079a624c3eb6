"""Where a request takes a URL that the server may fetch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation, Schema
from scanner.engines.dast.conversation import Call, World
from scanner.engines.dast.values import Resolve, make_value, merged
from scanner.model.values import Value

_NAME = re.compile(
    r"(?:^|_)(?:url|uri|link|href|src|source|webhook|callback|endpoint|feed|avatar|image|upstream|"
    r"remote|proxy|origin|redirect)s?(?:$|_)",
    re.IGNORECASE,
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|-")
_FORMATS = ("uri", "url", "uri-reference", "iri")
_MAX_DEPTH = 4
_MAX_PLACES = 6

Step = str | int


class Place(Value):
    """A query parameter, or a member of the body, that looks as if it took a URL."""

    name: str
    base: Call
    schema: Schema
    steps: tuple[Step, ...] = ()

    def call(self, label: str, url: str, resolve: Resolve) -> Call:
        """The valid call with `url` in this place."""
        if self.steps:
            body = _with(self.base.json_body, self.schema, self.steps, url, resolve)
            return replace(self.base, label=label, json_body=body)
        kept = tuple(pair for pair in self.base.query if pair[0] != self.name)
        return replace(self.base, label=label, query=(*kept, (self.name, url)))


def url_places(operation: Operation, world: World, name: str | None) -> tuple[Place, ...]:
    """The places of an operation, those in the query first; a bounded number of them."""
    base = world.build(operation, name, "with a URL")
    places = [
        Place(parameter.name, base, {})
        for parameter in operation.parameters
        if parameter.place == "query"
        and _takes_url(parameter.name, merged(world.resolve(parameter.schema), world.resolve), None)
    ]
    if isinstance(base.json_body, dict) and operation.body is not None:
        schema = operation.body.schema
        found = _search(schema, base.json_body, world.resolve)
        places.extend(Place(_shown(steps), base, schema, steps) for steps in found)
        places.extend(_image_of_chat(base))
    return tuple(places[:_MAX_PLACES])


def _image_of_chat(base: Call) -> Iterator[Place]:
    """The image of a chat message, which documents describe loosely or not at all."""
    messages = base.json_body.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    if isinstance(first, dict) and isinstance(first.get("content"), str):
        parts = [{"type": "text", "text": first["content"]}, {"type": "image_url", "image_url": {}}]
        body = {**base.json_body, "messages": [{**first, "content": parts}]}
        steps = ("messages", 0, "content", 1, "image_url", "url")
        yield Place(_shown(steps), replace(base, json_body=body), {}, steps)


def _search(
    schema: Schema, value: object, resolve: Resolve, depth: int = 0
) -> Iterator[tuple[Step, ...]]:
    if depth > _MAX_DEPTH:
        return
    schema = merged(resolve(schema), resolve)
    if isinstance(value, list) or schema.get("type") == "array":
        first = value[0] if isinstance(value, list) and value else None
        for steps in _search(schema.get("items") or {}, first, resolve, depth + 1):
            yield (0, *steps)
        return
    properties = schema.get("properties")
    described = properties if isinstance(properties, dict) else {}
    held = value if isinstance(value, dict) else {}
    for name in dict.fromkeys((*described, *held)):
        inner = merged(resolve(described.get(name)), resolve)
        if _takes_url(name, inner, held.get(name)):
            yield (name,)
        else:
            for steps in _search(inner, held.get(name), resolve, depth + 1):
                yield (name, *steps)


def _takes_url(name: str, schema: Schema, value: object) -> bool:
    if schema.get("format") in _FORMATS:
        return True
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return True
    text = isinstance(value, str) or schema.get("type") in ("string", None)
    free = "enum" not in schema and not isinstance(value, (dict, list, bool, int, float))
    return text and free and bool(_NAME.search(_HUMP.sub("_", name)))


def _with(
    value: object, schema: Schema, steps: tuple[Step, ...], url: str, resolve: Resolve
) -> object:
    """`value` with `url` at the end of `steps`; what is missing on the way is made."""
    if not steps:
        return url
    head, rest = steps[0], steps[1:]
    schema = merged(resolve(schema), resolve)
    if isinstance(head, int):
        items = value if isinstance(value, list) else []
        inner = items[head] if head < len(items) else None
        made = _with(inner, schema.get("items") or {}, rest, url, resolve)
        return [*items[:head], made, *items[head + 1 :]]
    whole = value if isinstance(value, dict) else make_value(schema, resolve)
    held = whole if isinstance(whole, dict) else {}
    inner_schema = resolve((schema.get("properties") or {}).get(head))
    return {**held, head: _with(held.get(head), inner_schema, rest, url, resolve)}


def _shown(steps: tuple[Step, ...]) -> str:
    shown = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in steps)
    return shown.removeprefix(".")
